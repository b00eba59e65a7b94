/** A few seconds of simulated lives; `test/sim` has more. A seed that once failed stays here. */
import { beforeAll, expect, it } from 'vitest';
import type { Compressor } from '../src/checkpoint/compression.ts';
import { loadZstd } from '../src/checkpoint/zstd.ts';
import { runSeed, tell } from './scenario.ts';

let compressor: Compressor;
beforeAll(async () => {
  compressor = await loadZstd();
});

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

it.each(SEEDS)('seed %i keeps every promise', (seed) => {
  const { violation } = runSeed(seed, { compressor });
  if (violation === undefined) return;
  expect.fail(tell((options) => runSeed(seed, options), { compressor }));
});
