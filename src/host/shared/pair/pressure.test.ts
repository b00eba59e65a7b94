import { describe, expect, it } from 'vitest';
import { COMMAND } from '../control.ts';
import type { Party } from './testing/party.ts';
import { numbers, pair, protect, runsAt, useWorld } from './testing/stories.ts';
import type { World } from './testing/world.ts';

let world: World;
useWorld((fresh) => {
  world = fresh;
});

const isHeld = ({ guest }: Party, bit: number): boolean => (guest.control.commands & bit) !== 0;

describe('when checkpoints have nowhere to go', () => {
  it('the guest is held once staging is full, and goes on when it has room', async () => {
    const a = world.add('a', { begins: 'primary', ramBytes: 80 << 20 });
    await world.until('a runs', () => a.hasGuest);
    const { memory } = a.guest;
    a.guest.do(() => {
      memory.noise(1024, 18_000, 1);
    });
    const b = world.add('b', { begins: 'standby' });
    await world.until('b is preparing', () => a.wires.size > 0);
    world.wire.hold('a', 'bulk');
    await world.until('the guest is held', () => isHeld(a, COMMAND.holdForStaging));
    a.guest.counts(2);
    await world.until('people are told', () => a.samples.at(-1)?.pressure === 'throttle');
    expect(a.guest.count).toBe(0);
    expect(a.word).toBe('copying');
    expect(b.word).toBe('copying');
    world.wire.release();
    await world.until('it goes on', () => a.guest.count === 2);
    expect(isHeld(a, COMMAND.holdForStaging)).toBe(false);
    await world.until('b protects', () => a.word === 'protected' && b.word === 'protected');
    await world.until('both show it', () => b.screen === numbers(2) && a.screen === numbers(2));
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    expect(b.guest.memory.differsFrom(a.guest.memory.ram)).toEqual([]);
  });

  it('the guest is held while too much output waits for a commit', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    const line = new Uint8Array(60_000).fill(65);
    for (let i = 0; i < 40; i++) {
      a.guest.do(() => {
        a.guest.print(line);
      });
    }
    await world.until('the guest is held', () => isHeld(a, COMMAND.holdForGate));
    expect(a.screen).toBe(numbers(3));
    world.wire.release();
    const all = 40 * line.length + numbers(3).length;
    await world.until('all is shown', () => a.shownBytes === all && b.shownBytes === all);
    expect(isHeld(a, COMMAND.holdForGate)).toBe(false);
    expect([a.word, b.word]).toEqual(['protected', 'protected']);
  });

  it('a held guest goes on when its standby has died', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    a.guest.do(() => {
      for (let i = 0; i < 20; i++) a.guest.print(new Uint8Array(60_000).fill(65));
    });
    await world.until('the guest is held', () => isHeld(a, COMMAND.holdForGate));
    world.kill(b);
    await world.until('a is alone', () => a.word === 'unprotected');
    a.guest.counts();
    await world.until('it goes on', () => a.screen.endsWith('3 4 '));
    expect(a.guest.control.commands).toBe(0);
  });
});

describe('when keys have nowhere to go', () => {
  it('those of all tabs wait for a guest that reads none', async () => {
    const [a, b] = await pair(world);
    const c = world.add('c', { begins: 'standby' });
    await world.until('c waits', () => c.word === 'watching');
    a.guest.reads = false;
    const paste = 'x'.repeat(3 << 20);
    const typed = [a.type(paste), b.type(paste), c.type(paste)];
    await world.until('all have come', () => (a.samples.at(-1)?.keysKept ?? 0) > 4400);
    a.guest.reads = true;
    await Promise.all(typed);
    await world.until('the guest has them', () => a.guest.typedBytes === 9 << 20);
    expect(b.word).toBe('protected');
  });

  it('more than a log holds is refused with a reason, and typing goes on later', async () => {
    const [a] = await pair(world);
    a.guest.reads = false;
    const paste = 'x'.repeat(3 << 20);
    const first = a.type(paste);
    void a.type('y'.repeat(2 << 20));
    expect(a.refused).toEqual(['Too much input waits already: this was not taken.']);
    a.guest.reads = true;
    await first;
    await a.type('z');
    await world.until('the guest has it', () => a.guest.typedBytes === (3 << 20) + 1);
  });
});

describe('a machine whose tab dies', () => {
  it('in the middle of its first copy is lost, and its would-be standby says so', async () => {
    const a = world.add('a', { begins: 'primary' });
    await world.until('a runs', () => a.hasGuest);
    const b = world.add('b', { begins: 'standby' });
    await world.until('they are linked', () => a.wires.size > 0);
    world.wire.hold('a', 'bulk');
    await world.until('b copies', () => b.copies.length > 0 && b.word === 'copying');
    const copy = b.guest;
    world.kill(a);
    world.wire.cut();
    await world.until('b says so', () => b.word === 'lost');
    expect(b.hasGuest).toBe(false);
    expect(copy.terminated).toBe(true);
    await world.until('the copy is over', () => b.copies.at(-1) === undefined);
  });

  it('leaves a copy that can be copied again by the next', async () => {
    const [a, b] = await pair(world);
    a.guest.do(() => {
      a.guest.memory.noise(10, 100, 3);
    });
    a.guest.counts();
    await world.until('b has it', () => b.screen === numbers(4));
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    b.guest.counts();
    const c = await protect(world, b, 'c');
    await world.until('c shows it', () => c.screen === numbers(5));
    expect(c.guest.memory.differsFrom(b.guest.memory.ram)).toEqual([]);
  });
});
