import { describe, expect, it } from 'vitest';
import { channelLimits, type Link } from './link.ts';
import { memoryLink, type Fate, type Passage } from './memory-link.ts';
import { ManualTimer } from './testing/manual-timer.ts';

/** Writes down what a link's listener is told. */
function record(link: Link): string[] {
  const story: string[] = [];
  link.listen({
    message: (channel, bytes) => story.push(`${channel} ${bytes.join(',')}`),
    drain: (channel) => story.push(`drain ${channel}`),
    close: ({ kind }) => story.push(`close ${kind}`),
  });
  return story;
}

function make(fate?: (passage: Passage) => Fate): {
  time: ManualTimer;
  pair: ReturnType<typeof memoryLink>;
  a: string[];
  b: string[];
} {
  const time = new ManualTimer();
  const pair = memoryLink({ timer: time.timer, ...(fate === undefined ? {} : { fate }) });
  return { time, pair, a: record(pair.a), b: record(pair.b) };
}

describe('memoryLink', () => {
  it('delivers copies both ways, later', () => {
    const { time, pair, a, b } = make();
    const bytes = Uint8Array.of(1);
    expect(pair.a.send('control', bytes)).toBe('accepted');
    bytes[0] = 9;
    pair.b.send('bulk', Uint8Array.of(2));
    expect([a, b]).toEqual([[], []]);
    time.advance(0);
    expect([a, b]).toEqual([['bulk 2'], ['control 1']]);
  });

  it('keeps the order of a channel whatever the delays, and no order between channels', () => {
    const { time, pair, b } = make(({ channel, serial }) => ({
      delay: channel === 'bulk' && serial === 0 ? 100 : 10,
    }));
    for (const n of [0, 1]) pair.a.send('bulk', Uint8Array.of(n));
    pair.a.send('heartbeat', Uint8Array.of(2));
    time.advance(50);
    expect(b).toEqual(['heartbeat 2']);
    time.advance(50);
    expect(b).toEqual(['heartbeat 2', 'bulk 0', 'bulk 1']);
  });

  it('pushes back and asks for more', () => {
    const { time, pair, a } = make(() => ({ delay: 5 }));
    const half = new Uint8Array(channelLimits.bulk.highWater / 2);
    expect([0, 1, 2].map(() => pair.a.send('bulk', half))).toEqual([
      'accepted',
      'accepted',
      'full',
    ]);
    expect(pair.a.queuedBytes('bulk')).toBe(channelLimits.bulk.highWater);
    expect(pair.a.send('heartbeat', Uint8Array.of(1))).toBe('accepted');
    time.advance(5);
    expect(a).toEqual(['drain bulk']);
  });

  it('loses what the test wants lost', () => {
    const { time, pair, b } = make(({ serial }) => (serial === 1 ? 'lost' : { delay: 0 }));
    for (const n of [0, 1, 2]) pair.a.send('control', Uint8Array.of(n));
    time.advance(1);
    expect(b).toEqual(['control 0', 'control 2']);
  });

  it('tells both sides once how it ended', () => {
    const { time, pair, a, b } = make();
    pair.a.send('control', Uint8Array.of(1));
    pair.a.close('Enough.');
    pair.a.close('Enough.');
    time.advance(1);
    expect([a, b]).toEqual([['close local'], ['close remote']]);
    expect(pair.b.send('control', Uint8Array.of(1))).toBe('closed');
    expect(pair.a.closed).toEqual({ kind: 'local', sentence: 'Enough.' });
  });

  it('can be cut in the middle of a message', () => {
    const { time, pair, a, b } = make(({ serial }) => (serial === 1 ? 'cut' : { delay: 3 }));
    expect(pair.a.send('bulk', Uint8Array.of(1))).toBe('accepted');
    expect(pair.a.send('bulk', Uint8Array.of(2))).toBe('closed');
    time.advance(10);
    expect([a, b]).toEqual([['close failed'], ['close failed']]);
  });
});
