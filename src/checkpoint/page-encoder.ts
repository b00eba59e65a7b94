/** Turns copied pages into batches: what the standby has already is left out, what it nearly has becomes a delta. */
import type { Compressor } from './compression.ts';
import { PAGE_BYTES } from './capture-area.ts';
import {
  BATCH_PAGES,
  encodeFrame,
  joinBatch,
  PAGE_KIND,
  writeListEntry,
  type PageKind,
} from './batch-format.ts';
import { PAGE_WORDS } from './digest.ts';
import type { ContentHash } from './content-hash.ts';
import { isZeroPage, LINE_MASK_WORDS, MOST_DOUBLEWORDS, PageDelta } from './page-delta.ts';
import { pageKernel } from './page-kernel.ts';
import type { ReferenceCache } from './reference-cache.ts';
import type { Slab } from './staging.ts';

/** Pages of a checkpoint by what became of them. */
export interface PageCounts {
  zero: number;
  /** Captured, but equal to what the standby has: not sent. */
  unchanged: number;
  delta: number;
  whole: number;
}

export const noPages = (): PageCounts => ({ zero: 0, unchanged: 0, delta: 0, whole: 0 });

const MASK_BYTES_PER_PAGE = 64;
const LIST_BYTES_PER_PAGE = 5;

export class PageEncoder {
  readonly #compressor: Compressor;
  readonly #cache: ReferenceCache;
  readonly #delta = new PageDelta();
  readonly #kernel = pageKernel();
  readonly #order = new Float64Array(BATCH_PAGES);
  readonly #list = new Uint8Array(BATCH_PAGES * LIST_BYTES_PER_PAGE);
  readonly #lines = new Int32Array(BATCH_PAGES * LINE_MASK_WORDS);
  readonly #masks = new Uint8Array(BATCH_PAGES * MASK_BYTES_PER_PAGE);
  readonly #values = new Int32Array(BATCH_PAGES * PAGE_WORDS);
  readonly #whole = new Int32Array(BATCH_PAGES * PAGE_WORDS);
  #listAt = 0;
  #linesAt = 0;
  #masksAt = 0;
  #valuesAt = 0;
  #wholeAt = 0;

  constructor(cache: ReferenceCache, compressor: Compressor) {
    this.#cache = cache;
    this.#compressor = compressor;
  }

  /**
   * Encodes a slab's pages for an epoch into one frame; undefined when none of them has changed.
   * Adds to `counts` and `content`, in the order of the batch.
   */
  encode(
    slab: Slab,
    epoch: number,
    counts: PageCounts,
    content: ContentHash,
  ): Uint8Array<ArrayBuffer> | undefined {
    this.#listAt = 0;
    this.#linesAt = 0;
    this.#masksAt = 0;
    this.#valuesAt = 0;
    this.#wholeAt = 0;
    const words = new Int32Array(slab.bytes.buffer);
    let pageCount = 0;
    let previous = -1;
    for (const place of this.#ascending(slab)) {
      const page = slab.pages[place] as number;
      const kind = this.#encodePage(page, words, place * PAGE_WORDS, epoch);
      if (kind === undefined) {
        counts.unchanged += 1;
        continue;
      }
      this.#listAt = writeListEntry(this.#list, this.#listAt, page - previous - 1, kind);
      if (kind === PAGE_KIND.zero) {
        counts.zero += 1;
        content.addZero(page);
      } else {
        counts[kind === PAGE_KIND.delta ? 'delta' : 'whole'] += 1;
        content.add(page, this.#kernel.hashed, 0);
      }
      previous = page;
      pageCount += 1;
    }
    if (pageCount === 0) return undefined;
    const bytes = (array: Int32Array, length: number): Uint8Array =>
      new Uint8Array(array.buffer, 0, 4 * length);
    const batch = joinBatch({
      pageCount,
      list: this.#list.subarray(0, this.#listAt),
      lines: bytes(this.#lines, this.#linesAt),
      masks: this.#masks.subarray(0, this.#masksAt),
      values: bytes(this.#values, this.#valuesAt),
      whole: bytes(this.#whole, this.#wholeAt),
    });
    return encodeFrame(batch, this.#compressor);
  }

  /** The places of a slab in the order of their page numbers. */
  *#ascending(slab: Slab): Iterable<number> {
    const order = this.#order.subarray(0, slab.count);
    for (let place = 0; place < slab.count; place++) {
      order[place] = (slab.pages[place] as number) * BATCH_PAGES + place;
    }
    order.sort();
    for (const key of order) yield key % BATCH_PAGES;
  }

  /** The page's kind, or undefined when the standby has it; leaves its hash in the kernel unless it is zero. */
  #encodePage(page: number, words: Int32Array, at: number, epoch: number): PageKind | undefined {
    const kernel = this.#kernel;
    const known = this.#cache.copyOf(page);
    kernel.now.set(words.subarray(at, at + PAGE_WORDS));
    if (known) {
      kernel.before.set(known.words.subarray(known.at, known.at + PAGE_WORDS));
      if (!kernel.compare()) return undefined;
      this.#delta.take(kernel.masks);
    }
    if (isZeroPage(words, at)) {
      this.#cache.rememberZero(page, epoch);
      return PAGE_KIND.zero;
    }
    kernel.hash();
    if (!known && this.#cache.hasHash(page, kernel.hashed, 0)) return undefined;
    this.#cache.remember(page, epoch, words, at, kernel.hashed);
    if (known && this.#delta.doublewords <= MOST_DOUBLEWORDS) {
      this.#addDelta(words, at);
      return PAGE_KIND.delta;
    }
    this.#whole.set(words.subarray(at, at + PAGE_WORDS), this.#wholeAt);
    this.#wholeAt += PAGE_WORDS;
    return PAGE_KIND.whole;
  }

  #addDelta(words: Int32Array, at: number): void {
    const delta = this.#delta;
    this.#lines.set(delta.lines, this.#linesAt);
    this.#linesAt += LINE_MASK_WORDS;
    this.#masks.set(delta.masks.subarray(0, delta.lineCount), this.#masksAt);
    this.#masksAt += delta.lineCount;
    this.#valuesAt = delta.copyValues(words, at, this.#values, this.#valuesAt);
  }
}

/** What a checkpoint would be without any encoding. */
export const rawBytes = (counts: PageCounts): number =>
  (counts.zero + counts.unchanged + counts.delta + counts.whole) * PAGE_BYTES;
