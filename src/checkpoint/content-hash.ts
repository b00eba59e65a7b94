/**
 * The hash of what a checkpoint's pages *become*, not of how they are sent: the standby computes it from its own
 * RAM and the deltas before it changes anything, so a delta against another version than the
 * primary thought is found out (R4).
 */
import { Hasher } from './digest.ts';

export class ContentHash {
  readonly #hasher = new Hasher();
  #pages = 0;

  /** Pages added so far. */
  get pages(): number {
    return this.#pages;
  }

  /** A page with the hash at four words of `hash`. */
  add(page: number, hash: Int32Array, at: number): void {
    this.#hasher.number(2 * page).words(hash, at);
    this.#pages += 1;
  }

  addZero(page: number): void {
    this.#hasher.number(2 * page + 1);
    this.#pages += 1;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#hasher.finish();
  }
}
