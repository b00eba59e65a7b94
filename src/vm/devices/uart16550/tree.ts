import { interrupts, reg, unitName } from '../../devicetree/properties.ts';
import { cells, strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';

/** QEMU's figure; transmission is instant whatever the divisor. */
const CLOCK_HZ = 3_686_400;

export function uartNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('serial', slot),
    properties: [
      strings('compatible', 'ns16550a'),
      reg(slot),
      cells('clock-frequency', CLOCK_HZ),
      ...interrupts(slot),
    ],
    children: [],
  };
}
