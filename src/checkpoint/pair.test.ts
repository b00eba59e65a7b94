import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { PAGES } from '../vm/cpu/testing/test-hart.ts';
import type { Compressor } from './compression.ts';
import { BASELINE, Pair, ramOf, differingPages } from './testing/pair.ts';
import { loadZstd } from './zstd.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

let pair: Pair;
beforeEach(() => {
  pair = new Pair(zstd);
});

const random = (seed: number): (() => number) => {
  const source = new SeededRandom(seed);
  return () => source.u32() & 0xff;
};

describe('a checkpoint', () => {
  it('makes the standby equal to the primary at the pause', () => {
    for (let page = 0; page < 40; page += 3) pair.fill(page, random(page));
    pair.fill(41, () => 0);
    pair.write(200, 8, 5n);
    const first = pair.run(1, 0, true);
    expect(first.facts.counts).toEqual({ zero: 1, unchanged: 0, delta: 0, whole: 15 });
    expect(pair.wrong(first)).toEqual([]);
    expect(pair.applier.applied).toMatchObject({ epoch: 1, instructions: 1000n, time: 1n });
    expect(pair.applier.applied?.sections).toEqual(first.captured.sections);
  });

  it('sends what changed of a page, and nothing of one that did not', () => {
    for (let page = 0; page < 10; page++) pair.fill(page, random(page));
    pair.run(1, 0, true);
    for (let page = 0; page < 10; page++) pair.write(page, 8 * page, BigInt(page));
    pair.fill(3, random(3));
    pair.fill(4, () => 0);
    pair.fill(5, random(99));
    const second = pair.run(2, 1);
    expect(second.facts.counts).toEqual({ zero: 1, unchanged: 1, delta: 7, whole: 1 });
    expect(second.facts.rawBytes).toBe(10 * 4096);
    // The page that is new altogether, and little else.
    expect(second.facts.wireBytes).toBeLessThan(4096 + 500);
    expect(pair.wrong(second)).toEqual([]);
    expect(pair.applier.applied?.sections).toEqual(second.captured.sections);
  });

  it('finds an unchanged page by its hash when its copy fell out of the cache', () => {
    pair = new Pair(zstd, 4);
    for (let page = 0; page < 10; page++) pair.fill(page, random(page));
    pair.run(1, 0, true);
    for (let page = 0; page < 10; page++) pair.fill(page, random(page));
    pair.write(0, 0, 1n);
    const second = pair.run(2, 1);
    expect(second.facts.counts).toEqual({ zero: 0, unchanged: 9, delta: 0, whole: 1 });
    expect(pair.wrong(second)).toEqual([]);
  });

  it('sends a page that grows out of zeros as a delta, and one that was sent and became zero', () => {
    pair.fill(7, () => 0);
    pair.fill(8, random(1));
    pair.run(1, 0, true);
    pair.write(7, 80, 9n);
    pair.fill(8, () => 0);
    const second = pair.run(2, 1);
    expect(second.facts.counts).toEqual({ zero: 1, unchanged: 0, delta: 1, whole: 0 });
    pair.write(8, 0, 3n);
    pair.write(7, 80, 0n);
    const third = pair.run(3, 2);
    expect(third.facts.counts).toEqual({ zero: 1, unchanged: 0, delta: 1, whole: 0 });
    expect(pair.wrong(third)).toEqual([]);
  });

  it('of nothing at all is a checkpoint too', () => {
    pair.write(1, 0, 1n);
    pair.run(1, 0, true);
    const second = pair.run(2, 1);
    expect(second.facts.counts).toEqual({ zero: 0, unchanged: 0, delta: 0, whole: 0 });
    expect(second.facts.wireBytes).toBeLessThan(250);
    expect(pair.applier.applied).toMatchObject({ epoch: 2, pages: 0 });
  });

  it('keeps its chunks within their size', () => {
    for (let page = 0; page < 30; page++) pair.fill(page, random(page));
    const { chunks, facts } = pair.ship(1, 0);
    expect(chunks.map(({ bytes }) => bytes.length).filter((length) => length > 1000)).toEqual([]);
    const total = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(facts.wireBytes).toBe(total);
  });
});

describe('checkpoints that are not committed', () => {
  it('leave their pages dirty', () => {
    pair.write(1, 0, 1n);
    pair.run(1, 0, true);
    pair.write(2, 0, 2n);
    pair.ship(2, 1);
    pair.write(3, 0, 3n);
    pair.ship(3, 2);
    expect(pair.dirty()).toEqual([]);
    pair.producer.fail(2);
    expect(pair.dirty()).toEqual([2, 3]);
    const again = pair.run(4, 1);
    expect(again.facts.counts.whole).toBe(2);
    expect(pair.wrong(again)).toEqual([]);
  });

  it('are no longer what pages are compared with', () => {
    pair.fill(1, random(1));
    pair.run(1, 0, true);
    pair.write(1, 8, 77n);
    pair.ship(2, 1);
    pair.producer.fail(2);
    // As it was before: unchanged for the standby, but nobody knows that any more.
    pair.fill(1, random(1));
    const again = pair.run(3, 1);
    expect(again.facts.counts).toEqual({ zero: 0, unchanged: 0, delta: 0, whole: 1 });
    expect(pair.wrong(again)).toEqual([]);
  });

  it('can be given up while they are copied', () => {
    for (let page = 0; page < 200; page++) pair.fill(page, random(page));
    const captured = pair.capture();
    pair.producer.begin({ epoch: 1, base: 0, baseline: BASELINE, captured });
    pair.producer.step(50);
    pair.write(150, 0, 5n);
    pair.producer.fail(1);
    pair.dropChunks();
    expect(pair.producer.working).toBe(false);
    expect(pair.dirty()).toEqual(Array.from({ length: 200 }, (_, page) => page));
    const again = pair.run(2, 0, true);
    expect(pair.wrong(again)).toEqual([]);
  });

  it('make a capture void that was asked for before they failed', () => {
    pair.write(1, 0, 1n);
    pair.run(1, 0, true);
    pair.write(2, 0, 2n);
    pair.ship(2, 1);
    pair.write(3, 0, 3n);
    pair.producer.request();
    // The machine's thread has made it already, but nobody here has heard of it.
    expect(pair.primary.leaves.capture_begin()).toBe(1);
    pair.producer.fail(2);
    const captured = { sections: new Map(), instructions: 0n, time: 0n };
    const identity = { epoch: 3, base: 1, baseline: BASELINE, captured };
    expect(pair.producer.begin(identity)).toBe(false);
    expect(pair.dirty()).toEqual([2, 3]);
    expect(pair.wrong(pair.run(4, 1))).toEqual([]);
  });
});

it('a new standby gets everything since the baseline', () => {
  pair.fill(1, random(1));
  pair.run(1, 0, true);
  pair.fill(2, random(2));
  pair.run(2, 1);
  pair.fill(3, random(3));
  const other = new Pair(zstd);
  pair.producer.restart(true);
  const first = pair.ship(3, 0);
  expect(first.facts.counts.whole).toBe(3);
  expect(other.deliver(first, true).ok).toBe(true);
  expect(other.wrong(first)).toEqual([]);
  pair.producer.restart(false);
  const all = pair.ship(4, 0);
  expect(all.facts.counts).toMatchObject({ zero: PAGES - 3, whole: 3 });
});

it('a standby that took over passes everything on', () => {
  pair.fill(1, random(1));
  pair.run(1, 0, true);
  pair.fill(2, random(2));
  pair.run(2, 1);
  // The standby's memory becomes a primary's.
  const next = new Pair(zstd);
  new Uint8Array(next.primary.memory.buffer).set(new Uint8Array(pair.standby.memory.buffer));
  next.primary.leaves.refresh();
  expect(next.producer.area.countWritten()).toBe(2);
  next.write(3, 0, 3n);
  next.producer.restart(true);
  const first = next.run(3, 0, true);
  expect(first.facts.counts.whole).toBe(3);
  expect(next.wrong(first)).toEqual([]);
});

it.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'a guest that never rests, a lossy link and a small cache (seed %i)',
  (seed) => {
    const source = new SeededRandom(seed);
    pair = new Pair(zstd, source.pick([1, 16, PAGES]), source.pick([1, 97, 65_536]));
    const touch = (): void => {
      for (let i = source.below(30); i > 0; i--) {
        const page = source.below(PAGES);
        const way = source.below(8);
        if (way === 0) pair.fill(page, () => 0);
        else if (way === 1) pair.fill(page, random(source.below(5)));
        else pair.write(page, 8 * source.below(512), source.below(3) === 0 ? 0n : source.u64());
      }
    };
    pair.meanwhile = touch;
    let committed = 0;
    let last: Uint8Array = ramOf(pair.standby).slice();
    let base = 0;
    for (let epoch = 1; epoch < 40; epoch++) {
      touch();
      const shipment = pair.ship(epoch, base);
      base = epoch;
      if (source.below(5) === 0) {
        // Lost, with everything that the primary sends before it notices.
        if (source.below(2) === 0) continue;
        pair.producer.fail(committed + 1);
        base = committed;
        continue;
      }
      const outcome = pair.deliver(shipment, committed === 0);
      if (!outcome.ok) {
        expect(outcome.error.kind).toBe('out-of-order');
        if (committed > 0) expect(differingPages(ramOf(pair.standby), last)).toEqual([]);
        pair.producer.fail(committed + 1);
        base = committed;
        continue;
      }
      expect(pair.wrong(shipment), `epoch ${epoch}`).toEqual([]);
      committed = epoch;
      last = shipment.ram;
      pair.producer.commit(epoch);
    }
    expect(committed).toBeGreaterThan(0);
  },
);
