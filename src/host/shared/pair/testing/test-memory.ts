/** A machine's memory with the leaves on it, and no engine: a guest's writes are made by hand. For tests only. */
import { assert } from '../../../../base/assert.ts';
import { createLeaves, type Leaves } from '../../../../vm/cpu/leaves.ts';
import { CPU_RAM_BYTES, DIRTY_CURRENT, RAM, RAM_PHYSICAL } from '../../../../vm/layout.ts';
import { createMachineMemory } from '../../../../vm/machine/memory.ts';

export const PAGE_BYTES = 4096;

export class TestMemory {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly leaves: Leaves;
  /** Guest RAM as it is now. */
  readonly ram: Uint8Array;
  readonly #view: DataView;

  /** @param ramBytes a multiple of 4096 */
  constructor(ramBytes: number) {
    this.ramBytes = ramBytes;
    this.memory = createMachineMemory(ramBytes);
    const never = (): never => {
      throw new Error('there is no engine');
    };
    this.leaves = createLeaves(this.memory, {
      read: never,
      write: never,
      translationsStale: () => undefined,
      awaitCopy: never,
    });
    this.ram = new Uint8Array(this.memory.buffer, RAM, ramBytes);
    this.#view = new DataView(this.memory.buffer, RAM, ramBytes);
    new DataView(this.memory.buffer).setInt32(CPU_RAM_BYTES, ramBytes, true);
    this.leaves.reset();
  }

  get pages(): number {
    return this.ramBytes / PAGE_BYTES;
  }

  /** The guest writes a number; `at` is an offset in RAM. */
  write(at: number, value: number): void {
    this.#touch(at, 4);
    this.#view.setUint32(at, value, true);
  }

  read(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** The guest writes bytes. */
  writeBytes(at: number, bytes: Uint8Array): void {
    this.#touch(at, bytes.length);
    this.ram.set(bytes, at);
  }

  /** The guest fills pages with noise, the same for the same seed. */
  noise(page: number, pages: number, seed: number): void {
    const at = page * PAGE_BYTES;
    this.#touch(at, pages * PAGE_BYTES);
    const words = new Uint32Array(this.memory.buffer, RAM + at, (pages * PAGE_BYTES) / 4);
    let state = (seed * 2 + 1) >>> 0;
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
  }

  /** Marks as a device's write is marked: also what a capture wants is kept. */
  #touch(at: number, length: number): void {
    this.leaves.dma_written(RAM_PHYSICAL + at, length);
  }

  /** Pages written since the last capture. */
  dirty(): number[] {
    const map = new DataView(this.memory.buffer).getInt32(DIRTY_CURRENT, true);
    const marks = new Uint8Array(this.memory.buffer, map, this.pages);
    return [...marks.keys()].filter((page) => marks[page] !== 0);
  }

  /** Exchanges the dirty maps; the last capture must have been copied. */
  capture(): void {
    assert(this.leaves.capture_begin() === 1, 'the last capture is still copied');
  }

  /** Pages in which RAM differs from `other`. */
  differsFrom(other: Uint8Array): number[] {
    return Array.from({ length: this.pages }, (_, page) => page).filter((page) => {
      const range = [page * PAGE_BYTES, (page + 1) * PAGE_BYTES] as const;
      return Buffer.compare(this.ram.subarray(...range), other.subarray(...range)) !== 0;
    });
  }
}
