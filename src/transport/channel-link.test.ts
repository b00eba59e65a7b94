import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { Chunker } from './chunking.ts';
import { ChannelLink, type DataChannel } from './channel-link.ts';
import { channelLimits, channelNames, type ChannelName } from './link.ts';

/** One end of a data channel inside one program; what it sends arrives at once, or when it is let. */
class FakeChannel implements DataChannel {
  binaryType: BinaryType = 'blob';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readyState: RTCDataChannelState = 'connecting';
  onopen: DataChannel['onopen'] = null;
  onmessage: DataChannel['onmessage'] = null;
  onclose: DataChannel['onclose'] = null;
  onerror: DataChannel['onerror'] = null;
  onbufferedamountlow: DataChannel['onbufferedamountlow'] = null;
  other: FakeChannel | undefined;
  readonly held: Uint8Array<ArrayBuffer>[] = [];
  hold = false;

  open(): void {
    this.readyState = 'open';
    this.#fire('onopen', new Event('open'));
  }

  send(data: unknown): void {
    if (this.readyState !== 'open') throw new DOMException('not open', 'InvalidStateError');
    const bytes = (data as Uint8Array<ArrayBuffer>).slice();
    this.bufferedAmount += bytes.length;
    this.held.push(bytes);
    if (!this.hold) this.release();
  }

  release(): void {
    for (let bytes = this.held.shift(); bytes !== undefined; bytes = this.held.shift()) {
      this.other?.deliver(bytes.buffer);
      const before = this.bufferedAmount;
      this.bufferedAmount -= bytes.length;
      const low = this.bufferedAmountLowThreshold;
      if (before > low && this.bufferedAmount <= low) {
        this.#fire('onbufferedamountlow', new Event('bufferedamountlow'));
      }
    }
  }

  deliver(data: unknown): void {
    this.#fire('onmessage', new MessageEvent('message', { data }));
  }

  close(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.#fire('onclose', new Event('close'));
    this.other?.close();
  }

  /** Handlers say which channel they are of; these do not ask. */
  #fire(name: 'onopen' | 'onclose' | 'onbufferedamountlow', event: Event): void;
  #fire(name: 'onmessage', event: MessageEvent): void;
  #fire(name: 'onopen' | 'onmessage' | 'onclose' | 'onbufferedamountlow', event: Event): void {
    const handler = this[name] as ((event: Event) => void) | null;
    handler?.(event);
  }
}

type Ends = Readonly<Record<ChannelName, FakeChannel>>;

function ends(): Ends {
  return { control: new FakeChannel(), bulk: new FakeChannel(), heartbeat: new FakeChannel() };
}

interface Side {
  readonly link: ChannelLink;
  readonly channels: Ends;
  readonly story: string[];
  readonly got: Uint8Array[];
}

function side(channels: Ends): Side {
  const link = new ChannelLink(channels);
  const story: string[] = [];
  const got: Uint8Array[] = [];
  link.listen({
    message: (channel, bytes) => {
      got.push(bytes);
      story.push(`${channel} ${bytes.length}`);
    },
    drain: (channel) => story.push(`drain ${channel}`),
    close: ({ kind }) => story.push(`close ${kind}`),
  });
  return { link, channels, story, got };
}

function pair(): [Side, Side] {
  const [x, y] = [ends(), ends()];
  for (const name of channelNames) {
    x[name].other = y[name];
    y[name].other = x[name];
  }
  const sides: [Side, Side] = [side(x), side(y)];
  for (const { channels } of sides) for (const name of channelNames) channels[name].open();
  return sides;
}

describe('ChannelLink', () => {
  it('is attached when all three channels are open, and says nothing by itself', async () => {
    const [a, b] = pair();
    expect(await a.link.attached).toBeUndefined();
    expect(a.link.send('bulk', Uint8Array.of(1))).toBe('full');
    a.link.start();
    // Greeted, but not let in on the other side: nothing may go there yet.
    expect(a.link.send('bulk', Uint8Array.of(1))).toBe('full');
    expect(b.story).toEqual([]);
  });

  it('opens once both have started, and tells who waited', () => {
    const [a, b] = pair();
    expect(a.link.send('bulk', Uint8Array.of(1))).toBe('full');
    a.link.start();
    b.link.start();
    expect(a.story).toEqual(['drain bulk']);
    const long = new SeededRandom(1).bytes(channelLimits.bulk.messageBytes);
    expect(a.link.send('bulk', long)).toBe('accepted');
    expect(b.link.send('heartbeat', Uint8Array.of(1, 2))).toBe('accepted');
    expect(Buffer.compare(b.got[0] ?? new Uint8Array(0), long)).toBe(0);
    expect(a.story).toEqual(['drain bulk', 'heartbeat 2']);
  });

  it('pushes back when the channel does not drain', () => {
    const [a, b] = pair();
    a.link.start();
    b.link.start();
    a.channels.bulk.hold = true;
    const message = new Uint8Array(60_000);
    let taken = 0;
    while (a.link.send('bulk', message) === 'accepted') taken++;
    expect(taken * message.length).toBeLessThan(channelLimits.bulk.highWater + message.length);
    a.channels.bulk.hold = false;
    a.channels.bulk.release();
    expect(a.story).toEqual(['drain bulk']);
    expect(b.got.length).toBe(taken);
    expect(a.link.queuedBytes('bulk')).toBe(0);
  });

  it('takes nothing from one who was not let in', () => {
    const [a, b] = pair();
    a.link.start();
    b.channels.bulk.send(Uint8Array.of(9, 9, 9));
    expect(a.story).toEqual(['close protocol']);
    expect(b.story).toEqual(['close remote']);
    const [c, d] = pair();
    d.link.start();
    // As our own code would send it, but for the time.
    d.channels.control.send(new Chunker().chunk(new Uint8Array(20), 0, 0));
    expect(c.story).toEqual(['close protocol']);
  });

  it.each([
    ['text', 'hello'],
    ['a short chunk', new ArrayBuffer(3)],
    ['another magic', new ArrayBuffer(50)],
    ['a second greeting', Uint8Array.of(0x54, 0x4e, 0x47, 0x52, 1, 0).buffer],
  ])('ends at %s', (_name, data) => {
    const [a, b] = pair();
    a.link.start();
    b.link.start();
    a.channels.control.deliver(data);
    expect(a.story).toEqual(['close protocol']);
    expect(a.link.send('control', Uint8Array.of(1))).toBe('closed');
    expect(b.story).toEqual(['close remote']);
  });

  it('tells once that it is over, also to one who starts late', async () => {
    const [a, b] = pair();
    b.channels.bulk.close();
    expect([a.story, b.story]).toEqual([['close remote'], ['close remote']]);
    a.link.start();
    a.link.close('Again.');
    expect(a.story.length).toBe(1);
    const lost = side(ends());
    lost.link.close('Given up.');
    expect(await lost.link.attached).toEqual({ kind: 'local', sentence: 'Given up.' });
  });
});
