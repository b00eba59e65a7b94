import { beforeEach, describe, expect, it } from 'vitest';
import type { PlacedOutput } from '../../../replication/messages.ts';
import { ScreenFeed } from './screen-feed.ts';

const SLOW_BYTES = 1 << 18;
const MOST_BYTES = 4 << 20;

/** A terminal that takes what it is shown when the test says so. */
class Terminal {
  readonly shown: string[] = [];
  readonly bytes: number[] = [];
  readonly failures: unknown[] = [];
  readonly #taken: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  readonly feed = new ScreenFeed(
    (device, bytes) => {
      const text = new TextDecoder().decode(bytes.subarray(0, 60));
      this.shown.push(`${device} ${text}`);
      this.bytes.push(bytes.length);
      return new Promise((resolve, reject) => {
        this.#taken.push({ resolve, reject });
      });
    },
    (error) => this.failures.push(error),
  );

  /** Takes the oldest so many. */
  async take(count = 1): Promise<void> {
    for (const { resolve } of this.#taken.splice(0, count)) resolve();
    await Promise.resolve();
  }

  async refuse(reason: unknown): Promise<void> {
    this.#taken.shift()?.reject(reason);
    await Promise.resolve();
    await Promise.resolve();
  }
}

const output = (
  what: string | number,
  device = 'console0',
  kind: PlacedOutput['kind'] = 'console',
): PlacedOutput => {
  const bytes = typeof what === 'string' ? new TextEncoder().encode(what) : new Uint8Array(what);
  return { device, kind, position: 0, bytes };
};

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

describe('a screen feed', () => {
  it('shows consoles in order, and no network', () => {
    const { feed, shown } = terminal;
    feed.push([output('a'), output('frame', 'net0', 'frame'), output('b', 'uart0')], 0);
    feed.push([output('c')], 0);
    expect(shown).toEqual(['console0 a', 'uart0 b', 'console0 c']);
  });

  it('says in front of what follows how much is missing', () => {
    const { feed, shown } = terminal;
    feed.push([output('a')], 12);
    feed.push([], 5);
    feed.push([], 6);
    feed.push([output('b', 'uart0')], 0);
    feed.push([output('c')], 0);
    expect(shown).toEqual([
      'console0 \r\n[12 bytes are not shown here]\r\n',
      'console0 a',
      'console0 \r\n[11 bytes are not shown here]\r\n',
      'uart0 b',
      'console0 c',
    ]);
  });

  it('passes over what a terminal that takes nothing cannot have, and says so later', async () => {
    const { feed, shown, bytes } = terminal;
    for (let i = 0; i < 5; i++) feed.push([output(1 << 20)], 0);
    expect(bytes).toEqual(Array(4).fill(1 << 20));
    feed.push([output('lost')], 0);
    expect(bytes).toHaveLength(4);
    await terminal.take();
    feed.push([output('there')], 0);
    expect(shown.slice(4)).toEqual([
      `console0 \r\n[${String((1 << 20) + 4)} bytes are not shown here]\r\n`,
      'console0 there',
    ]);
    await terminal.take(5);
    feed.push([output('all is well')], 0);
    expect(shown.slice(6)).toEqual(['console0 all is well']);
  });

  it('takes just as much as may be on its way', () => {
    const { feed, bytes } = terminal;
    feed.push([output(MOST_BYTES)], 0);
    feed.push([output(1)], 0);
    expect(bytes).toEqual([MOST_BYTES]);
  });
});

describe('room for a lone guest', () => {
  it('is there while little is on its way', async () => {
    const { feed } = terminal;
    expect(feed.room).toBeUndefined();
    feed.push([output(SLOW_BYTES)], 0);
    expect(feed.room).toBeUndefined();
    feed.push([output(1)], 0);
    expect(feed.room).toBeInstanceOf(Promise);
    await terminal.take();
    expect(feed.room).toBeUndefined();
  });

  it('comes back to all who wait for it, once the terminal has caught up', async () => {
    const { feed } = terminal;
    const told: string[] = [];
    feed.push([output(SLOW_BYTES), output(SLOW_BYTES), output(10)], 0);
    void feed.room?.then(() => told.push('first'));
    void feed.room?.then(() => told.push('second'));
    await terminal.take();
    await Promise.resolve();
    expect(told).toEqual([]);
    await terminal.take();
    await Promise.resolve();
    expect(told).toEqual(['first', 'second']);
  });
});

it('a terminal that fails is told once, with its reason', async () => {
  const { feed, failures } = terminal;
  feed.push([output('a')], 0);
  expect(failures).toEqual([]);
  await terminal.refuse('no such terminal');
  expect(failures).toEqual(['no such terminal']);
});
