/** Two real threads on one memory: a guest that writes everywhere, and the copier of its captures. */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { CaptureArea } from '../../src/checkpoint/capture-area.ts';
import { Copier, type CopyCount, type PageSink } from '../../src/checkpoint/copier.ts';
import { COW_SLOTS } from '../../src/vm/layout.ts';
import { Cells } from '../../src/vm/machine/cells.ts';
import { copyStatistics } from '../../src/vm/machine/capture.ts';
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { createMachineMemory } from '../../src/vm/machine/memory.ts';
import { threadProgram } from '../host/thread-program.ts';
import { ASKED, CAPTURED, LOG2_WRITTEN_BYTES, PAGE, type WritingSetup } from './writing-setup.ts';

/** One page for the program. */
const RAM_BYTES = PAGE + 2 ** LOG2_WRITTEN_BYTES;
const ROUNDS = 42;
const PATIENCE_MS = 20_000;

let program: URL;
beforeAll(async () => {
  program = await threadProgram(new URL('./writing-thread.ts', import.meta.url));
});

const threads: Worker[] = [];
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

/** What a standby has: each capture's pages are laid over those of the captures before. */
class Standby implements PageSink {
  readonly ram = new Uint8Array(RAM_BYTES);
  readonly room = Infinity;
  readonly #placed = new Set<number>();

  place(page: number): Uint8Array {
    expect(this.#placed.has(page), `page ${page} came before`).toBe(false);
    this.#placed.add(page);
    return this.ram.subarray(page * PAGE, (page + 1) * PAGE);
  }

  /** Pages that differ from what they were at the pause. */
  end(atPause: Uint8Array): number[] {
    this.#placed.clear();
    if (Buffer.compare(this.ram, atPause) === 0) return [];
    return Array.from({ length: RAM_BYTES / PAGE }, (_, page) => page).filter((page) => {
      const range = [page * PAGE, (page + 1) * PAGE] as const;
      return Buffer.compare(this.ram.subarray(...range), atPause.subarray(...range)) !== 0;
    });
  }
}

function start(engine: EngineName): WritingSetup {
  const setup: WritingSetup = {
    memory: createMachineMemory(RAM_BYTES),
    ramBytes: RAM_BYTES,
    engine,
    atPause: new SharedArrayBuffer(RAM_BYTES),
    cells: new Int32Array(new SharedArrayBuffer(8)),
  };
  threads.push(new Worker(program, { workerData: setup }));
  return setup;
}

/** Waits for the other thread without giving this one away: what is tested is what both do at a time. */
function until(holds: () => boolean): void {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error('the other thread does nothing');
  }
}

function copyAll(copier: Copier, random: SeededRandom, standby: Standby): CopyCount {
  let count: CopyCount | undefined;
  until(() => {
    const progress = copier.step(1 + random.below(600), standby);
    if (progress.kind === 'complete') ({ count } = progress);
    return count !== undefined;
  });
  return defined(count, 'the end of the copy');
}

it.each(['interpreter', 'auto'] as const)(
  'a checkpoint is RAM at its pause, though the guest writes to every page meanwhile (%s)',
  (engine) => {
    const setup = start(engine);
    const area = new CaptureArea(setup.memory, RAM_BYTES);
    const copier = new Copier(area);
    const standby = new Standby();
    const random = new SeededRandom(11);
    let pages = 0;
    let byGuest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // Every third time the copier is late: the guest fills the ring, and has to wait.
      const isLate = round % 3 === 2;
      if (isLate) until(() => area.countDirty() >= 2 * COW_SLOTS);
      Atomics.store(setup.cells, ASKED, round + 1);
      Atomics.wait(setup.cells, CAPTURED, round, PATIENCE_MS);
      copier.begin();
      if (isLate) until(() => area.ringLength >= COW_SLOTS);
      const count = copyAll(copier, random, standby);
      pages += count.pages;
      byGuest += count.byGuest;
      expect(standby.end(new Uint8Array(setup.atPause)), `capture ${round}`).toEqual([]);
    }
    expect(pages).toBeGreaterThan(ROUNDS * COW_SLOTS);
    // Both have copied, and the guest had to wait.
    expect(byGuest).toBeGreaterThan((ROUNDS / 3) * COW_SLOTS);
    expect(pages).toBeGreaterThan(byGuest);
    expect(copyStatistics(new Cells(setup.memory)).waits).toBeGreaterThan(0n);
  },
);
