import { assert } from '../../base/assert.ts';
import type { Device, DeviceSlot } from './device.ts';

interface Mapping {
  readonly base: number;
  readonly end: number;
  readonly device: Device;
}

const ACCESS_SIZES = [1, 2, 4] as const;

/** Maps physical addresses outside RAM to devices. */
export class Bus {
  readonly #mappings: readonly Mapping[];
  readonly #unmapped: (physical: number) => void;
  /** The mapping used last: a cache only, no state. */
  #recent: Mapping | undefined;

  /**
   * @param devices where each device answers; the ranges must not overlap
   * @param unmapped called for each access that no device answers (an access fault for the guest)
   */
  constructor(
    devices: Iterable<readonly [DeviceSlot, Device]>,
    unmapped: (physical: number) => void,
  ) {
    const mappings: Mapping[] = [];
    for (const [slot, device] of devices) {
      mappings.push({ base: slot.base, end: slot.base + slot.size, device });
    }
    mappings.sort((a, b) => a.base - b.base);
    mappings.forEach((mapping, index) => {
      const next = mappings[index + 1];
      assert(next === undefined || mapping.end <= next.base, 'device ranges overlap');
    });
    this.#mappings = mappings;
    this.#unmapped = unmapped;
  }

  /** Reads a register: `log2size` 0..2. Signed or unsigned addresses will do; the value is unsigned. */
  read(physical: number, log2size: number): number {
    const address = physical >>> 0;
    const size = accessSize(log2size);
    const mapping = this.#find(address, size);
    if (mapping === undefined) {
      this.#unmapped(address);
      return 0;
    }
    const value = mapping.device.read(address - mapping.base, size);
    return size === 4 ? value >>> 0 : value & (size === 1 ? 0xff : 0xffff);
  }

  /** Writes a register: `log2size` 0..2; higher bits of the value are ignored. */
  write(physical: number, log2size: number, value: number): void {
    const address = physical >>> 0;
    const size = accessSize(log2size);
    const mapping = this.#find(address, size);
    if (mapping === undefined) {
      this.#unmapped(address);
      return;
    }
    const masked = size === 4 ? value >>> 0 : value & (size === 1 ? 0xff : 0xffff);
    mapping.device.write(address - mapping.base, size, masked);
  }

  #find(address: number, size: number): Mapping | undefined {
    const recent = this.#recent;
    if (recent !== undefined && address >= recent.base && address + size <= recent.end) {
      return recent;
    }
    const found = this.#mappings.find(
      (mapping) => address >= mapping.base && address + size <= mapping.end,
    );
    if (found !== undefined) this.#recent = found;
    return found;
  }
}

function accessSize(log2size: number): 1 | 2 | 4 {
  const size = ACCESS_SIZES[log2size];
  assert(size !== undefined, `a device access of 2^${log2size} bytes`);
  return size;
}
