/** R2: what a capture's pause costs depends neither on how much was written nor on the size of RAM. */
import { describe, expect, it, vi } from 'vitest';
import { CaptureArea } from '../../src/checkpoint/capture-area.ts';
import { RAM_PHYSICAL } from '../../src/vm/layout.ts';
import { Machine } from '../../src/vm/machine/machine.ts';

vi.mock('../../src/vm/generated/leaves.ts', async (importOriginal) => {
  // Mocks come before all imports.
  const { countSteps } = await import('./counting-leaves.ts');
  const { leavesBinary } = await importOriginal<{ readonly leavesBinary: string }>();
  return { leavesBinary: await countSteps(leavesBinary) };
});

const PAGE = 4096;
const MEGABYTE = 1 << 20;
/** Entries of the TLB that writes can be in, in one mode. */
const TLB_ENTRIES = 256;
const LOG2_DOUBLEWORD = 3;

/** A machine that has just captured everything, so that nothing is dirty. */
class Subject {
  readonly machine: Machine;
  readonly #area: CaptureArea;

  constructor(ramBytes: number) {
    this.machine = new Machine({ ramBytes });
    this.#area = new CaptureArea(this.machine.memory, ramBytes);
    this.capture();
  }

  get #steps(): bigint {
    const { steps } = this.machine.leaves as unknown as { readonly steps: WebAssembly.Global };
    return steps.value as bigint;
  }

  /** The guest writes to so many pages. */
  dirty(pages: number): void {
    for (let page = 0; page < pages; page++) {
      this.machine.leaves.store_slow(BigInt(RAM_PHYSICAL + page * PAGE), 1n, LOG2_DOUBLEWORD);
    }
    expect(this.#area.countDirty()).toBe(pages);
  }

  /** Instructions of the maps' part of the pause, and bytes of the sections. */
  capture(): { readonly steps: number; readonly sectionBytes: number } {
    const before = this.#steps;
    let after = before;
    const captured = this.machine.capture((part) => {
      if (part === 'maps') after = this.#steps;
    });
    expect(captured).toBeDefined();
    this.#area.endCapture();
    let sectionBytes = 0;
    for (const { bytes } of captured?.sections.values() ?? []) sectionBytes += bytes.length;
    return { steps: Number(after - before), sectionBytes };
  }
}

const cost = (pages: number, ramBytes = 128 * MEGABYTE): ReturnType<Subject['capture']> => {
  const subject = new Subject(ramBytes);
  subject.dirty(pages);
  return subject.capture();
};

describe('the pause', () => {
  it('does the same work for 20,000 dirty pages as for those that the TLB holds', () => {
    const few = cost(TLB_ENTRIES);
    expect(few.steps).toBeGreaterThan(TLB_ENTRIES);
    expect(cost(5_000)).toEqual(few);
    expect(cost(20_000)).toEqual(few);
  });

  it('empties the TLB of what may be written, and that is all that it has more to do than for one page', () => {
    const one = cost(1);
    const two = cost(2);
    const perEntry = two.steps - one.steps;
    // A microsecond's worth: some ten instructions an entry.
    expect(perEntry).toBeLessThan(30);
    const words = TLB_ENTRIES / 64;
    const all = cost(20_000);
    expect(all.steps - one.steps).toBeLessThan(TLB_ENTRIES * perEntry + words * 30);
    expect(all.sectionBytes).toBe(one.sectionBytes);
  });

  it('does the same work whatever the size of RAM', () => {
    expect(cost(1_000, 1024 * MEGABYTE)).toEqual(cost(1_000, 32 * MEGABYTE));
  });
});
