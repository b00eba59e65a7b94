import { expect, test } from 'vitest';
import { TerminalFeed } from './terminal-feed.ts';

/** A terminal that parses one write each time it is told to. */
class SlowSink {
  readonly done: (() => void)[] = [];

  write(_bytes: Uint8Array, done: () => void): void {
    this.done.push(done);
  }

  parseOne(): void {
    this.done.shift()?.();
  }
}

const limits = { highWaterBytes: 100, lowWaterBytes: 30 };

test('a quiet machine is never held back', () => {
  const feed = new TerminalFeed(new SlowSink(), limits);
  expect(feed.push(new Uint8Array(99))).toBeUndefined();
});

test('a flood is held at high water and let go at low water', async () => {
  const sink = new SlowSink();
  const feed = new TerminalFeed(sink, limits);
  const events: string[] = [];
  for (let i = 0; i < 3; i += 1) void feed.push(new Uint8Array(30));
  const held = feed.push(new Uint8Array(30));
  expect(held).toBeInstanceOf(Promise);
  const waiting = held?.then(() => events.push('released'));
  sink.parseOne();
  sink.parseOne();
  await Promise.resolve();
  expect(events).toEqual([]);
  sink.parseOne();
  await waiting;
  expect(events).toEqual(['released']);
  expect(feed.pendingBytes).toBe(30);
  expect(feed.push(new Uint8Array(1))).toBeUndefined();
});

test('all who wait above high water wait for the same moment', () => {
  const feed = new TerminalFeed(new SlowSink(), limits);
  const first = feed.push(new Uint8Array(200));
  expect(feed.push(new Uint8Array(1))).toBe(first);
});

test('nothing is nothing', () => {
  const sink = new SlowSink();
  const feed = new TerminalFeed(sink, limits);
  expect(feed.push(new Uint8Array(0))).toBeUndefined();
  expect(sink.done).toHaveLength(0);
});
