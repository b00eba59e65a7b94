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
import { ASKED, CAPTURED, PAGE, type WritingSetup } from './writing-setup.ts';

/** Twice the pages of the ring, so that it can be filled. */
const LOG2_MANY = 25;
const ROUNDS = 42;
/** So few that guest and copier are at the same page all the time. */
const LOG2_FEW = 18;
/** A guest that did not wait for a page that it had lost to the copier was found out after 77. */
const MANY_ROUNDS = 3000;
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
  readonly ram: Uint8Array;
  readonly room = Infinity;
  readonly #placed = new Set<number>();

  constructor(ramBytes: number) {
    this.ram = new Uint8Array(ramBytes);
  }

  place(page: number): Uint8Array {
    expect(this.#placed.has(page), `page ${page} came before`).toBe(false);
    this.#placed.add(page);
    return this.ram.subarray(page * PAGE, (page + 1) * PAGE);
  }

  /** Pages that differ from what they were at the pause. */
  end(atPause: Uint8Array): number[] {
    this.#placed.clear();
    if (Buffer.compare(this.ram, atPause) === 0) return [];
    return Array.from({ length: this.ram.length / PAGE }, (_, page) => page).filter((page) => {
      const range = [page * PAGE, (page + 1) * PAGE] as const;
      return Buffer.compare(this.ram.subarray(...range), atPause.subarray(...range)) !== 0;
    });
  }
}

function start(engine: EngineName, log2WrittenBytes: number): WritingSetup {
  const ramBytes = PAGE + 2 ** log2WrittenBytes;
  const setup: WritingSetup = {
    memory: createMachineMemory(ramBytes),
    ramBytes,
    log2WrittenBytes,
    engine,
    atPause: new SharedArrayBuffer(ramBytes),
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

/** One machine, the copier of its captures, and a standby. */
class Pair {
  readonly setup: WritingSetup;
  readonly area: CaptureArea;
  readonly #copier: Copier;
  readonly #standby: Standby;
  readonly #random = new SeededRandom(11);
  pages = 0;
  byGuest = 0;

  constructor(engine: EngineName, log2WrittenBytes: number) {
    this.setup = start(engine, log2WrittenBytes);
    this.area = new CaptureArea(this.setup.memory, this.setup.ramBytes);
    this.#copier = new Copier(this.area);
    this.#standby = new Standby(this.setup.ramBytes);
  }

  /** Has the machine make its next capture, the first is 1. */
  capture(number: number): void {
    Atomics.store(this.setup.cells, ASKED, number);
    Atomics.wait(this.setup.cells, CAPTURED, number - 1, PATIENCE_MS);
    this.#copier.begin();
  }

  /** Copies the capture; returns the pages that differ from what they were at the pause. */
  copy(): number[] {
    const count = copyAll(this.#copier, this.#random, this.#standby);
    this.pages += count.pages;
    this.byGuest += count.byGuest;
    return this.#standby.end(new Uint8Array(this.setup.atPause));
  }
}

it.each(['interpreter', 'auto'] as const)(
  'a checkpoint is RAM at its pause, though the guest writes to every page meanwhile (%s)',
  (engine) => {
    const pair = new Pair(engine, LOG2_MANY);
    const { area } = pair;
    for (let round = 1; round <= ROUNDS; round++) {
      // Every third time the copier is late: the guest fills the ring, and has to wait.
      const isLate = round % 3 === 0;
      if (isLate) until(() => area.countDirty() >= 2 * COW_SLOTS);
      pair.capture(round);
      if (isLate) until(() => area.ringLength >= COW_SLOTS);
      expect(pair.copy(), `capture ${round}`).toEqual([]);
    }
    expect(pair.pages).toBeGreaterThan(ROUNDS * COW_SLOTS);
    // Both have copied, and the guest had to wait.
    expect(pair.byGuest).toBeGreaterThan((ROUNDS / 3) * COW_SLOTS);
    expect(pair.pages).toBeGreaterThan(pair.byGuest);
    expect(copyStatistics(new Cells(pair.setup.memory)).waits).toBeGreaterThan(0n);
  },
);

it('a checkpoint is RAM at its pause when guest and copier are at the same pages', () => {
  const pair = new Pair('interpreter', LOG2_FEW);
  for (let round = 1; round <= MANY_ROUNDS; round++) {
    pair.capture(round);
    expect(pair.copy(), `capture ${round}`).toEqual([]);
  }
  // Both have copied; how much each depends on the machine.
  expect(pair.byGuest).toBeGreaterThan(100);
  expect(pair.pages - pair.byGuest).toBeGreaterThan(100);
});
