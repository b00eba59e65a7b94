import { interrupts, reg, unitName } from '../../devicetree/properties.ts';
import { strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';

export function virtioNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('virtio', slot),
    properties: [strings('compatible', 'virtio,mmio'), reg(slot), ...interrupts(slot)],
    children: [],
  };
}
