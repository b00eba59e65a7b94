import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { CHUNK_HEADER_BYTES, CHUNK_PAYLOAD_BYTES, Reassembler } from './chunking.ts';
import { FlowQueue, type Pipe } from './flow.ts';
import { CHUNK_BYTES, DRAIN_POLL_MS } from './limits.ts';
import { channelLimits } from './link.ts';
import { ManualTimer } from './testing/manual-timer.ts';

const limits = channelLimits.bulk;

/** A pipe that lets bytes out when the test says so, and puts them together again. */
class SlowPipe implements Pipe {
  bufferedAmount = 0;
  most = 0;
  readonly arrived: Uint8Array[] = [];
  readonly #sent: Uint8Array[] = [];
  readonly #reassembler = new Reassembler(limits.messageBytes);

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#sent.push(bytes.slice());
    this.bufferedAmount += bytes.length;
    this.most = Math.max(this.most, this.bufferedAmount);
  }

  /** Lets the oldest chunk out. */
  release(): boolean {
    const chunk = this.#sent.shift();
    if (chunk === undefined) return false;
    this.bufferedAmount -= chunk.length;
    const taken = this.#reassembler.take(chunk);
    if (!taken.ok) throw new Error(taken.error.sentence);
    if (taken.value !== undefined) this.arrived.push(taken.value);
    return true;
  }
}

function make(poll?: ManualTimer): { pipe: SlowPipe; queue: FlowQueue; drains: () => number } {
  const pipe = new SlowPipe();
  let drains = 0;
  const queue = new FlowQueue(pipe, {
    limits,
    ...(poll === undefined ? {} : { poll: poll.timer }),
    onDrain: () => {
      drains++;
    },
  });
  return { pipe, queue, drains: () => drains };
}

describe('FlowQueue', () => {
  it('takes nothing before it is open, then says that there is room', () => {
    const { queue, drains, pipe } = make();
    expect(queue.offer(new Uint8Array(1))).toBe(false);
    expect(pipe.bufferedAmount).toBe(0);
    queue.open();
    expect(drains()).toBe(1);
    expect(queue.offer(new Uint8Array(1))).toBe(true);
  });

  it('refuses at high water and asks again once, at low water', () => {
    const { queue, drains, pipe } = make();
    queue.open();
    let taken = 0;
    while (queue.offer(new Uint8Array(CHUNK_PAYLOAD_BYTES))) taken++;
    expect(taken).toBe(Math.ceil(limits.highWater / CHUNK_BYTES));
    expect(drains()).toBe(0);
    while (pipe.bufferedAmount > limits.lowWater) {
      expect(drains()).toBe(0);
      pipe.release();
      queue.pump();
    }
    expect(drains()).toBe(1);
    pipe.release();
    queue.pump();
    expect(drains()).toBe(1);
  });

  it('keeps the pipe short under a message longer than high water', () => {
    const { queue, pipe } = make();
    queue.open();
    const message = new SeededRandom(1).bytes(limits.messageBytes);
    expect(queue.offer(message)).toBe(true);
    const first = queue.queuedBytes;
    expect(first).toBeLessThanOrEqual(limits.messageBytes + 16 * CHUNK_HEADER_BYTES);
    expect(first).toBeGreaterThanOrEqual(limits.messageBytes);
    message.fill(0); // The caller may use its buffer again.
    while (pipe.release()) queue.pump();
    expect(pipe.most).toBeLessThan(limits.highWater + CHUNK_BYTES);
    expect(queue.queuedBytes).toBe(0);
    const expected = new SeededRandom(1).bytes(limits.messageBytes);
    expect(Buffer.compare(pipe.arrived[0] ?? new Uint8Array(0), expected)).toBe(0);
  });

  it('keeps every message, in order and in bounds, whatever the pace', () => {
    const random = new SeededRandom(4);
    const { queue, pipe } = make();
    queue.open();
    const sent: Uint8Array[] = [];
    for (let step = 0; step < 2_000; step++) {
      if (random.below(2) === 0) {
        const message = random.bytes(random.below(4)).slice();
        const length = random.below(random.pick([10, 1_000, 200_000]));
        const long = new Uint8Array(length).fill(step & 0xff);
        long.set(message.subarray(0, length));
        if (queue.offer(long)) sent.push(long);
      } else if (pipe.release()) queue.pump();
      expect(queue.queuedBytes).toBeLessThan(limits.highWater + limits.messageBytes);
    }
    while (pipe.release()) queue.pump();
    expect(pipe.arrived.length).toBe(sent.length);
    expect(pipe.arrived.every((bytes, i) => Buffer.compare(bytes, sent[i] ?? bytes) === 0)).toBe(
      true,
    );
  });

  it('polls a pipe that does not tell, only while something waits', () => {
    const timer = new ManualTimer();
    const { queue, pipe, drains } = make(timer);
    queue.open();
    expect(timer.pending).toBe(0);
    while (queue.offer(new Uint8Array(CHUNK_PAYLOAD_BYTES)));
    expect(timer.pending).toBe(1);
    while (pipe.release());
    timer.advance(DRAIN_POLL_MS);
    expect(drains()).toBe(1);
    expect(timer.pending).toBe(0);
    while (queue.offer(new Uint8Array(CHUNK_PAYLOAD_BYTES)));
    queue.close();
    expect(timer.pending).toBe(0);
  });

  it('asserts its caps', () => {
    const { queue } = make();
    queue.open();
    expect(() => queue.offer(new Uint8Array(limits.messageBytes + 1))).toThrow('cap');
  });
});
