import { PHANDLE_SYSCON } from '../../devicetree/phandles.ts';
import { reg, unitName } from '../../devicetree/properties.ts';
import { cells, strings, type TreeNode } from '../../devicetree/tree.ts';
import type { DeviceSlot } from '../device.ts';

/** Power off and reboot refer to it from the root (see machine-tree.ts). */
export function sysconNode(slot: DeviceSlot): TreeNode {
  return {
    name: unitName('test', slot),
    properties: [
      strings('compatible', 'sifive,test1', 'sifive,test0', 'syscon'),
      reg(slot),
      cells('phandle', PHANDLE_SYSCON),
    ],
    children: [],
  };
}
