import { describe, expect, it } from 'vitest';
import { defined } from '../../../base/assert.ts';
import { joinBytes } from '../../../base/bytes.ts';
import { encodeFrame, FRAME_HEADER_BYTES } from '../../../replication/frame.ts';
import type { Channel, Message } from '../../../replication/messages.ts';
import { channelLimits } from '../../../transport/link.ts';
import { memoryLink, type Fate, type Passage } from '../../../transport/memory-link.ts';
import { ManualTimer } from '../../../transport/testing/manual-timer.ts';
import { Links, type LinksListener } from './links.ts';

const CHUNK = 65_536;
const pages = (index: number, bytes = CHUNK): Message => ({
  ...{ kind: 'pages', epoch: 1, index, bytes: new Uint8Array(bytes) },
});
const beat = (committed: number): Message => ({
  ...{ kind: 'heartbeat', committed, rejected: 0, machineAge: 0, atRest: false, nextMs: 20 },
});
const ack = (epoch: number): Message => ({ kind: 'acknowledge', epoch });
const COMMIT: Message = {
  ...{ kind: 'commit', epoch: 1, chunks: 2, digest: new Uint8Array(16), protects: true },
  ...{ instructions: 1n, guestTime: 1n, applied: [], positions: [] },
};
const goodbye: Message = { kind: 'shutdown', reason: 'leaving', sentence: 'Good-bye.' };
const keys = (sequence: number): Message => ({
  kind: 'inputs',
  since: [],
  items: Array.from({ length: 31 }, () => ({
    ...{ source: 'a', lane: 'console0', sequence, bytes: new Uint8Array(2048) },
  })),
});

const spell = (message: Message): string => {
  switch (message.kind) {
    case 'pages':
      return `pages ${String(message.index)}`;
    case 'heartbeat':
      return `beat ${String(message.committed)}`;
    case 'acknowledge':
      return `ack ${String(message.epoch)}`;
    case 'inputs':
      return `keys ${String(message.items[0]?.sequence)}`;
    default:
      return message.kind;
  }
};

/** Links of two parties, and what each was told. */
function setUp(fate?: (passage: Passage) => Fate) {
  const time = new ManualTimer();
  const pair = memoryLink({ timer: time.timer, ...(fate === undefined ? {} : { fate }) });
  const side = () => {
    const story: string[] = [];
    const listener: LinksListener = {
      frame: (peer, { term, message }) => {
        story.push(`${peer} ${String(term)} ${spell(message)}`);
      },
      badFrame: (peer, channel, { kind }) => {
        story.push(`${peer} bad ${channel} ${kind}`);
      },
      lost: (peer, { kind }) => {
        story.push(`${peer} lost ${kind}`);
      },
      drained: (peer) => {
        story.push(`${peer} drained`);
      },
    };
    return { story, links: new Links(listener, time.timer) };
  };
  const [a, b] = [side(), side()];
  a.links.add('b', pair.a);
  b.links.add('a', pair.b);
  return { time, pair, a, b };
}

/** Delivers messages of a channel only while `open` is true; the others at once. */
function valve(channel: Channel) {
  const gate = { open: false };
  const fate = (passage: Passage): Fate =>
    passage.channel === channel && !gate.open ? { delay: 1000 } : { delay: 0 };
  return { gate, fate };
}

describe('frames', () => {
  it('travel on the channel of their message, with their term', () => {
    const { time, a, b } = setUp();
    a.links.send('b', 3, ack(1));
    a.links.send('b', 3, goodbye);
    a.links.send('b', 4, beat(7));
    time.advance(0);
    expect(b.story).toEqual(['a 3 ack 1', 'a 3 shutdown', 'a 4 beat 7']);
    expect(a.links.sentBytes).toBeGreaterThan(0);
  });

  it('that are none are told, and the link goes on', () => {
    const { time, pair, a, b } = setUp();
    pair.a.send('bulk', Uint8Array.of(1, 2, 3));
    a.links.send('b', 1, ack(5));
    time.advance(0);
    expect(b.story[0]).toMatch(/^a bad bulk /);
    expect(b.story.slice(1)).toEqual(['a 1 ack 5']);
  });

  it('to somebody unknown, or gone, are void', () => {
    const { time, pair, a, b } = setUp();
    a.links.send('c', 1, ack(1));
    pair.cut();
    a.links.send('b', 1, ack(2));
    time.advance(0);
    expect([a.story, b.story]).toEqual([['b lost failed'], ['a lost failed']]);
    expect(a.links.hasRoom('b')).toBe(true);
  });
});

describe('parts of a checkpoint', () => {
  /** What the link carried as one message each. */
  function setUpCounted() {
    const carried: number[] = [];
    const set = setUp(({ bytes }) => {
      carried.push(bytes.length);
      return { delay: 0 };
    });
    return { ...set, carried };
  }

  it('travel as one message with their commit', () => {
    const { time, a, b, carried } = setUpCounted();
    a.links.send('b', 3, { kind: 'begin', epoch: 1, base: 0 });
    a.links.send('b', 3, pages(0, 2_000));
    time.advance(0);
    expect(carried).toEqual([]);
    a.links.send('b', 3, { ...pages(1, 300), kind: 'sections' } as Message);
    a.links.send('b', 3, COMMIT);
    time.advance(0);
    expect(b.story).toEqual(['a 3 begin', 'a 3 pages 0', 'a 3 sections', 'a 3 commit']);
    expect(carried).toEqual([a.links.sentBytes]);
  });

  it('do not wait once they are long', () => {
    const { time, a, b, carried } = setUpCounted();
    a.links.send('b', 3, { kind: 'begin', epoch: 1, base: 0 });
    for (let index = 0; index < 3; index++) a.links.send('b', 3, pages(index));
    for (let index = 3; index < 8; index++) a.links.send('b', 3, pages(index, 15_000));
    time.advance(0);
    // Two fit in a message, and then another would not.
    const arrived = [0, 1, 2, 3, 4, 5, 6].map((index) => `a 3 pages ${String(index)}`);
    expect(b.story).toEqual(['a 3 begin', ...arrived]);
    expect(carried).toHaveLength(1 + 3 + 2);
    a.links.send('b', 3, { kind: 'abort', epoch: 1 });
    time.advance(0);
    expect(b.story.slice(-2)).toEqual(['a 3 pages 7', 'a 3 abort']);
  });

  it('are not forgotten when the link is closed', () => {
    const { time, a, b } = setUp();
    a.links.send('b', 3, pages(0, 10));
    a.links.close('b', 'Enough.');
    time.advance(100);
    expect(b.story).toEqual(['a 3 pages 0', 'a lost remote']);
  });

  it('are taken as far as they are whole', () => {
    const { time, pair, b } = setUp();
    const frames = [ack(1), ack(2), ack(3)].map((message) => encodeFrame(1, message));
    const joined = joinBytes(frames);
    const second = defined(frames[0], 'a frame').length;
    joined[second + FRAME_HEADER_BYTES] = 77;
    pair.a.send('bulk', joined);
    pair.a.send('bulk', encodeFrame(1, ack(4)));
    time.advance(0);
    expect(b.story).toEqual(['a 1 ack 1', 'a bad bulk corrupt', 'a 1 ack 4']);
  });
});

describe('under back-pressure', () => {
  it('the order of a channel holds, and other channels go ahead', () => {
    const { gate, fate } = valve('bulk');
    const { time, a, b } = setUp(fate);
    for (let index = 0; index < 40; index++) a.links.send('b', 1, pages(index));
    a.links.send('b', 1, ack(8));
    a.links.send('b', 1, goodbye);
    a.links.send('b', 1, beat(9));
    time.advance(0);
    expect(b.story).toEqual(['a 1 shutdown', 'a 1 beat 9']);
    gate.open = true;
    time.advance(1000);
    const expected = Array.from({ length: 40 }, (_, index) => `a 1 pages ${String(index)}`);
    expect(b.story.slice(2)).toEqual([...expected, 'a 1 ack 8']);
  });

  it('a small message does not overtake one that waits', () => {
    const { gate, fate } = valve('control');
    const { time, a, b } = setUp(fate);
    const count = channelLimits.control.highWater / CHUNK + 4;
    for (let sequence = 1; sequence <= count; sequence++) a.links.send('b', 1, keys(sequence));
    a.links.send('b', 1, goodbye);
    gate.open = true;
    time.advance(1000);
    const expected = Array.from({ length: count }, (_, i) => `a 1 keys ${String(i + 1)}`);
    expect(b.story).toEqual([...expected, 'a 1 shutdown']);
  });

  it('a small message waits behind others, also where the link would take it', () => {
    const { time, pair, a, b } = setUp(({ serial }) => ({ delay: serial === 0 ? 10 : 100 }));
    for (let index = 0; index < 6; index++) a.links.send('b', 1, pages(index));
    time.advance(10);
    expect(pair.a.queuedBytes('bulk')).toBeLessThan(channelLimits.bulk.highWater);
    a.links.send('b', 1, ack(1));
    time.advance(1000);
    const all = Array.from({ length: 6 }, (_, index) => `a 1 pages ${String(index)}`);
    expect(b.story).toEqual([...all, 'a 1 ack 1']);
  });

  it('beats are dropped, and come again when there is room', () => {
    const { gate, fate } = valve('heartbeat');
    const { time, a, b } = setUp(fate);
    for (let n = 1; n <= 1000; n++) a.links.send('b', 1, beat(n));
    gate.open = true;
    time.advance(1000);
    const heard = b.story.length;
    expect(heard).toBeGreaterThan(0);
    expect(heard).toBeLessThan(500);
    expect(b.story.at(-1)).toBe(`a 1 beat ${String(heard)}`);
    a.links.send('b', 1, beat(5000));
    time.advance(0);
    expect(b.story.slice(heard)).toEqual(['a 1 beat 5000']);
    expect(a.story).toEqual([]);
  });

  it('a link that takes nothing for long is given up', () => {
    const { fate } = valve('bulk');
    const { time, pair, a, b } = setUp(fate);
    // The link itself, and 16 MiB.
    for (let index = 0; index < 258; index++) a.links.send('b', 1, pages(index));
    expect(pair.a.closed).toBeUndefined();
    a.links.send('b', 1, pages(258));
    a.links.send('b', 1, pages(259));
    expect(pair.a.closed).toEqual({ kind: 'local', sentence: 'The other side is too slow.' });
    time.advance(0);
    expect([a.story, b.story]).toEqual([['b lost local'], ['a lost remote']]);
    a.links.send('b', 1, pages(260));
    expect(a.story).toHaveLength(1);
  });

  it('the same holds for keys, with less', () => {
    const { fate } = valve('control');
    const { pair, a } = setUp(fate);
    for (let sequence = 1; sequence < 120; sequence++) a.links.send('b', 1, keys(sequence));
    expect(pair.a.closed).toBeUndefined();
    for (let sequence = 120; sequence < 145; sequence++) a.links.send('b', 1, keys(sequence));
    expect(pair.a.closed).toBeDefined();
  });
});

describe('room for checkpoints', () => {
  it('ends while much waits, and is told when it is back', () => {
    const { gate, fate } = valve('bulk');
    const { time, a } = setUp(fate);
    let sent = 0;
    while (a.links.hasRoom('b')) a.links.send('b', 1, pages(sent++));
    expect(sent).toBe(6);
    gate.open = true;
    time.advance(999);
    expect(a.story).toEqual([]);
    time.advance(1);
    expect(a.story).toEqual(['b drained']);
    expect(a.links.hasRoom('b')).toBe(true);
  });

  it('is not told as long as the queue behind the link is long', () => {
    const { fate } = valve('bulk');
    const { time, a } = setUp(fate);
    for (let index = 0; index < 12; index++) a.links.send('b', 1, pages(index));
    time.advance(1000);
    // Four of twelve are out.
    expect(a.links.hasRoom('b')).toBe(false);
    expect(a.story).toEqual([]);
    time.advance(2000);
    expect(a.links.hasRoom('b')).toBe(true);
    expect(a.story).toContain('b drained');
  });

  it('does not depend on small talk', () => {
    const { fate } = valve('control');
    const { a } = setUp(fate);
    for (let sequence = 1; sequence < 40; sequence++) a.links.send('b', 1, keys(sequence));
    expect(a.links.hasRoom('b')).toBe(true);
    expect(a.links.hasRoom(undefined)).toBe(true);
  });
});

describe('a link that is closed', () => {
  it('carries out first what was sent before, and nothing after', () => {
    const { time, pair, a, b } = setUp(({ channel }) => ({ delay: channel === 'bulk' ? 50 : 0 }));
    for (let index = 0; index < 20; index++) a.links.send('b', 1, pages(index));
    a.links.send('b', 1, goodbye);
    a.links.close('b', 'Enough.');
    a.links.send('b', 1, pages(20));
    a.links.close('b', 'Once more.');
    time.advance(0);
    expect(b.story).toEqual(['a 1 shutdown']);
    expect(pair.a.closed).toBeUndefined();
    time.advance(499);
    const all = Array.from({ length: 20 }, (_, index) => `a 1 pages ${String(index)}`);
    expect(b.story.slice(1)).toEqual([...all, 'a lost remote']);
    expect(pair.a.closed).toEqual({ kind: 'local', sentence: 'Enough.' });
  });

  it('has brought its last word', () => {
    const { time, pair, a, b } = setUp(() => ({ delay: 50 }));
    a.links.send('b', 2, goodbye);
    a.links.close('b', 'Enough.');
    time.advance(100);
    expect(b.story).toEqual(['a 2 shutdown', 'a lost remote']);
    expect(pair.a.closed).toEqual({ kind: 'local', sentence: 'Enough.' });
    expect(a.story).toEqual(['b lost local']);
  });

  it('is closed all the same when nothing leaves it', () => {
    const { time, pair, a } = setUp(() => ({ delay: 1e9 }));
    for (let index = 0; index < 20; index++) a.links.send('b', 1, pages(index));
    a.links.closeAll('The end.');
    time.advance(499);
    expect(pair.a.closed).toBeUndefined();
    time.advance(1);
    expect(pair.a.closed).toMatchObject({ sentence: 'The end.' });
  });

  it('says nothing any more', () => {
    const { time, pair, a, b } = setUp((passage) => ({ delay: passage.from === 'a' ? 0 : 2 }));
    b.links.send('a', 1, ack(1));
    a.links.send('b', 1, pages(0));
    a.links.close('b', 'Enough.');
    time.advance(10);
    expect(a.story).toEqual(['b lost local']);
    expect(pair.b.closed?.kind).toBe('remote');
  });
});
