import type { DeviceSlot } from '../devices/device.ts';
import { PHANDLE_PLIC } from './phandles.ts';
import { cell64, cells, type TreeProperty } from './tree.ts';

/** The registers of a device under /soc, which has two address and two size cells. */
export function reg(slot: DeviceSlot): TreeProperty {
  return cells('reg', ...cell64(slot.base), ...cell64(slot.size));
}

/** A device's PLIC source. */
export function interrupts(slot: DeviceSlot): readonly TreeProperty[] {
  return [cells('interrupts', slot.interrupt), cells('interrupt-parent', PHANDLE_PLIC)];
}

/** `name@base`, the base in hexadecimal. */
export function unitName(name: string, slot: DeviceSlot): string {
  return `${name}@${slot.base.toString(16)}`;
}
