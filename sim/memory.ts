/**
 * Memories for simulated machines, laid out as real ones, with the real leaves that mark and capture pages.
 * They are large (mostly never touched), so they are wiped and used again.
 */
import { CaptureArea } from '../src/checkpoint/capture-area.ts';
import { Rollback } from '../src/checkpoint/rollback.ts';
import { createLeaves, type Leaves } from '../src/vm/cpu/leaves.ts';
import {
  CAPTURE_LOCK,
  CAPTURE_MAP,
  COW_HEAD,
  COW_TAIL,
  CPU_RAM_BYTES,
  DIRTY_CURRENT,
  DIRTY_MAP,
  DIRTY_MAP_2,
  RAM,
  RAM_PHYSICAL,
  WRITTEN_MAP,
} from '../src/vm/layout.ts';
import { PAGE_BYTES, PAGES, RAM_BYTES } from './guest.ts';

const WASM_PAGE = 65_536;

export class SimMemory {
  readonly memory: WebAssembly.Memory;
  readonly ram: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #cells: Int32Array;
  readonly #leaves: Leaves;

  constructor() {
    const pages = Math.ceil((RAM + RAM_BYTES) / WASM_PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#cells = new Int32Array(this.memory.buffer);
    this.ram = this.#bytes.subarray(RAM, RAM + RAM_BYTES);
    const nothing = (): number => 0;
    this.#leaves = createLeaves(this.memory, {
      read: nothing,
      write: nothing,
      translationsStale: nothing,
      awaitCopy: () => {
        // The ring has room for more pages than there are, and nobody copies at the same time.
        throw new Error('the guest waits for the copier');
      },
    });
    this.#cells[CPU_RAM_BYTES >> 2] = RAM_BYTES;
    this.#leaves.reset();
  }

  /** The guest is about to write to a page: the real door (R1). */
  touch(page: number): void {
    this.#leaves.dma_written(RAM_PHYSICAL + page * PAGE_BYTES, 1);
  }

  /** The pause; false when the last capture is still copied. */
  capture(): boolean {
    return this.#leaves.capture_begin() === 1;
  }

  /** What is written from here on can be taken back. */
  beginRollback(): Rollback {
    const rollback = new Rollback(new CaptureArea(this.memory, RAM_BYTES));
    rollback.begin(() => this.capture());
    return rollback;
  }

  /** As if it had never been used. */
  wipe(): void {
    this.ram.fill(0);
    for (const map of [DIRTY_MAP, DIRTY_MAP_2, WRITTEN_MAP]) {
      this.#bytes.fill(0, map, map + PAGES + 4);
    }
    for (const cell of [CAPTURE_MAP, CAPTURE_LOCK, COW_HEAD, COW_TAIL]) this.#cells[cell >> 2] = 0;
    this.#cells[DIRTY_CURRENT >> 2] = DIRTY_MAP;
  }
}

/** Memories that no world uses. */
const free: SimMemory[] = [];

/** The memories of one world. */
export class MemoryPool {
  readonly #used: SimMemory[] = [];

  take(): SimMemory {
    const memory = free.pop() ?? new SimMemory();
    memory.wipe();
    this.#used.push(memory);
    return memory;
  }

  /** The world ends. */
  end(): void {
    free.push(...this.#used.splice(0));
  }
}
