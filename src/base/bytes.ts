import { AssertionError } from './assert.ts';

/** Raised by {@link ByteReader} when the input is shorter than what is asked of it, or a length is over its cap. */
export class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
}

const INITIAL_CAPACITY = 256;
const encoder = new TextEncoder();
const ASCII_END = 128;

/** Grows a little-endian byte string; the counterpart of {@link ByteReader}. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Begins anew, in the memory that it has. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** Raw bytes without a length. */
  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A u32 length, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** A u32 length, then UTF-8. */
  text(text: string): this {
    const start = this.#length;
    this.u32(text.length);
    const at = this.#reserve(text.length);
    // Names are ASCII, and a machine is saved (with some eighty of them) in every checkpoint's pause.
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= ASCII_END) {
        this.#length = start;
        return this.bytes(encoder.encode(text));
      }
      this.#bytes[at + i] = code;
    }
    return this;
  }

  /** A u32 length, then whatever `write` appends. */
  nested(write: (writer: this) => void): this {
    const at = this.#reserve(4);
    write(this);
    this.#view.setUint32(at, this.#length - at - 4, true);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what {@link ByteWriter} wrote; every read is bounds-checked and throws {@link TruncatedError}. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining) {
      throw new TruncatedError(`wanted ${count} bytes, ${this.remaining} are left`);
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  /** A view (not a copy) of the next `count` bytes. */
  raw(count: number): Uint8Array {
    if (count < 0) throw new AssertionError('negative length');
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A view of a length-prefixed byte string of at most `cap` bytes. */
  bytes(cap: number): Uint8Array {
    const length = this.u32();
    if (length > cap) throw new TruncatedError(`length ${length} is over the cap of ${cap}`);
    return this.raw(length);
  }

  /** A length-prefixed UTF-8 string of at most `cap` bytes. */
  text(cap: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(cap).slice());
  }
}

/** True when two byte strings are equal; not for secrets: it takes longer the more of them agrees. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The parts one after the other, in a copy. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
