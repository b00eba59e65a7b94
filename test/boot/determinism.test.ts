/** R6: the machine is a function of its state and its inputs, on either engine and across a snapshot. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RAM } from '../../src/vm/layout.ts';
import { ENGINE_NAMES } from '../../src/vm/machine/engine.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { advance, boot, openRootDisk, RAM_BYTES, type RootDisk } from './scripted-guest.ts';

/** Of the guest's instructions: far enough for user programs, short enough for a test. */
const MIDDLE = 200_000_000n;
const END = 330_000_000n;

let disk: RootDisk;
beforeAll(() => {
  disk = openRootDisk();
});
afterAll(() => {
  disk.close();
});

it('the same inputs give the same digest, on every engine, and from a saved state', () => {
  const first = boot('interpreter', disk);
  let said = advance(first, MIDDLE);
  const middle = { digest: first.digest(), instructions: first.instructions };
  const state = first.save();
  const ram = new Uint8Array(first.memory.buffer, RAM, RAM_BYTES).slice();
  said += advance(first, END);
  const last = { digest: first.digest(), instructions: first.instructions };
  expect(said).toMatch(/OpenSBI/);

  const resumed = new Machine({ ramBytes: RAM_BYTES, disk, engine: 'interpreter' });
  new Uint8Array(resumed.memory.buffer, RAM, RAM_BYTES).set(ram);
  resumed.restore(state);
  expect(resumed.digest()).toBe(middle.digest);
  advance(resumed, END);
  expect({ digest: resumed.digest(), instructions: resumed.instructions }).toEqual(last);

  for (const engine of ENGINE_NAMES) {
    // `jit` translates everything at once: a test engine, too slow for a boot.
    if (engine === 'interpreter' || engine === 'jit') continue;
    const other = boot(engine, disk);
    advance(other, MIDDLE);
    expect({ engine, digest: other.digest() }).toEqual({ engine, digest: middle.digest });
    advance(other, END);
    expect({ engine, digest: other.digest() }).toEqual({ engine, digest: last.digest });
  }
});
