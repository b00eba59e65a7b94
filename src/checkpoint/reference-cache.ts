/**
 * What the standby has of each page, as far as the primary remembers: a copy for the pages sent most
 * recently, the hash for all that were ever sent. It belongs to the primary only; the standby has
 * everything in its RAM.
 *
 * Epochs are applied in order and each as a whole, so a page may be compared with the version sent last
 * even before that epoch is committed. When epochs fail, what they sent is forgotten.
 */
import { assert, defined } from '../base/assert.ts';
import { HASH_WORDS, PAGE_WORDS } from './digest.ts';

/**
 * 64 MiB: a redis under load changes some 5,000 different pages, a Python program 10,000. A page that fell
 * out is sent whole once more.
 */
export const REFERENCE_COPIES = 16_384;

const COPIES_PER_SLAB = 256;
const NONE = -1;
const UNKNOWN = 0;

export interface Reference {
  readonly words: Int32Array;
  /** Word of `words` at which the page begins. */
  readonly at: number;
}

const ZERO_PAGE: Reference = { words: new Int32Array(PAGE_WORDS), at: 0 };

/** How much of a page is remembered. */
const KNOWN = { not: 0, hash: 1, copy: 2, zero: 3 } as const;

export class ReferenceCache {
  readonly #most: number;
  readonly #slabs: Int32Array[] = [];
  readonly #known: Uint8Array;
  readonly #hashes: Int32Array;
  /** The epoch that sent what is remembered, by page. */
  readonly #epochs: Float64Array;
  /** The copy's place, by page. */
  readonly #places: Int32Array;
  /** The page, by place. */
  readonly #pages: Int32Array;
  /** The places in use as a ring, in order of use: a list through two arrays; the last element is its head. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #head: number;
  readonly #free: number[] = [];
  #used = 0;

  /**
   * @param pages of RAM
   * @param most copies to keep, at least 1
   */
  constructor(pages: number, most = REFERENCE_COPIES) {
    assert(most >= 1, 'a cache for nothing');
    this.#most = Math.min(most, pages);
    this.#known = new Uint8Array(pages);
    this.#hashes = new Int32Array(pages * HASH_WORDS);
    this.#epochs = new Float64Array(pages);
    this.#places = new Int32Array(pages).fill(NONE);
    this.#pages = new Int32Array(this.#most).fill(NONE);
    this.#older = new Int32Array(this.#most + 1);
    this.#newer = new Int32Array(this.#most + 1);
    this.#head = this.#most;
    this.clear();
  }

  /** Copies kept. */
  get copies(): number {
    return this.#used - this.#free.length;
  }

  /** Bytes of all copies there is room for now. */
  get bytes(): number {
    return this.#slabs.length * COPIES_PER_SLAB * PAGE_WORDS * 4;
  }

  /** Forgets everything: another standby, which has nothing of what this one had. */
  clear(): void {
    this.#known.fill(KNOWN.not);
    this.#epochs.fill(UNKNOWN);
    this.#places.fill(NONE);
    this.#older[this.#head] = this.#head;
    this.#newer[this.#head] = this.#head;
    this.#free.length = 0;
    this.#used = 0;
    this.#slabs.length = 0;
  }

  /** The version of a page that the standby has, when all of it is remembered. */
  copyOf(page: number): Reference | undefined {
    const known = this.#known[page];
    if (known === KNOWN.zero) return ZERO_PAGE;
    if (known !== KNOWN.copy) return undefined;
    const place = this.#places[page] as number;
    this.#unlink(place);
    this.#link(place);
    return this.#at(place);
  }

  /** True when the standby is known to have a version with this hash (four words from `at` on). */
  hasHash(page: number, hash: Int32Array, at: number): boolean {
    const known = this.#known[page];
    if (known !== KNOWN.hash && known !== KNOWN.copy) return false;
    const from = page * HASH_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) {
      if (this.#hashes[from + i] !== hash[at + i]) return false;
    }
    return true;
  }

  /** An epoch sends this version of a page: the words from `at` on, with their hash. */
  remember(page: number, epoch: number, words: Int32Array, at: number, hash: Int32Array): void {
    assert(epoch > UNKNOWN, `no epoch ${epoch}`);
    this.#hashes.set(hash.subarray(0, HASH_WORDS), page * HASH_WORDS);
    this.#epochs[page] = epoch;
    this.#known[page] = KNOWN.copy;
    let place = this.#places[page] as number;
    if (place === NONE) place = this.#takePlace(page);
    else this.#unlink(place);
    this.#link(place);
    const copy = this.#at(place);
    copy.words.set(words.subarray(at, at + PAGE_WORDS), copy.at);
  }

  /** An epoch sends a page of zeros. */
  rememberZero(page: number, epoch: number): void {
    assert(epoch > UNKNOWN, `no epoch ${epoch}`);
    this.#drop(page);
    this.#known[page] = KNOWN.zero;
    this.#epochs[page] = epoch;
  }

  /** This epoch and all later ones failed: what they sent is not what the standby has. */
  forgetFrom(epoch: number): void {
    for (let page = 0; page < this.#epochs.length; page++) {
      if ((this.#epochs[page] as number) >= epoch) this.#drop(page);
    }
  }

  #drop(page: number): void {
    this.#known[page] = KNOWN.not;
    this.#epochs[page] = UNKNOWN;
    const place = this.#places[page] as number;
    if (place === NONE) return;
    this.#unlink(place);
    this.#free.push(place);
    this.#places[page] = NONE;
  }

  #takePlace(page: number): number {
    const place = this.#free.pop() ?? (this.#used < this.#most ? this.#used++ : this.#evict());
    this.#places[page] = place;
    this.#pages[place] = page;
    return place;
  }

  /** Takes the place of the page that was used longest ago; its hash stays. */
  #evict(): number {
    const place = this.#newer[this.#head] as number;
    this.#unlink(place);
    const page = this.#pages[place] as number;
    this.#places[page] = NONE;
    this.#known[page] = KNOWN.hash;
    return place;
  }

  #at(place: number): Reference {
    const slab = Math.floor(place / COPIES_PER_SLAB);
    while (this.#slabs.length <= slab) {
      this.#slabs.push(new Int32Array(COPIES_PER_SLAB * PAGE_WORDS));
    }
    const words = defined(this.#slabs[slab], 'a slab of copies');
    return { words, at: (place % COPIES_PER_SLAB) * PAGE_WORDS };
  }

  /** Puts a place at the newest end. */
  #link(place: number): void {
    const newest = this.#older[this.#head] as number;
    this.#newer[newest] = place;
    this.#older[place] = newest;
    this.#newer[place] = this.#head;
    this.#older[this.#head] = place;
  }

  #unlink(place: number): void {
    const older = this.#older[place] as number;
    const newer = this.#newer[place] as number;
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }
}
