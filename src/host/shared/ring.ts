/**
 * A queue of messages between two threads over shared memory: one writer, one reader, no locks. Positions are
 * byte counts modulo 2^32; the writer alone moves `tail`, the reader alone moves `head`.
 *
 * A message is {u32 payload length, u8 type, u8 tag, u16 0} and its payload, padded to 8 bytes, so
 * that a header never wraps around the end of the ring.
 */
import { assert } from '../../base/assert.ts';

const HEADER_BYTES = 8;
/** Positions come first, on cache lines of their own. */
const HEAD_CELL = 0;
const TAIL_CELL = 16;
const DATA_AT = 128;

/** Longest payload: more than any Ethernet frame, and a fair slice of console output (R7). */
export const MAX_PAYLOAD_BYTES = 65_536;

export interface RingMessage {
  readonly type: number;
  readonly tag: number;
  /** The reader's own copy. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Bytes of shared memory for a ring of `capacity` bytes. */
export const ringBytes = (capacity: number): number => DATA_AT + capacity;

const padded = (length: number): number => (length + 7) & ~7;

class RingView {
  readonly cells: Int32Array;
  readonly data: Uint8Array;
  readonly words: DataView;
  readonly capacity: number;

  /** `capacity` is a power of two with room for two longest messages at least. */
  constructor(buffer: SharedArrayBuffer, offset: number, capacity: number) {
    assert((capacity & (capacity - 1)) === 0, 'ring capacity must be a power of two');
    assert(capacity >= 2 * (MAX_PAYLOAD_BYTES + HEADER_BYTES), 'ring is too small');
    this.cells = new Int32Array(buffer, offset, DATA_AT / 4);
    this.data = new Uint8Array(buffer, offset + DATA_AT, capacity);
    this.words = new DataView(buffer, offset + DATA_AT, capacity);
    this.capacity = capacity;
  }

  get head(): number {
    return Atomics.load(this.cells, HEAD_CELL);
  }

  get tail(): number {
    return Atomics.load(this.cells, TAIL_CELL);
  }

  /** Bytes between the positions. */
  get used(): number {
    return (this.tail - this.head) >>> 0;
  }
}

export class RingWriter {
  readonly #ring: RingView;

  constructor(buffer: SharedArrayBuffer, offset: number, capacity: number) {
    this.#ring = new RingView(buffer, offset, capacity);
  }

  /** True when a payload of that many bytes fits now. */
  fits(length: number): boolean {
    return this.#ring.used + HEADER_BYTES + padded(length) <= this.#ring.capacity;
  }

  /** Writes the whole message, or nothing and returns false. `payload` is at most MAX_PAYLOAD_BYTES. */
  write(type: number, tag: number, payload: Uint8Array): boolean {
    const ring = this.#ring;
    const { length } = payload;
    assert(length <= MAX_PAYLOAD_BYTES, 'message is too long for a ring');
    if (!this.fits(length)) return false;
    const { tail, capacity } = ring;
    const at = (tail >>> 0) % capacity;
    ring.words.setUint32(at, length, true);
    ring.words.setUint32(at + 4, type | (tag << 8), true);
    const start = (at + HEADER_BYTES) % capacity;
    const first = Math.min(length, capacity - start);
    ring.data.set(payload.subarray(0, first), start);
    ring.data.set(payload.subarray(first), 0);
    // Publishes everything above: the reader sees the new tail only with the bytes before it.
    Atomics.store(ring.cells, TAIL_CELL, tail + HEADER_BYTES + padded(length));
    return true;
  }
}

export class RingReader {
  readonly #ring: RingView;

  constructor(buffer: SharedArrayBuffer, offset: number, capacity: number) {
    this.#ring = new RingView(buffer, offset, capacity);
  }

  /** The next message, or undefined when there is none. */
  read(): RingMessage | undefined {
    const ring = this.#ring;
    const { used, head, capacity } = ring;
    if (used === 0) return undefined;
    const at = (head >>> 0) % capacity;
    const length = ring.words.getUint32(at, true);
    const kind = ring.words.getUint32(at + 4, true);
    const whole = HEADER_BYTES + padded(length);
    assert(length <= MAX_PAYLOAD_BYTES && whole <= used, 'ring is corrupt');
    const payload = new Uint8Array(length);
    const start = (at + HEADER_BYTES) % capacity;
    const first = Math.min(length, capacity - start);
    payload.set(ring.data.subarray(start, start + first));
    payload.set(ring.data.subarray(0, length - first), first);
    Atomics.store(ring.cells, HEAD_CELL, head + whole);
    return { type: kind & 0xff, tag: (kind >>> 8) & 0xff, payload };
  }

  /** Bytes that wait, headers included. */
  get waiting(): number {
    return this.#ring.used;
  }
}
