import { describe, expect, it } from 'vitest';
import { defined } from '../../../base/assert.ts';
import type { Party } from './testing/party.ts';
import { firstGuest, numbers, pair, protect, runsAt, useWorld } from './testing/stories.ts';
import type { World } from './testing/world.ts';

let world: World;
useWorld((fresh) => {
  world = fresh;
});

describe('a primary', () => {
  const checkRam = (old: Party['guest'], next: Party): void => {
    const { epoch } = defined(next.takeovers.at(-1), 'a takeover').failover;
    const pause = defined(old.pauses.get(epoch), 'the last committed checkpoint');
    expect(Buffer.compare(defined(next.guest.atStart, 'a start'), pause)).toBe(0);
    expect(next.guest.startCount).toBe(old.executed.get(epoch));
  };

  it('that dies without a word is missed, and its standby goes on from the last checkpoint', async () => {
    const [a, b] = await pair(world);
    a.guest.counts(50);
    await world.until('b shows some', () => b.screen.startsWith(numbers(10)));
    world.kill(a);
    await runsAt(world, b);
    expect(b.takeovers.at(-1)?.failover).toMatchObject({ term: 2, why: 'silent' });
    checkRam(a.guest, b);
    b.guest.counts(3);
    const reached = b.guest.count;
    await world.until('b counts on', () => b.guest.count === reached + 3);
    await world.until('it shows', () => b.screen === numbers(b.guest.count));
    expect(b.status).toMatchObject({ role: 'primary', word: 'unprotected', term: 2 });
  });

  it('whose link breaks without its death is asked about', async () => {
    const [a, b] = await pair(world);
    world.wire.cut();
    await world.until('one of them has it', () => a.word === 'unprotected' || b.hasGuest);
    await world.until('they meet again', () => a.word === 'protected' && b.word === 'protected');
    expect(world.parties.filter(({ status }) => status?.role === 'primary')).toHaveLength(1);
    const runs = [a, b].filter(({ hasGuest }) => hasGuest);
    expect(runs).toHaveLength(1);
    runs[0]?.guest.counts(2);
    await world.until('both show 5', () => a.screen === numbers(5) && b.screen === numbers(5));
  });

  it('that was stopped and comes back finds its term over, and becomes the standby', async () => {
    const [a, b] = await pair(world);
    const old = a.guest;
    world.wire.hold('a', 'bulk');
    old.counts(2);
    await world.until('a is ahead', () => old.count === 5);
    a.freeze();
    await runsAt(world, b);
    b.guest.counts(4);
    await world.until('b shows 7', () => b.screen === numbers(7));
    a.thaw();
    await world.until('a protects', () => a.word === 'protected' && b.word === 'protected');
    expect(old.terminated).toBe(true);
    expect(a.status).toMatchObject({ role: 'standby', term: 2 });
    await world.until('a shows the same', () => a.screen === numbers(7));
    await world.until('a knows of it', () => a.takeovers.length > 0);
    // And the other way round.
    world.kill(b);
    world.sayGone(b);
    await runsAt(world, a);
    a.guest.counts();
    await world.until('a counts on', () => a.screen === numbers(8));
    await world.until('it is told', () => a.takeovers.length === 2);
    expect(a.takeovers.map(({ failover }) => failover.term)).toEqual([2, 3]);
  });

  it('that was declared dead by mistake stops, and joins the one that has it now', async () => {
    const [a, b] = await pair(world);
    const old = a.guest;
    world.sayGone(a);
    await runsAt(world, b);
    await world.until('a protects', () => a.word === 'protected' && b.word === 'protected');
    expect(old.terminated).toBe(true);
    b.guest.counts(2);
    await world.until('both show 5', () => a.screen === numbers(5) && b.screen === numbers(5));
  });

  it('has its machine loaded elsewhere while the witness is asked, anew for each checkpoint', async () => {
    const [a, b] = await pair(world);
    const next = firstGuest(b);
    world.witnessAnswers = false;
    world.sayGone(a);
    await world.until('b asks', () => b.word === 'deciding');
    expect(next.loads).toBe(1);
    // The one that seemed dead is not.
    a.guest.counts();
    await world.until('b shows 4', () => b.screen === numbers(4));
    const { loads } = next;
    expect(loads).toBeGreaterThan(1);
    world.kill(a);
    world.witnessAnswers = true;
    await runsAt(world, b);
    checkRam(a.guest, b);
    expect(next.loads).toBe(loads);
  });

  /** No beat tells that the guest is at rest after this, so that it is worth running ahead. */
  const work = async (a: Party, b: Party): Promise<void> => {
    world.wire.hold('a', 'heartbeat');
    a.guest.counts();
    await world.until('b shows it', () => b.screen === numbers(4));
  };

  it('whose silence ends was run ahead of in vain: its next checkpoint finds RAM as it was', async () => {
    const [a, b] = await pair(world);
    const copy = firstGuest(b);
    copy.counts(2);
    await work(a, b);
    world.wire.hold('a', 'bulk');
    world.wire.hold('a', 'control');
    await world.until('b runs ahead', () => copy.count === 6);
    expect([b.word, b.screen]).toEqual(['protected', numbers(4)]);
    a.guest.counts(1);
    await world.until('a has sent it', () => world.wire.heldOf('a', 'bulk') > 0);
    // The first that is heard of it: a whole checkpoint.
    world.wire.releaseOnly('a', 'bulk');
    await world.until('b shows what a has done', () => b.screen === numbers(5));
    expect([copy.speculations, copy.rollbacks, copy.count]).toEqual([1, 1, 5]);
    expect(b.hasGuest).toBe(false);
    world.wire.release();
    await world.until('a shows it, too', () => a.screen === numbers(5));
    world.kill(a);
    world.sayGone(a);
    await runsAt(world, b);
    checkRam(a.guest, b);
  });

  it('that dies is followed by the machine that runs ahead, with all that this has said', async () => {
    const [a, b] = await pair(world);
    const copy = firstGuest(b);
    copy.counts(2);
    await work(a, b);
    world.kill(a);
    await world.until('b runs ahead', () => copy.count === 6);
    const { hasGuest, screen } = b;
    expect([hasGuest, screen]).toEqual([false, numbers(4)]);
    world.sayGone(a);
    await runsAt(world, b);
    checkRam(a.guest, b);
    await world.until('b shows it', () => b.screen === numbers(6));
    expect([copy.speculations, copy.rollbacks, copy.loads]).toEqual([1, 0, 1]);
    // What it did ahead is in the first checkpoint of the next pair.
    const c = await protect(world, b, 'c');
    b.guest.counts();
    await world.until('c shows it', () => c.screen === numbers(7));
    expect(c.guest.count).toBe(7);
  });

  it('cannot be followed by a machine that could not be loaded, which says why', async () => {
    const [a, b] = await pair(world);
    firstGuest(b).loadError = new Error('the saved state has no section cpu');
    world.kill(a);
    world.sayGone(a);
    await world.until('b ends', () => b.ended !== undefined);
    expect(b.ended).toContain('the saved state has no section cpu');
  });

  it('that breaks leaves its machine to the standby', async () => {
    const [a, b] = await pair(world);
    a.guest.breaks();
    await runsAt(world, b);
    expect(a.ended).toContain('The machine broke');
    b.guest.counts();
    await world.until('b counts on', () => b.screen === numbers(4));
  });

  it('may hand over, at a quiet moment or in the middle of its work', async () => {
    const [a, b] = await pair(world);
    a.guest.counts(20);
    a.host.happen({ kind: 'hand-over' });
    await runsAt(world, b);
    expect(b.takeovers.at(-1)?.failover.why).toBe('hand-over');
    checkRam(firstGuest(a), b);
    await world.until('a protects', () => a.word === 'protected');
    b.guest.counts(2);
    await world.until('both show it', () => a.screen === b.screen && b.screen.length > 8);
    expect(b.screen).toBe(numbers(b.guest.count));
  });

  it('asks the witness again when that cannot be asked', async () => {
    const [a, b] = await pair(world);
    world.witnessAnswers = false;
    world.kill(a);
    world.sayGone(a);
    const sentence = 'The witness cannot be asked: the disk is full.';
    await world.until('b says so', () => b.notices.some((notice) => notice.sentence === sentence));
    expect(b.word).toBe('deciding');
    world.witnessAnswers = true;
    await runsAt(world, b);
    b.guest.counts();
    await world.until('b counts on', () => b.screen === numbers(4));
  });
});

describe('a machine that begins without a witness', () => {
  it('runs unprotected, says so, and has no standby', async () => {
    world.witnessAnswers = false;
    const a = world.add('a', { begins: 'primary' });
    await world.until('a runs', () => a.hasGuest);
    expect(a.notices[0]).toEqual({
      level: 'warning',
      sentence:
        'The witness cannot be asked: the disk is full. The machine runs unprotected, and can have no standby.',
    });
    a.guest.counts(2);
    await world.until('a shows it', () => a.screen.includes('2'));
    const b = world.add('b', { begins: 'standby' });
    const reason = 'This machine has no witness that could decide who goes on.';
    await world.until('b is refused', () => b.ended === reason);
    expect(a.notices.at(-1)?.sentence).toBe(`Somebody was turned away: ${reason}`);
    expect(a.word).toBe('unprotected');
    // It may watch.
    const c = world.add('c', { begins: 'watch' });
    await world.until('c shows it too', () => c.screen === a.screen);
  });
});

describe('one after the other', () => {
  it('five tabs run the machine, and nothing is missing or said twice', async () => {
    let [primary, standby]: readonly Party[] = await pair(world);
    for (const name of ['c', 'd', 'e', 'f']) {
      const old: Party = defined(primary, 'a primary');
      const next: Party = defined(standby, 'a standby');
      old.guest.counts(5);
      world.kill(old);
      world.sayGone(old);
      await runsAt(world, next);
      next.guest.counts(5);
      [primary, standby] = [next, await protect(world, next, name)];
    }
    const last = defined(standby, 'a standby');
    const count = defined(primary, 'a primary').guest.count;
    await world.until('the last shows all', () => last.screen === numbers(count));
    expect(count).toBeGreaterThanOrEqual(23);
    expect(world.term).toBe(5);
  });

  it('a third tab waits, and protects the machine when the second has taken over', async () => {
    const [a, b] = await pair(world);
    const c = world.add('c', { begins: 'standby' });
    await world.until('c waits', () => c.word === 'watching');
    expect(c.status?.role).toBe('watcher');
    await c.type('!');
    await world.until('its key has come', () => a.guest.typed === '!');
    const { wire } = world;
    world.kill(a);
    world.sayGone(a);
    wire.cut();
    await world.until('c protects b', () => b.word === 'protected' && c.word === 'protected');
    b.guest.counts(2);
    await world.until('c shows it', () => c.screen.endsWith('4 5 ') && c.screen === b.screen);
    expect(b.guest.typed).toBe('!');
  });
});
