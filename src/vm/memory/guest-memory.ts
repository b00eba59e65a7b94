import { assert } from '../../base/assert.ts';
import type { GuestMemory } from '../devices/device.ts';
import { RAM, RAM_PHYSICAL } from '../layout.ts';

/**
 * Told before each write, so that the page becomes dirty, its decoded instructions are dropped, and a
 * capture under way gets it as it was.
 */
export type BeforeWrite = (physical: number, length: number) => void;

/**
 * Guest RAM inside the machine's memory: the one door for every write that the CPU does not do
 * itself (R1). Reads and writes outside RAM are a mistake of the caller, who asks `contains` first.
 */
export class RamMemory implements GuestMemory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  readonly #beforeWrite: BeforeWrite;

  /**
   * @param buffer the buffer of the machine's memory
   * @param ramBytes size of guest RAM
   * @param beforeWrite called with the physical range before anything is written
   * @param hostBase where RAM starts in `buffer`
   */
  constructor(
    buffer: ArrayBufferLike,
    ramBytes: number,
    beforeWrite: BeforeWrite,
    hostBase: number = RAM,
  ) {
    this.#bytes = new Uint8Array(buffer, hostBase, ramBytes);
    this.#view = new DataView(buffer, hostBase, ramBytes);
    this.#size = ramBytes;
    this.#beforeWrite = beforeWrite;
  }

  contains(address: number, length: number): boolean {
    const offset = address - RAM_PHYSICAL;
    return length >= 0 && offset >= 0 && offset + length <= this.#size;
  }

  view(address: number, length: number): Uint8Array {
    const offset = this.#offset(address, length);
    return this.#bytes.subarray(offset, offset + length);
  }

  readU16(address: number): number {
    return this.#view.getUint16(this.#offset(address, 2), true);
  }

  readU32(address: number): number {
    return this.#view.getUint32(this.#offset(address, 4), true);
  }

  readU64(address: number): bigint {
    return this.#view.getBigUint64(this.#offset(address, 8), true);
  }

  write(address: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const offset = this.#offset(address, bytes.length);
    this.#beforeWrite(address, bytes.length);
    this.#bytes.set(bytes, offset);
  }

  writeU16(address: number, value: number): void {
    const offset = this.#offset(address, 2);
    this.#beforeWrite(address, 2);
    this.#view.setUint16(offset, value, true);
  }

  writeU32(address: number, value: number): void {
    const offset = this.#offset(address, 4);
    this.#beforeWrite(address, 4);
    this.#view.setUint32(offset, value, true);
  }

  #offset(address: number, length: number): number {
    assert(this.contains(address, length), `0x${address.toString(16)}+${length} is not in RAM`);
    return address - RAM_PHYSICAL;
  }
}
