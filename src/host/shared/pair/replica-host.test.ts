import { describe, expect, it } from 'vitest';
import { encodeHotList } from '../../../vm/jit/hot-list.ts';
import { COMMAND } from '../control.ts';
import type { Party } from './testing/party.ts';
import { begin, numbers, pair, protect, runsAt, useWorld } from './testing/stories.ts';
import type { World } from './testing/world.ts';

let world: World;
useWorld((fresh) => {
  world = fresh;
});

const sorted = (text: string): string => text.split('').sort().join('');

describe('a standby', () => {
  it('joins a machine that runs alone, sees what it has said, and protects it', async () => {
    const a = await begin(world, 'Welcome. ');
    a.guest.counts(5);
    await world.until('a shows 5', () => a.screen === `Welcome. ${numbers(5)}`);
    expect(a.status).toMatchObject({ role: 'primary', word: 'unprotected', term: 1 });
    expect(a.hasMachine).toBe(true);
    const b = await protect(world, a, 'b');
    expect(b.status).toMatchObject({ role: 'standby', word: 'protected', term: 1 });
    expect(b.screen).toBe(a.screen);
    expect(b.hasMachine).toBe(false);
    a.guest.counts(4);
    const all = `Welcome. ${numbers(9)}`;
    await world.until('both show 9', () => a.screen === all && b.screen === all);
    expect(b.guest.running).toBe(false);
    await world.until('b has figures', () => (b.samples.at(-1)?.totals.commits ?? 0) >= 2);
  });

  it('hears which code is hot, and makes nothing of what makes no sense', async () => {
    const [a, b] = await pair(world);
    const hot = { page: 7, entries: [0], decoded: new Uint8Array(256).fill(1, 0, 1) };
    const [bytes = new Uint8Array()] = encodeHotList([hot], 1_000);
    for (const advice of [Uint8Array.of(1, 2, 3), bytes])
      a.host.happen({ kind: 'hot-code', bytes: advice });
    await world.until('it has come', () => b.guest.foreseen.length > 0);
    expect(b.guest.foreseen).toEqual([hot]);
    a.guest.counts();
    await world.until('all goes on', () => b.screen === numbers(4));
  });

  it('without the prepared guest gets all of memory', async () => {
    const a = await begin(world);
    a.guest.counts(2);
    const b = world.add('b', { begins: 'standby', hasBaseline: false });
    await world.until('b protects', () => b.word === 'protected');
    expect(a.notices.map(({ sentence }) => sentence).join()).toContain('lacks the prepared guest');
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    expect(b.guest.count).toBe(2);
  });

  it('with too little memory is refused with a reason on both sides, and the machine runs on', async () => {
    const a = await begin(world);
    const b = world.add('b', { begins: 'standby', capacityBytes: 1 << 19 });
    await world.until('b is refused', () => b.ended !== undefined);
    expect(b.ended).toBe('The machine has 1 MiB of memory; the standby can hold 0 MiB.');
    expect(a.notices.at(-1)).toMatchObject({ level: 'warning' });
    expect(a.notices.at(-1)?.sentence).toContain('can hold 0 MiB');
    a.guest.counts(2);
    await world.until('a runs on', () => a.screen === numbers(2));
    expect(a.word).toBe('unprotected');
  });

  it('that cannot make the machine says why on both sides, and the next one may try', async () => {
    const a = await begin(world);
    const b = world.add('b', { begins: 'standby', cannotPrepare: 'There is no memory left.' });
    await world.until('b gives up', () => b.ended !== undefined && a.word === 'unprotected');
    expect(b.ended).toBe('There is no memory left.');
    const said = a.notices.map(({ sentence }) => sentence).join(' ');
    expect(said).toContain('There is no memory left.');
    const c = await protect(world, a, 'c');
    expect(c.word).toBe('protected');
  });

  it('that goes leaves the machine running unprotected', async () => {
    const [a, b] = await pair(world);
    world.kill(b);
    a.guest.counts(2);
    await world.until('a goes on alone', () => a.word === 'unprotected');
    await world.until('a shows 5', () => a.screen === numbers(5));
    expect(a.status?.term).toBe(2);
    const c = await protect(world, a, 'c');
    expect(c.screen).toBe(numbers(5));
  });
});

describe('output', () => {
  it('is shown only when its checkpoint is committed', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    a.guest.counts(2);
    await world.until('it was captured', () => world.wire.held > 0 && a.guest.count === 5);
    await world.until('it waits', () => (a.samples.at(-1)?.heldOutputBytes ?? 0) > 0);
    expect([a.screen, b.screen]).toEqual([numbers(3), numbers(3)]);
    world.wire.release();
    await world.until('both show 5', () => a.screen === numbers(5) && b.screen === numbers(5));
  });

  it('that nobody has seen is lost with its tab, and made again', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    a.guest.counts(4);
    await world.until('a has counted', () => a.guest.count === 7 && world.wire.held > 0);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    expect(b.guest.count).toBe(3);
    b.guest.counts(5);
    await world.until('b counts on', () => b.screen === numbers(8));
    expect(a.screen).toBe(numbers(3));
  });

  it('waits for a terminal that takes nothing, when there is only that one', async () => {
    const a = await begin(world);
    a.terminalTakes = false;
    const line = new Uint8Array(60_000).fill(65);
    for (let i = 0; i < 50; i++) {
      a.guest.do(() => {
        a.guest.print(line);
      });
    }
    await world.until('the guest waits', () => a.guest.control.activity === 'blocked');
    expect(a.shownBytes).toBeLessThan(400_000);
    a.takeAll();
    await world.until('all is shown', () => a.shownBytes === 50 * line.length);
    a.guest.counts();
    await world.until('it goes on', () => a.screen === numbers(1));
  });

  it('that nobody keeps any more is missing on a terminal that comes back, which says so', async () => {
    const a = await begin(world);
    const c = world.add('c', { begins: 'watch' });
    a.guest.counts(3);
    await world.until('c shows 3', () => c.screen === numbers(3));
    world.keepApart(true);
    world.wire.cut();
    const line = new Uint8Array(50_000).fill(65);
    for (let i = 0; i < 10; i++) {
      a.guest.do(() => {
        a.guest.print(line);
      });
    }
    a.guest.counts();
    await world.until('a shows all', () => a.screen === numbers(4));
    world.keepApart(false);
    await world.until('c is back', () => c.screen.endsWith('4 '));
    const [, missing] = /^1 2 3 \r\n\[(\d+) bytes are not shown here\]\r\n/.exec(c.screen) ?? [];
    expect(Number(missing)).toBeGreaterThan(200_000);
    expect(Number(missing)).toBeLessThan(500_000);
  });

  it('does not wait for it when another tab shows it too, and says what is missing', async () => {
    const [a, b] = await pair(world);
    b.terminalTakes = false;
    const line = new Uint8Array(50_000).fill(65);
    for (let i = 0; i < 100; i++) {
      a.guest.do(() => {
        a.guest.print(line);
      });
    }
    const most = 4 << 20;
    await world.until('a shows all', () => a.shownBytes === 100 * line.length + numbers(3).length);
    await world.until('b shows what it can', () => b.shownBytes > most - line.length);
    expect(b.shownBytes).toBeLessThanOrEqual(most);
    b.takeAll();
    a.guest.counts();
    await world.until('b goes on', () => b.screen.endsWith('4 '));
    expect(b.screen).toMatch(/\[\d+ bytes are not shown here\]/);
    expect(a.word).toBe('protected');
  });
});

describe('keys', () => {
  it('typed at either side reach the machine once, and are seen by both', async () => {
    const [a, b] = await pair(world);
    await Promise.all([a.type('A'), b.type('B'), a.type('C'), b.type('D')]);
    await world.until('all have come', () => a.guest.typed.length === 4);
    expect(sorted(a.guest.typed)).toBe('ABCD');
    const seen = (party: Party): string =>
      [...party.screen.matchAll(/<(.)>/g)].map(([, key]) => key).join('');
    await world.until('both see them', () => seen(b).length === 4 && seen(a).length === 4);
    expect([seen(a), seen(b)]).toEqual([a.guest.typed, a.guest.typed]);
    a.host.resize(120, 40);
    await world.until('the size has come', () => a.guest.size === '120x40');
    await world.until('no key is kept any more', () => a.samples.at(-1)?.keysKept === 0);
  });

  it('that no checkpoint has are played again after a takeover, each once', async () => {
    const [a, b] = await pair(world);
    await a.type('1');
    await b.type('2');
    await world.until(
      'they are committed',
      () => b.screen.includes('<1>') && b.screen.includes('<2>'),
    );
    world.wire.hold('a', 'bulk');
    await Promise.all([a.type('3'), b.type('4'), b.type('5')]);
    await world.until('the guest has them', () => a.guest.typed.length === 5);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    await world.until('the guest has them again', () => b.guest.typed.length >= 5);
    await b.type('6');
    await world.until('and what follows', () => b.guest.typed.includes('6'));
    expect(sorted(b.guest.typed)).toBe('123456');
    expect(b.takeovers[0]?.failover.replayedKeys).toBe(3);
    const echoes = (): string => [...b.screen.matchAll(/<(\d)>/g)].map(([, key]) => key).join('');
    await world.until('it echoes them', () => echoes().length === 6);
    expect(echoes()).toBe(b.guest.typed);
  });

  it('that the guest takes just behind a capture are not in that checkpoint', async () => {
    const [a, b] = await pair(world);
    const { guest } = a;
    guest.frozen = true;
    a.host.happen({ kind: 'changed' });
    const isAsked = (): boolean => (guest.control.commands & COMMAND.capture) !== 0;
    await world.until('a capture is asked for', isAsked);
    const epoch = guest.control.captureEpoch;
    await a.type('K');
    // One turn has both, in this order; nothing is captured after it.
    guest.thaw();
    await world.until('the guest has it', () => guest.typed === 'K');
    guest.frozen = true;
    expect(guest.pauses.has(epoch)).toBe(true);
    await world.until('it is committed', () => a.samples.at(-1)?.committed === epoch);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    await world.until('it was played again', () => b.guest.typed === 'K');
    expect(b.takeovers[0]?.failover).toMatchObject({ epoch, replayedKeys: 1 });
  });

  it('that a lone guest has taken are kept no longer', async () => {
    const a = await begin(world);
    await a.type('A');
    await a.type('B');
    await world.until('the guest has them', () => a.guest.typed === 'AB');
    await world.until('none is kept', () => a.samples.at(-1)?.keysKept === 0);
  });

  it('that were taken while a standby was there, and committed never, are not kept without it', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    await a.type('A');
    await world.until('the guest has it', () => a.guest.typed === 'A');
    await world.until('it is kept', () => a.samples.at(-1)?.keysKept === 1);
    world.kill(b);
    await world.until('a is alone', () => a.word === 'unprotected');
    await world.until('none is kept', () => a.samples.at(-1)?.keysKept === 0);
  });

  it('that are counted before a capture is heard of, which was made earlier, do no harm', async () => {
    const [a, b] = await pair(world);
    const { guest } = a;
    world.wire.hold('a', 'bulk');
    a.terminalTakes = false;
    guest.do(() => {
      for (let i = 0; i < 6; i++) guest.print(new Uint8Array(60_000).fill(65));
    });
    await world.until('its output waits', () => (a.samples.at(-1)?.heldOutputBytes ?? 0) > 3e5);
    guest.frozen = true;
    a.host.happen({ kind: 'changed' });
    const isAsked = (): boolean => (guest.control.commands & COMMAND.capture) !== 0;
    await world.until('a capture is asked for', isAsked);
    world.kill(b);
    await world.until('a is alone', () => a.word === 'unprotected');
    // Whatever the machine says from here on waits for the terminal.
    guest.print('so far ');
    guest.thaw();
    await world.until('it is made', () => !isAsked());
    await a.type('K');
    await world.until('the guest has its key', () => guest.typed === 'K');
    const before = a.samples.length;
    await world.until('it is counted', () =>
      a.samples.slice(before + 1).some(({ keysKept }) => keysKept === 0),
    );
    a.takeAll();
    guest.counts();
    await world.until('a goes on', () => a.screen.endsWith('so far <K> 4 '));
    expect((await protect(world, a, 'c')).word).toBe('protected');
  });

  it('of one who only watches are refused with a reason', async () => {
    const [a] = await pair(world);
    const c = world.add('c', { begins: 'watch' });
    await world.until('c watches', () => c.word === 'watching' && c.screen === numbers(3));
    await c.type('X');
    expect(c.refused).toEqual(['This tab only watches.']);
    await a.type('Y');
    await world.until('c sees it', () => c.screen.endsWith('<Y> '));
    expect(a.guest.typed).toBe('Y');
  });
});

describe('a guest that switches itself off', () => {
  it('while it is protected ends both sides, with its last words', async () => {
    const [a, b] = await pair(world);
    a.guest.counts(5);
    a.guest.halts();
    await world.until('both have ended', () => a.ended !== undefined && b.ended !== undefined);
    expect([a.screen, b.screen]).toEqual([numbers(8), numbers(8)]);
    expect([a.ended, b.ended]).toEqual(Array(2).fill('The guest switched itself off.'));
    expect(a.halts).toHaveLength(1);
    expect([a.guest.terminated, b.guest.terminated]).toEqual([true, true]);
  });

  it('alone ends its side', async () => {
    const a = await begin(world);
    a.guest.counts(2);
    a.guest.halts({ kind: 'panic', text: 'no init' });
    await world.until('a has ended', () => a.ended !== undefined);
    expect(a.screen).toBe(numbers(2));
    expect(a.ended).toBe("The guest's kernel panicked: no init.");
  });

  it('just as its primary dies is switched off by the next', async () => {
    const [a, b] = await pair(world);
    world.wire.hold('a', 'bulk');
    a.guest.counts(2);
    a.guest.halts();
    await world.until('a has heard', () => a.halts.length > 0);
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    expect(b.ended).toBeUndefined();
    b.guest.counts(2);
    b.guest.halts();
    await world.until('b has ended', () => b.ended !== undefined);
    expect(b.screen).toBe(numbers(5));
  });
});
