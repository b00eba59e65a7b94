import { PHANDLE_CPU_INTC } from '../../devicetree/phandles.ts';
import { reg, unitName } from '../../devicetree/properties.ts';
import { cells, strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';

/** M-mode software (3) and timer (7) interrupt of hart 0. */
export function clintNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('clint', slot),
    properties: [
      strings('compatible', 'sifive,clint0', 'riscv,clint0'),
      reg(slot),
      cells('interrupts-extended', PHANDLE_CPU_INTC, 3, PHANDLE_CPU_INTC, 7),
    ],
    children: [],
  };
}
