import { interrupts, reg, unitName } from '../../devicetree/properties.ts';
import { strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';

export function goldfishRtcNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('rtc', slot),
    properties: [strings('compatible', 'google,goldfish-rtc'), reg(slot), ...interrupts(slot)],
    children: [],
  };
}
