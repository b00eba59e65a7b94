import { afterEach, beforeAll, expect, it } from 'vitest';
import { defined } from '../../../base/assert.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { Compressor } from '../../../checkpoint/compression.ts';
import { loadZstd } from '../../../checkpoint/zstd.ts';
import { Chaos } from './testing/chaos.ts';
import { faults, numbers } from './testing/stories.ts';
import { World } from './testing/world.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

let world: World | undefined;
afterEach(() => {
  world?.dispose();
});

const STEPS = 60;
/** A busy computer, and what a life has to wait for. */
const TIMEOUT_MS = 60_000;
const seeds = [101, 216, Math.floor(Math.random() * 2 ** 32)];

it.each(seeds)(
  'a random life loses nothing and says nothing twice (seed %i)',
  async (seed) => {
    world = new World(zstd);
    const chaos = new Chaos(world, new SeededRandom(seed));
    try {
      await chaos.live(STEPS);
    } catch (error) {
      throw new Error(`${String(error)}\n${chaos.story.join('\n')}`, { cause: error });
    }
    const told = chaos.story.join('\n');
    expect(faults(world), told).toEqual([]);
    const { guest, screen } = defined(chaos.primary, 'a primary');
    // Every tab that has seen the end has seen the same.
    expect(new Set(chaos.tabs.map((tab) => tab.screen)), told).toEqual(new Set([screen]));
    // So has every tab that died, as far as it came.
    const others = world.parties.filter((party) => !screen.startsWith(party.screen));
    expect(
      others.map((party) => party.describe()),
      told,
    ).toEqual([]);
    // The guest's numbers, in order, each once.
    const counted = screen.replaceAll(/<[^>]*> /g, '').replaceAll('the end', '');
    expect(counted, told).toBe(numbers(guest.count));
    // Keys of tabs that live came once; of those that died, once or not at all.
    for (const { key, party } of chaos.typed) {
      const times = guest.typed.split(key).length - 1;
      if (chaos.tabs.includes(party)) expect(times, `${key} of ${party.name}\n${told}`).toBe(1);
      else expect(times, `${key}\n${told}`).toBeLessThanOrEqual(1);
    }
  },
  TIMEOUT_MS,
);
