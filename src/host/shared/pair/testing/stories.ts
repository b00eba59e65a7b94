/** How stories of a pair begin. For tests only. */
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { defined } from '../../../../base/assert.ts';
import type { Compressor } from '../../../../checkpoint/compression.ts';
import { loadZstd } from '../../../../checkpoint/zstd.ts';
import type { Party } from './party.ts';
import { World } from './world.ts';

/** Gives each test a world of its own, and sees at its end that nothing in it broke. */
export function useWorld(take: (world: World) => void): void {
  let zstd: Compressor;
  let world: World;
  beforeAll(async () => {
    zstd = await loadZstd();
  });
  beforeEach(() => {
    world = new World(zstd);
    take(world);
  });
  afterEach(() => {
    const broken = faults(world);
    world.dispose();
    expect(broken).toEqual([]);
  });
}

/** What a guest prints that counts to `last`. */
export const numbers = (last: number): string =>
  Array.from({ length: last }, (_, i) => `${String(i + 1)} `).join('');

/** A machine that runs alone, in a tab named "a". */
export async function begin(world: World, screen = ''): Promise<Party> {
  const a = world.add('a', { begins: 'primary', screen });
  await world.until('a runs', () => a.hasGuest && a.word === 'unprotected');
  return a;
}

/** Another tab that protects the machine. */
export async function protect(world: World, primary: Party, name: string): Promise<Party> {
  const standby = world.add(name, { begins: 'standby' });
  await world.until(
    `${name} protects`,
    () => primary.word === 'protected' && standby.word === 'protected',
  );
  return standby;
}

/** A protected machine, whose guest has counted to 3. */
export async function pair(world: World): Promise<readonly [Party, Party]> {
  const a = await begin(world);
  a.guest.counts(3);
  const b = await protect(world, a, 'b');
  await world.until('both show 3', () => a.screen === numbers(3) && b.screen === numbers(3));
  return [a, b];
}

/** The party goes on with the machine in another one's place. */
export const runsAt = (world: World, party: Party): Promise<void> =>
  world.until(`${party.name} runs the machine`, () => party.hasGuest && party.takeovers.length > 0);

/** The first machine that ran in a party. */
export const firstGuest = (party: Party): Party['guest'] =>
  defined(party.actors[0], 'the first machine');

/** All that broke which should not. */
export const faults = (world: World): string[] =>
  world.parties.filter(({ failed }) => failed !== undefined).map((party) => party.describe());
