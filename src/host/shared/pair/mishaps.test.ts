import { describe, expect, it } from 'vitest';
import { COMMAND } from '../control.ts';
import { begin, firstGuest, numbers, pair, protect, runsAt, useWorld } from './testing/stories.ts';
import type { World } from './testing/world.ts';

let world: World;
useWorld((fresh) => {
  world = fresh;
});

describe('damage on the way', () => {
  it('to a checkpoint costs that one, and nothing that anybody sees', async () => {
    const [a, b] = await pair(world);
    for (let round = 0; round < 5; round++) {
      world.wire.damageNext('a', 'bulk');
      a.guest.do(() => {
        a.guest.memory.noise(20 + 10 * round, 30, round);
      });
      a.guest.counts();
      const shown = numbers(4 + round);
      await world.until(`both show ${shown}`, () => a.screen === shown && b.screen === shown);
    }
    expect([a.word, b.word]).toEqual(['protected', 'protected']);
    await world.until('it was counted', () => (a.samples.at(-1)?.totals.aborts ?? 0) > 0);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    expect(b.guest.count).toBe(8);
    expect(b.guest.memory.differsFrom(a.guest.memory.ram)).toEqual([]);
  });

  it('to keys has them sent again', async () => {
    const [a, b] = await pair(world);
    world.wire.damageNext('b', 'control');
    await b.type('A');
    await b.type('B');
    await world.until('both have come', () => a.guest.typed.length === 2);
    expect(a.guest.typed).toBe('AB');
  });

  it('to acknowledgements and beats does not matter', async () => {
    const [a, b] = await pair(world);
    world.wire.damageNext('b', 'bulk');
    world.wire.damageNext('b', 'heartbeat');
    world.wire.damageNext('a', 'heartbeat');
    a.guest.counts(2);
    await world.until('both show 5', () => a.screen === numbers(5) && b.screen === numbers(5));
    expect([a.word, b.word]).toEqual(['protected', 'protected']);
  });
});

describe('a tab that is closed', () => {
  it('says so, and its standby need not wait', async () => {
    const [a, b] = await pair(world);
    a.host.happen({ kind: 'leave' });
    await runsAt(world, b);
    expect(b.takeovers[0]?.failover.why).toBe('bye');
    expect(a.ended).toBe('The tab that ran the machine was closed.');
    expect(firstGuest(a).terminated).toBe(true);
    b.guest.counts();
    await world.until('b counts on', () => b.screen === numbers(4));
  });

  it('as a standby says so, and the machine runs on', async () => {
    const [a, b] = await pair(world);
    b.host.happen({ kind: 'leave' });
    await world.until('a is alone', () => a.word === 'unprotected');
    expect(b.ended).toBe('The tab was closed.');
    a.guest.counts();
    await world.until('a counts on', () => a.screen === numbers(4));
  });
});

describe('a standby that is being made', () => {
  it('is thrown away when its link breaks meanwhile, and made again', async () => {
    let isMade: () => void = () => undefined;
    const preparing = new Promise<void>((resolve) => {
      isMade = resolve;
    });
    const a = await begin(world);
    const b = world.add('b', { begins: 'standby', preparing });
    await world.until('it is made', () => b.actors.length === 1 && a.word === 'copying');
    world.wire.cut();
    await world.until('it is made again', () => b.actors.length === 2);
    isMade();
    await world.until('b protects', () => a.word === 'protected' && b.word === 'protected');
    expect(b.actors.map(({ terminated }) => terminated)).toEqual([true, false]);
  });
});

describe('a machine that is handed over', () => {
  it('goes on where it was when the other does not take it', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'control');
    a.host.happen({ kind: 'hand-over' });
    const isPaused = (): boolean => (a.guest.control.commands & COMMAND.pause) !== 0;
    await world.until('it is paused', isPaused);
    a.guest.counts();
    world.kill(b);
    await world.until('it goes on', () => a.screen === numbers(4));
    expect(isPaused()).toBe(false);
    expect(a.status).toMatchObject({ role: 'primary', word: 'unprotected', term: 2 });
  });

  it('goes on too when that was settled before the machine had come to its last capture', async () => {
    const [a, b] = await pair(world);
    a.guest.frozen = true;
    a.host.happen({ kind: 'hand-over' });
    const isAsked = (): boolean => (a.guest.control.commands & COMMAND.last) !== 0;
    await world.until('the last capture is asked for', isAsked);
    world.kill(b);
    await world.until('a is alone', () => a.word === 'unprotected');
    // As if it had begun with the capture just before it was told that it may go on.
    a.guest.control.setCommand(COMMAND.capture | COMMAND.last);
    a.guest.thaw();
    a.guest.counts();
    await world.until('it goes on', () => a.screen === numbers(4));
    expect((await protect(world, a, 'c')).screen).toBe(numbers(4));
  });

  it('cannot be while nobody protects it', async () => {
    const a = await begin(world);
    a.host.happen({ kind: 'hand-over' });
    expect(a.notices.at(-1)?.sentence).toContain('no standby');
    a.guest.counts();
    await world.until('a runs on', () => a.screen === numbers(1));
  });
});

describe('a second tab that begins the same machine', () => {
  it('finds it running, joins it, and shows nothing of its own', async () => {
    const a = await begin(world, 'Welcome to a. ');
    a.guest.counts(2);
    const b = world.add('b', { begins: 'primary', screen: 'Welcome to b. ' });
    await world.until('b protects', () => a.word === 'protected' && b.word === 'protected');
    expect(firstGuest(b).atStart).toBeUndefined();
    expect(firstGuest(b).terminated).toBe(true);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    b.guest.counts();
    await world.until('b counts on', () => b.screen.endsWith('3 '));
    expect(b.screen).toBe(`Welcome to a. ${numbers(3)}`);
  });

  it('does not keep its own while it waits', async () => {
    const [a] = await pair(world);
    const c = world.add('c', { begins: 'primary', screen: 'Welcome to c. ' });
    await world.until('c waits', () => c.word === 'watching' && c.screen === numbers(3));
    expect(firstGuest(c).terminated).toBe(true);
    expect(a.word).toBe('protected');
    expect(c.hasGuest).toBe(false);
  });
});

it('what a stranger tried is told to people', async () => {
  const a = await begin(world);
  a.host.happen({ kind: 'stranger', sentence: 'Somebody without the invitation knocked.' });
  expect(a.notices.at(-1)).toEqual({
    ...{ level: 'warning', sentence: 'Somebody without the invitation knocked.' },
  });
  const b = await protect(world, a, 'b');
  expect(b.word).toBe('protected');
});
