/** Deliberate mistakes: each must turn the simulation red, or its silence would prove nothing. */
import { beforeAll, expect, it } from 'vitest';
import type { Compressor } from '../../src/checkpoint/compression.ts';
import { loadZstd } from '../../src/checkpoint/zstd.ts';
import { MUTATIONS, type Mutation } from '../../sim/mutations.ts';
import { runSeed } from '../../sim/scenario.ts';

let compressor: Compressor;
beforeAll(async () => {
  compressor = await loadZstd();
});

/** Most mistakes show in the first lives. */
const MOST_SEEDS = 120;

/** Seeds that show it, tried first, for a mistake that needs luck. */
const LUCKY: Record<string, readonly number[]> = {
  'acknowledge-before-whole': [113, 136, 137, 139, 184],
};

/** The broken promise of the kind that this mistake must break, and the seed that showed it. */
function firstBreach(
  mutation: Mutation,
): { readonly seed: number; readonly rule: string } | undefined {
  const seeds = [
    ...(LUCKY[mutation.name] ?? []),
    ...Array.from({ length: MOST_SEEDS }, (_, i) => i + 1),
  ];
  for (const seed of seeds) {
    const rule = runSeed(seed, { compressor, mutation }).violation?.rule;
    if (rule !== undefined && mutation.breaks.some((start) => rule.startsWith(start))) {
      return { seed, rule };
    }
  }
  return undefined;
}

it('there is one for each promise', () => {
  const names = MUTATIONS.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'gate-open',
      'fence-off',
      'dirty-mark-skipped',
      'acknowledge-before-whole',
    ]),
  );
});

it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
  '%s turns the simulation red',
  (name, mutation) => {
    const breach = firstBreach(mutation);
    expect(breach, name).toBeDefined();
    // The same life without the mistake keeps its promises: it was the mistake.
    expect(runSeed(breach?.seed ?? 0, { compressor }).violation).toBeUndefined();
  },
);
