import { assert } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';

/** A bounded first-in first-out queue of bytes that counts what it had to refuse (R7). */
export class ByteQueue {
  readonly #limit: number;
  readonly #ring: Uint8Array;
  #head = 0;
  #length = 0;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#ring = new Uint8Array(limit);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes that can still be pushed. */
  get room(): number {
    return this.#limit - this.#length;
  }

  /** Bytes refused since the queue was cleared. */
  get dropped(): number {
    return this.#dropped;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
    this.#dropped = 0;
  }

  /** Appends what fits; the rest is counted as dropped. */
  push(bytes: Uint8Array): void {
    const accepted = Math.min(bytes.length, this.room);
    this.#dropped += bytes.length - accepted;
    const tail = (this.#head + this.#length) % this.#limit;
    const first = Math.min(accepted, this.#limit - tail);
    this.#ring.set(bytes.subarray(0, first), tail);
    this.#ring.set(bytes.subarray(first, accepted), 0);
    this.#length += accepted;
  }

  /** Removes and returns `count` bytes, or all there are when there are fewer. */
  shift(count: number): Uint8Array<ArrayBuffer> {
    assert(count >= 0, 'a queue gives at least nothing');
    const taken = Math.min(count, this.#length);
    const out = new Uint8Array(taken);
    const first = Math.min(taken, this.#limit - this.#head);
    out.set(this.#ring.subarray(this.#head, this.#head + first), 0);
    out.set(this.#ring.subarray(0, taken - first), first);
    this.#head = (this.#head + taken) % this.#limit;
    this.#length -= taken;
    return out;
  }

  save(writer: ByteWriter): void {
    writer.u32(this.#length);
    if (this.#length > 0) {
      const first = Math.min(this.#length, this.#limit - this.#head);
      writer.raw(this.#ring.subarray(this.#head, this.#head + first));
      writer.raw(this.#ring.subarray(0, this.#length - first));
    }
    writer.u64(BigInt(this.#dropped));
  }

  /** @throws {TruncatedError} when the saved queue is longer than the limit. */
  restore(reader: ByteReader): void {
    const bytes = reader.bytes(this.#limit);
    this.clear();
    this.push(bytes);
    this.#dropped = Number(reader.u64());
  }
}
