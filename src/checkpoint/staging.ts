/**
 * Staging: memory for captured pages that are not encoded yet. It grows by slabs of 1 MiB, shrinks
 * again after quiet epochs, and never exceeds its limit (R7): then the copier stops, the guest's
 * writes fill COW_RING, and the guest waits (see `pressure.ts`).
 */
import { assert, defined } from '../base/assert.ts';
import { PAGE_BYTES } from './capture-area.ts';
import type { PageSink } from './copier.ts';

/** 1 MiB: an allocation that the host gives at once, and 256 pages are a good batch to encode. */
export const SLAB_PAGES = 256;
export const SLAB_BYTES = SLAB_PAGES * PAGE_BYTES;

export interface StagingLimits {
  /** Slabs that are kept when nothing needs them. */
  readonly keep: number;
  /** Slabs that exist at most. */
  readonly most: number;
  /** After so many epochs in a row that needed fewer slabs than there are, the rest is given back. */
  readonly quietEpochs: number;
}

/**
 * A busy guest dirties some 2,000 pages in 20 ms: eight slabs. 64 slabs are what a phone can spare, and
 * take a worst case of 80 MB in two goes.
 */
export const STAGING_LIMITS: StagingLimits = { keep: 2, most: 64, quietEpochs: 64 };

/** Some copied pages. The bytes are the staging's own: they change when the slab is released. */
export class Slab {
  readonly bytes = new Uint8Array(SLAB_BYTES);
  /** Page number of each place; the first `count` are valid. */
  readonly pages = new Int32Array(SLAB_PAGES);
  count = 0;
  readonly #places: readonly Uint8Array<ArrayBuffer>[] = Array.from(
    { length: SLAB_PAGES },
    (_, i) => this.bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES),
  );

  /** Contents of the page at a place. */
  contents(place: number): Uint8Array<ArrayBuffer> {
    return defined(this.#places[place], 'a place of the slab');
  }
}

export class Staging implements PageSink {
  readonly limits: StagingLimits;
  readonly #free: Slab[] = [];
  /** Slabs with pages, the oldest first; pages are placed in the last one. */
  readonly #filled: Slab[] = [];
  /** Slabs that were taken and not released. */
  #taken = 0;
  #peak = 0;
  #quietPeak = 0;
  #quiet = 0;

  constructor(limits: StagingLimits = STAGING_LIMITS) {
    assert(limits.keep >= 1 && limits.most >= limits.keep, 'no such limits');
    this.limits = limits;
  }

  /** Slabs that exist. */
  get slabs(): number {
    return this.#free.length + this.used;
  }

  /** Slabs that hold pages. */
  get used(): number {
    return this.#filled.length + this.#taken;
  }

  get room(): number {
    const last = this.#filled.at(-1);
    const inLast = last === undefined ? 0 : SLAB_PAGES - last.count;
    return inLast + (this.limits.most - this.used) * SLAB_PAGES;
  }

  place(page: number): Uint8Array {
    let slab = this.#filled.at(-1);
    if (slab === undefined || slab.count === SLAB_PAGES) {
      assert(this.used < this.limits.most, 'staging is full');
      slab = this.#free.pop() ?? new Slab();
      slab.count = 0;
      this.#filled.push(slab);
      this.#peak = Math.max(this.#peak, this.used);
    }
    const place = slab.count;
    slab.pages[place] = page;
    slab.count = place + 1;
    return slab.contents(place);
  }

  /** The oldest slab that is full, or with `partly` the oldest; undefined when there is none. */
  take(partly: boolean): Slab | undefined {
    const slab = this.#filled[0];
    if (slab === undefined || (slab.count < SLAB_PAGES && !partly)) return undefined;
    this.#filled.shift();
    this.#taken += 1;
    return slab;
  }

  /** Gives back a slab that was taken. */
  release(slab: Slab): void {
    assert(this.#taken > 0, 'nothing was taken');
    this.#taken -= 1;
    this.#free.push(slab);
  }

  /** Throws away what is staged; slabs that were taken are still to be released. */
  discard(): void {
    this.#free.push(...this.#filled.splice(0));
  }

  /** An epoch is encoded: gives back memory that has not been needed for some time. */
  endEpoch(): void {
    const needed = Math.max(this.#peak, this.limits.keep);
    this.#peak = this.used;
    if (needed >= this.slabs) {
      this.#quiet = 0;
      this.#quietPeak = 0;
      return;
    }
    this.#quietPeak = Math.max(this.#quietPeak, needed);
    this.#quiet += 1;
    if (this.#quiet < this.limits.quietEpochs) return;
    while (this.slabs > this.#quietPeak && this.#free.length > 0) this.#free.pop();
    this.#quiet = 0;
    this.#quietPeak = 0;
  }
}
