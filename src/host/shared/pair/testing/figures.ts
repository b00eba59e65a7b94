/** Figures as a primary would tell them. For tests only. */
import { newTotals, type Failover } from '../../../../replication/statistics.ts';
import type { PairSample, Spread, TakeoverRecord } from '../sample.ts';

export const spreadOf = (count: number, least: number, mean: number, most: number): Spread => ({
  ...{ count, least, mean, most },
});

/** Every field with a number of its own. */
export const someSample = (changes: Partial<PairSample> = {}): PairSample => ({
  at: 1000.25,
  intervalMs: 100.5,
  committed: 42,
  pauseMs: spreadOf(3, 0.1, 0.2, 0.3),
  commitMs: spreadOf(4, 1.5, 2.5, 3.5),
  outputDelayMs: spreadOf(0, 0, 0, 0),
  dirtyPages: spreadOf(5, 6, 7, 8),
  rawBytes: 9,
  wireBytes: 10,
  sentBytes: 1024,
  exposureMs: 11.5,
  mips: 12.5,
  load: 0.5,
  heldOutputBytes: 13,
  keysKept: 14,
  inFlight: 2,
  queued: 1,
  watchers: 3,
  pressure: 'lengthen',
  totals: { ...newTotals(1 << 20), commits: 15, pauseMs: 16.5 },
  ...changes,
});

export const someFailover = (term: number, changes: Partial<Failover> = {}): Failover => ({
  ...{ term, epoch: 20, why: 'silent', lastCommitAt: 30.5, lastHeardAt: 31.5 },
  ...{ noticedAt: 32.5, witnessWonAt: 33.5, firstInstructionAt: 34.5, firstOutputAt: 35.5 },
  ...{ downtimeMs: 3, exposureMs: 4, replayedKeys: 5 },
  ...changes,
});

export const someTakeover = (term: number): TakeoverRecord => ({
  wallMs: 1_700_000_000_000.5,
  failover: someFailover(term),
});
