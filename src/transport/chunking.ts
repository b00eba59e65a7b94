/**
 * A message travels as chunks of at most CHUNK_BYTES, little-endian:
 *
 * ```
 * 0 u16 magic "TC"   2 u16 index in the message   4 u32 number of the message on this channel
 * 8 u32 bytes of the whole message   12 payload
 * ```
 *
 * All chunks but the last are full, so index and total say exactly how long each must be. The channel below is
 * ordered and reliable; whatever does not fit is therefore a fault or a stranger, and ends the link.
 */
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { CHUNK_BYTES } from './limits.ts';

const CHUNK_MAGIC = 0x4354;
export const CHUNK_HEADER_BYTES = 12;
/** What a message may have to go in one chunk. */
export const CHUNK_PAYLOAD_BYTES = CHUNK_BYTES - CHUNK_HEADER_BYTES;

/**
 * - `not-a-chunk`: too short for a header, or another magic.
 * - `too-long`: the message is over the channel's cap.
 * - `wrong-length`: the payload is not as long as its place in the message demands.
 * - `torn`: a piece of the message is missing, doubled, or belongs to another.
 */
export type ChunkErrorKind = 'not-a-chunk' | 'too-long' | 'wrong-length' | 'torn';

export interface ChunkError {
  readonly kind: ChunkErrorKind;
  readonly sentence: string;
}

const fail = (kind: ChunkErrorKind, sentence: string): Result<never, ChunkError> =>
  err({ kind, sentence });

/** How many chunks a message of `total` bytes makes; an empty one makes one. */
export const chunkCount = (total: number): number =>
  Math.max(1, Math.ceil(total / CHUNK_PAYLOAD_BYTES));

const payloadBytes = (total: number, index: number): number =>
  Math.min(CHUNK_PAYLOAD_BYTES, total - index * CHUNK_PAYLOAD_BYTES);

/** Cuts the messages of one channel into chunks. */
export class Chunker {
  readonly #scratch = new Uint8Array(CHUNK_BYTES);
  readonly #view = new DataView(this.#scratch.buffer);

  /**
   * Chunk `index` of message number `serial` (modulo 2^32). The bytes are valid until the next call: a data channel
   * copies what it is given. This is the one place where shared memory is copied out.
   */
  chunk(message: Uint8Array, serial: number, index: number): Uint8Array<ArrayBuffer> {
    assert(index < chunkCount(message.length), 'a chunk behind the end of its message');
    const at = index * CHUNK_PAYLOAD_BYTES;
    const payload = message.subarray(at, at + payloadBytes(message.length, index));
    this.#view.setUint16(0, CHUNK_MAGIC, true);
    this.#view.setUint16(2, index, true);
    this.#view.setUint32(4, serial, true);
    this.#view.setUint32(8, message.length, true);
    this.#scratch.set(payload, CHUNK_HEADER_BYTES);
    return this.#scratch.subarray(0, CHUNK_HEADER_BYTES + payload.length);
  }
}

/** Puts the messages of one channel together again. After an error it must not be used any more. */
export class Reassembler {
  readonly #cap: number;
  #message = new Uint8Array(0);
  /** Index of the chunk that comes next; 0: a new message begins. */
  #index = 0;
  #serial = 0;

  /** @param cap Longest message in bytes; more is never held. */
  constructor(cap: number) {
    this.#cap = cap;
  }

  /** Whether a message has begun and is not whole. */
  get pending(): boolean {
    return this.#index > 0;
  }

  /** Takes the next chunk; the value is the message when it is whole, else `undefined`. */
  take(chunk: Uint8Array): Result<Uint8Array<ArrayBuffer> | undefined, ChunkError> {
    if (chunk.length < CHUNK_HEADER_BYTES) {
      return fail('not-a-chunk', `${chunk.length} bytes are too few for a chunk.`);
    }
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (view.getUint16(0, true) !== CHUNK_MAGIC) {
      return fail('not-a-chunk', 'Something that is no chunk arrived.');
    }
    const index = view.getUint16(2, true);
    const serial = view.getUint32(4, true);
    const total = view.getUint32(8, true);
    if (total > this.#cap) {
      return fail('too-long', `A message of ${total} bytes is over the cap of ${this.#cap}.`);
    }
    if (serial !== this.#serial || index !== this.#index) {
      return fail(
        'torn',
        `Piece ${index} of message ${serial} came instead of piece ${this.#index} of message ${this.#serial}.`,
      );
    }
    if (index > 0 && total !== this.#message.length) {
      return fail('torn', `The pieces of message ${serial} do not agree on its length.`);
    }
    const payload = chunk.subarray(CHUNK_HEADER_BYTES);
    if (payload.length !== payloadBytes(total, index)) {
      return fail(
        'wrong-length',
        `Piece ${index} of message ${serial} has ${payload.length} bytes.`,
      );
    }
    return ok(this.#place(payload, index, total));
  }

  #place(payload: Uint8Array, index: number, total: number): Uint8Array<ArrayBuffer> | undefined {
    if (index === 0) this.#message = new Uint8Array(total);
    this.#message.set(payload, index * CHUNK_PAYLOAD_BYTES);
    if (index + 1 < chunkCount(total)) {
      this.#index = index + 1;
      return undefined;
    }
    const message = this.#message;
    this.#message = new Uint8Array(0);
    this.#index = 0;
    this.#serial = (this.#serial + 1) >>> 0;
    return message;
  }
}
