import { SeededRandom } from '../../../src/base/random.ts';
import { ChannelLink } from '../../../src/transport/channel-link.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

const BEAT_MS = 20;
/** Mostly what replication sends, now and then a message of several chunks. */
const sizes = [65_536, 65_536, 65_536, 300_000, 17];

const report = (message: FromWorker): void => {
  self.postMessage(message);
};

/** Message number `n` of a transfer: its number and bytes that depend on it. */
function makeMessage(n: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >>> 2);
  const random = new SeededRandom(n);
  const [a, b] = [random.u32(), random.u32() | 1];
  for (let i = 0; i < words.length; i++) words[i] = a + Math.imul(i, b);
  words[0] = n;
  return bytes;
}

const sizeOf = (n: number): number => sizes[n % sizes.length] ?? 0;

let link: ChannelLink | undefined;
let resume: () => void = () => undefined;
const receiving = { next: 0, bytes: 0, expected: 0, began: 0, done: false };
const roundTrips: number[] = [];

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function receiveBulk(bytes: Uint8Array<ArrayBuffer>): void {
  if (receiving.next === 0) receiving.began = performance.now();
  if (!same(bytes, makeMessage(receiving.next, sizeOf(receiving.next)))) {
    report({ kind: 'failed', sentence: `message ${receiving.next} is not what was sent` });
  }
  receiving.next++;
  receiving.bytes += bytes.length;
  checkReceived();
}

function checkReceived(): void {
  if (receiving.done || receiving.expected === 0 || receiving.bytes < receiving.expected) return;
  receiving.done = true;
  const milliseconds = performance.now() - receiving.began;
  report({ kind: 'received', bytes: receiving.bytes, milliseconds });
  report({ kind: 'beats', roundTrips });
}

/** A beat carries whether it is an answer, and when it left. */
function receiveBeat(bytes: Uint8Array<ArrayBuffer>): void {
  if (bytes[0] === 1) {
    roundTrips.push(performance.now() - new DataView(bytes.buffer).getFloat64(1));
    return;
  }
  bytes[0] = 1;
  link?.send('heartbeat', bytes);
}

function beat(): void {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat64(1, performance.now());
  link?.send('heartbeat', bytes);
}

async function transfer(channelLink: ChannelLink, total: number): Promise<void> {
  receiving.expected = total;
  const beats = setInterval(beat, BEAT_MS);
  let [sent, n, mostQueued, refusals] = [0, 0, 0, 0];
  while (sent < total) {
    const message = makeMessage(n, sizeOf(n));
    const drained = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const outcome = channelLink.send('bulk', message);
    mostQueued = Math.max(mostQueued, channelLink.queuedBytes('bulk'));
    if (outcome === 'full') {
      refusals++;
      await drained;
    } else if (outcome === 'closed') break;
    else {
      n++;
      sent += message.length;
    }
  }
  report({ kind: 'sent', mostQueued, refusals });
  checkReceived();
  setTimeout(() => clearInterval(beats), 2_000);
}

function attach(channels: Extract<ToWorker, { kind: 'channels' }>['channels']): void {
  const attached = new ChannelLink(channels);
  link = attached;
  attached.listen({
    message: (channel, bytes) => {
      if (channel === 'bulk') receiveBulk(bytes);
      else if (channel === 'heartbeat') receiveBeat(bytes);
    },
    drain: (channel) => {
      if (channel === 'bulk') resume();
    },
    close: (reason) => report({ kind: 'closed', reason }),
  });
  report({ kind: 'early', outcome: attached.send('control', Uint8Array.of(1)) });
  void attached.attached.then((reason) => report({ kind: 'attached', reason }));
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case 'channels':
      attach(data.channels);
      break;
    case 'start':
      link?.start();
      break;
    case 'transfer':
      if (link !== undefined) void transfer(link, data.bytes);
      break;
  }
};
