import { expect, it } from 'vitest';
import { newTotals, type CheckpointReport } from '../../../replication/statistics.ts';
import type { Figures } from '../../../replication/view.ts';
import { PairSampler, type Surroundings } from './sampler.ts';

const figures: Figures = {
  ...{ term: 3, epoch: 9, committed: 8, exposureMs: 5.5, inFlight: 2, heldOutputBytes: 100 },
  ...{ keysKept: 4, queued: 1, watchers: 2, throttled: false, receivedBytes: 0 },
  ...{ totals: { ...newTotals(4096), commits: 7 }, lastFailover: undefined },
};

const at = (now: number, changes: Partial<Surroundings> = {}): Surroundings => ({
  ...{ now, figures, sentBytes: 0, pressure: 'none', mips: 50, load: 0.25, ...changes },
});

const report = (changes: Partial<CheckpointReport>): CheckpointReport => ({
  ...{ term: 3, epoch: 1, first: false, capturedAt: 0, committedAt: 0, pauseMs: 0, copyMs: 0 },
  ...{ commitMs: 0, outputDelayMs: undefined, epochMs: 20, dirtyPages: 0, rawBytes: 0 },
  wireBytes: 0,
  ...changes,
});

const nothing = { count: 0, least: 0, mean: 0, most: 0 };

it('sums up what was reported since the last sample', () => {
  const sampler = new PairSampler(1000);
  sampler.add(
    report({ pauseMs: 1, commitMs: 10, dirtyPages: 5, rawBytes: 20_480, wireBytes: 100 }),
  );
  sampler.add(report({ pauseMs: 3, commitMs: 40, dirtyPages: 1, rawBytes: 4_096, wireBytes: 50 }));
  sampler.add(report({ pauseMs: 2, commitMs: 10, outputDelayMs: 12 }));
  expect(sampler.take(at(1250, { sentBytes: 777, pressure: 'throttle' }))).toEqual({
    ...{ at: 1250, intervalMs: 250, committed: 8, rawBytes: 24_576, wireBytes: 150 },
    sentBytes: 777,
    pauseMs: { count: 3, least: 1, mean: 2, most: 3 },
    commitMs: { count: 3, least: 10, mean: 20, most: 40 },
    // Of those that had output.
    outputDelayMs: { count: 1, least: 12, mean: 12, most: 12 },
    dirtyPages: { count: 3, least: 0, mean: 2, most: 5 },
    ...{ exposureMs: 5.5, mips: 50, load: 0.25, heldOutputBytes: 100, keysKept: 4 },
    ...{ inFlight: 2, queued: 1, watchers: 2, pressure: 'throttle', totals: figures.totals },
  });
});

it('begins anew after each sample', () => {
  const sampler = new PairSampler(0);
  sampler.add(report({ pauseMs: 9, rawBytes: 1, wireBytes: 1, outputDelayMs: 1 }));
  sampler.take(at(100));
  const second = sampler.take(at(300));
  expect(second).toMatchObject({ at: 300, intervalMs: 200, rawBytes: 0, wireBytes: 0 });
  const { pauseMs, commitMs, outputDelayMs, dirtyPages } = second;
  expect([pauseMs, commitMs, outputDelayMs, dirtyPages]).toEqual(Array(4).fill(nothing));
});

it('has no undefined sums before there is anything to sum up', () => {
  const bare = { ...figures, totals: undefined, exposureMs: undefined };
  const sample = new PairSampler(0).take(at(1, { figures: bare }));
  expect(sample.totals).toEqual(newTotals(0));
  expect(sample.exposureMs).toBeUndefined();
});
