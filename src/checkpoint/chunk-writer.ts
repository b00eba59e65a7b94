/** Cuts a byte stream into chunks of one size; only the last may be shorter. */
import { assert } from '../base/assert.ts';

/** Gets each chunk as it is full; the bytes are the callee's own. */
export type TakeChunk = (bytes: Uint8Array<ArrayBuffer>) => void;

export class ChunkWriter {
  readonly #size: number;
  readonly #take: TakeChunk;
  #chunk: Uint8Array<ArrayBuffer>;
  #used = 0;

  constructor(size: number, take: TakeChunk) {
    assert(size > 0, 'chunks of nothing');
    this.#size = size;
    this.#take = take;
    this.#chunk = new Uint8Array(size);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#size - this.#used);
      this.#chunk.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === this.#size) this.#emit(this.#chunk);
    }
  }

  /** Emits what is left. */
  flush(): void {
    if (this.#used > 0) this.#emit(this.#chunk.slice(0, this.#used));
  }

  /** Throws away what is left. */
  discard(): void {
    this.#used = 0;
  }

  #emit(chunk: Uint8Array<ArrayBuffer>): void {
    if (chunk === this.#chunk) this.#chunk = new Uint8Array(this.#size);
    this.#used = 0;
    this.#take(chunk);
  }
}
