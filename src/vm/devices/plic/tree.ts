import { PHANDLE_CPU_INTC, PHANDLE_PLIC } from '../../devicetree/phandles.ts';
import { reg, unitName } from '../../devicetree/properties.ts';
import { cells, flag, strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';
import { CONTEXT_LINES, SOURCES } from './registers.ts';

export function plicNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('plic', slot),
    properties: [
      strings('compatible', 'sifive,plic-1.0.0', 'riscv,plic0'),
      reg(slot),
      cells('#interrupt-cells', 1),
      cells('#address-cells', 0),
      flag('interrupt-controller'),
      cells('riscv,ndev', SOURCES),
      cells('interrupts-extended', ...CONTEXT_LINES.flatMap((line) => [PHANDLE_CPU_INTC, line])),
      cells('phandle', PHANDLE_PLIC),
    ],
    children: [],
  };
}
