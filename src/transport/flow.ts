/** The queue before a data channel: short, bounded, and it says when it wants more. */
import { assert } from '../base/assert.ts';
import { CHUNK_HEADER_BYTES, CHUNK_PAYLOAD_BYTES, Chunker, chunkCount } from './chunking.ts';
import { DRAIN_POLL_MS } from './limits.ts';
import type { ChannelLimits } from './link.ts';

/** What a queue needs of an RTCDataChannel. */
export interface Pipe {
  /** Bytes that were given to `send` and have not left. */
  readonly bufferedAmount: number;
  /** Copies its bytes before it returns. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Calls `task` once after `milliseconds`, unless the returned function was called before. */
export type Timer = (milliseconds: number, task: () => void) => () => void;

export const hostTimer: Timer = (milliseconds, task) => {
  const id = setTimeout(task, milliseconds);
  return () => {
    clearTimeout(id);
  };
};

export interface FlowOptions {
  readonly limits: ChannelLimits;
  /**
   * For pipes that do not tell when their `bufferedAmount` has fallen to low water: it is looked at
   * while something waits. Others call {@link FlowQueue.pump}.
   */
  readonly poll?: Timer;
  /** There is room again after `offer` answered false. */
  readonly onDrain: () => void;
}

/**
 * Cuts messages into chunks and keeps the pipe's own queue at its high-water mark plus one chunk at most.
 * A message is taken while less than high water waits in all, so at most high water plus one message does.
 */
export class FlowQueue {
  readonly #pipe: Pipe;
  readonly #options: FlowOptions;
  readonly #chunker = new Chunker();
  /** Messages that have not left whole, oldest first: at most a few, as high water bounds them. */
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  /** Bytes of them that the pipe has not got. */
  #waitingBytes = 0;
  /** Of the oldest message: the next chunk. */
  #index = 0;
  #serial = 0;
  #wantsDrain = false;
  #open = false;
  #closed = false;
  #cancelPoll: (() => void) | undefined;

  constructor(pipe: Pipe, options: FlowOptions) {
    this.#pipe = pipe;
    this.#options = options;
  }

  /** Bytes accepted that are still on this side. */
  get queuedBytes(): number {
    return this.#waitingBytes + (this.#closed ? 0 : this.#pipe.bufferedAmount);
  }

  /** From now on messages are taken. */
  open(): void {
    this.#open = true;
    this.pump();
  }

  /** Takes a message whole (true), or leaves it and promises `onDrain` (false). */
  offer(message: Uint8Array): boolean {
    assert(!this.#closed, 'a closed queue takes nothing');
    assert(message.length <= this.#options.limits.messageBytes, 'a message over its channel’s cap');
    if (!this.#open || this.queuedBytes >= this.#options.limits.highWater) {
      this.#wantsDrain = true;
      this.#watch();
      return false;
    }
    let next = 0;
    const count = chunkCount(message.length);
    // The common case copies nothing twice: straight into the pipe.
    if (this.#waiting.length === 0) {
      while (next < count && this.#pipeHasRoom) {
        this.#pipe.send(this.#chunker.chunk(message, this.#serial, next));
        next++;
      }
    }
    if (next === count) {
      this.#serial = (this.#serial + 1) >>> 0;
      return true;
    }
    if (this.#waiting.length === 0) this.#index = next;
    const kept = new Uint8Array(message.length);
    kept.set(message);
    this.#waiting.push(kept);
    this.#waitingBytes += kept.length - next * CHUNK_PAYLOAD_BYTES;
    this.#watch();
    return true;
  }

  /** To be called when the pipe's `bufferedAmount` has fallen. */
  pump(): void {
    if (this.#closed || !this.#open) return;
    this.#sendWaiting();
    const drained = this.queuedBytes <= this.#options.limits.lowWater;
    if (this.#wantsDrain && drained) {
      this.#wantsDrain = false;
      this.#options.onDrain();
    }
    this.#watch();
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  get #pipeHasRoom(): boolean {
    return this.#pipe.bufferedAmount < this.#options.limits.highWater;
  }

  #sendWaiting(): void {
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      const count = chunkCount(message.length);
      while (this.#index < count && this.#pipeHasRoom) {
        const chunk = this.#chunker.chunk(message, this.#serial, this.#index);
        this.#pipe.send(chunk);
        this.#waitingBytes -= chunk.length - CHUNK_HEADER_BYTES;
        this.#index++;
      }
      if (this.#index < count) return;
      this.#waiting.shift();
      this.#serial = (this.#serial + 1) >>> 0;
      this.#index = 0;
    }
  }

  #watch(): void {
    const { poll } = this.#options;
    const needed = !this.#closed && this.#open && (this.#wantsDrain || this.#waiting.length > 0);
    if (poll === undefined || !needed || this.#cancelPoll !== undefined) return;
    this.#cancelPoll = poll(DRAIN_POLL_MS, () => {
      this.#cancelPoll = undefined;
      this.pump();
    });
  }
}
