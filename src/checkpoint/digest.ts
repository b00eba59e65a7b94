/**
 * A 128-bit hash of pages and byte strings, for finding out that two copies differ. It is the wing's own
 * because the alternatives do not fit: `crypto.subtle` is asynchronous, refuses shared memory and
 * takes longer to call than a small checkpoint takes to encode; SHA-256 in JavaScript takes 20 µs a page.
 * Pages are hashed by `page-kernel.ts`, in the same way. It need not resist forgers: a link is encrypted and its ends are authenticated (R11), and
 * a guest that makes two of its pages collide harms nobody but its own standby.
 *
 * Four lanes take a word each in turn; each step is a bijection of the lane and of the word, and mixes in
 * the next lane, so that one changed word changes all four within a few steps. The constants are
 * those of xxHash32 and MurmurHash3.
 */
import { assert } from '../base/assert.ts';
import { PAGE_BYTES } from './capture-area.ts';

/** Words of a hash. */
export const HASH_WORDS = 4;
export const HASH_BYTES = 16;
export const PAGE_WORDS = PAGE_BYTES / 4;

export const HASH_CONSTANTS = {
  /** "Nothing up my sleeve": the first digits of pi, as in Blowfish. */
  seeds: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
  /** One for each lane. */
  multipliers: [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f],
  rotation: 13,
  finalisers: [0x85ebca6b, 0xc2b2ae35],
} as const;
const { seeds: SEEDS, rotation: ROTATION } = HASH_CONSTANTS;
const [M1, M2, M3, M4] = HASH_CONSTANTS.multipliers;
const [F1, F2] = HASH_CONSTANTS.finalisers;
const rotate = (value: number): number => (value << ROTATION) | (value >>> (32 - ROTATION));

const finalise = (value: number): number => {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), F1);
  z = Math.imul(z ^ (z >>> 13), F2);
  return z ^ (z >>> 16);
};

/** Takes `words` into the state, from `start` up to (not with) `end`: a multiple of four words. */
function absorb(state: Int32Array, words: Int32Array, start: number, end: number): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  for (let i = start; i < end; i += 4) {
    a ^= words[i] as number;
    a = Math.imul(rotate(a) + b, M1);
    b ^= words[i + 1] as number;
    b = Math.imul(rotate(b) + c, M2);
    c ^= words[i + 2] as number;
    c = Math.imul(rotate(c) + d, M3);
    d ^= words[i + 3] as number;
    d = Math.imul(rotate(d) + a, M4);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

/** Ends a hash over `length` bytes: every bit of the state reaches every bit of the result. */
function finish(state: Int32Array, length: number, out: Int32Array, at: number): void {
  let a = (state[0] as number) ^ length;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  for (let round = 0; round < 2; round++) {
    a = finalise(a + b + c + d);
    b = finalise(b + a);
    c = finalise(c + b);
    d = finalise(d + c);
  }
  out[at] = a + d;
  out[at + 1] = b + a;
  out[at + 2] = c + b;
  out[at + 3] = d + c;
}

/** Bytes of a hash, or of any words, in the order of the file formats (little-endian, as all hosts are). */
export const bytesOfWords = (words: Int32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength).slice();

/** A hash over several byte strings one after the other; where one ends and the next begins counts too. */
export class Hasher {
  readonly #state = Int32Array.from(SEEDS);
  readonly #block = new Uint8Array(1024);
  readonly #words = new Int32Array(this.#block.buffer);
  #length = 0;

  bytes(bytes: Uint8Array): this {
    const { length } = this.#block;
    for (let at = 0; at < bytes.length; at += length) {
      const part = bytes.subarray(at, at + length);
      this.#block.set(part);
      const padded = (part.length + 15) & ~15;
      this.#block.fill(0, part.length, padded);
      absorb(this.#state, this.#words, 0, padded >> 2);
    }
    return this.number(bytes.length);
  }

  /** Four words from `at` on. */
  words(words: Int32Array, at: number): this {
    absorb(this.#state, words, at, at + 4);
    this.#length += HASH_BYTES;
    return this;
  }

  /** A whole number from 0 to 2^53. */
  number(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} cannot be hashed`);
    this.#words[0] = value | 0;
    this.#words[1] = Math.floor(value / 2 ** 32);
    this.#words[2] = 0;
    this.#words[3] = 0;
    return this.words(this.#words, 0);
  }

  /** The hash of what was given so far. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Int32Array(HASH_WORDS);
    finish(this.#state, this.#length, out, 0);
    return bytesOfWords(out);
  }
}

/** The hash of one byte string. */
export const hashBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Hasher().bytes(bytes).finish();
