/**
 * Copies the pages of a capture out of RAM while the guest runs. It works on the same memory as the
 * machine, in another thread (or between two slices in the same one, in tests): for each page of the
 * captured map either the copier or the guest's write wins the step from PENDING to COPYING, and
 * the winner copies. So every captured page is delivered exactly once, as it was at the pause.
 */
import { assert } from '../base/assert.ts';
import { CAPTURED_COPIED, CAPTURED_COPYING, CAPTURED_NOT, CAPTURED_PENDING } from '../vm/layout.ts';
import type { CaptureArea } from './capture-area.ts';

/** Where copied pages go. */
export interface PageSink {
  /** Pages that may be placed before there is no room. */
  readonly room: number;
  /** 4096 bytes that are filled at once, for a page that was not placed before in this capture. */
  place(page: number): Uint8Array;
}

/** What one capture came to. */
export interface CopyCount {
  /** Pages captured. */
  readonly pages: number;
  /** Those of them that the guest had to copy first. */
  readonly byGuest: number;
}

export type CopyProgress =
  /** Every captured page was placed; another capture may begin. */
  | { readonly kind: 'complete'; readonly count: CopyCount }
  /** The number of pages asked for was placed, or the guest is in the middle of copying one: come again. */
  | { readonly kind: 'more' }
  /** The sink has no room. The guest will have to wait when the ring is full too. */
  | { readonly kind: 'no-room' };

const MORE: CopyProgress = { kind: 'more' };
const NO_ROOM: CopyProgress = { kind: 'no-room' };

/**
 * The guest copies a page in about a microsecond. A thread that has not finished after so many looks
 * (seconds) was ended in the middle.
 */
const LOOKS_AT_A_COPYING_GUEST = 1e8;

export class Copier {
  readonly #area: CaptureArea;
  /** Map of the capture under way, 0 when there is none. */
  #map = 0;
  /** The captured map in words of four pages. */
  #words: Int32Array = new Int32Array(0);
  /** The next page to look at. */
  #next = 0;
  #seen = 0;
  #copied = 0;
  #byGuest = 0;

  constructor(area: CaptureArea) {
    this.#area = area;
  }

  /** True between `begin` and the end of that copy. */
  get copying(): boolean {
    return this.#map !== 0;
  }

  /** The machine has made a capture: its pages are to be copied now, by `step`. */
  begin(): void {
    assert(!this.copying, 'the last capture is still being copied');
    this.#map = this.#area.capturedMap;
    assert(this.copying, 'nothing was captured');
    this.#words = this.#area.mapWords(this.#map);
    this.#next = 0;
    this.#seen = 0;
    this.#copied = 0;
    this.#byGuest = 0;
  }

  /** Places at most `maxPages` pages. */
  step(maxPages: number, sink: PageSink): CopyProgress {
    assert(this.copying, 'nothing is being copied');
    let left = this.#emptyRing(maxPages, sink);
    left = this.#scan(left, sink);
    // What the guest copied while we looked.
    left = this.#emptyRing(left, sink);
    this.#area.wakeGuest();
    if (this.#next >= this.#area.pages && this.#copied + this.#byGuest === this.#seen)
      return this.#complete();
    return left > 0 && sink.room === 0 ? NO_ROOM : MORE;
  }

  /**
   * Gives the copy up: all pages captured are dirty again (pages placed already, too). Undone by the
   * next capture, which has them all.
   */
  abandon(): void {
    assert(this.copying, 'nothing is being copied');
    const pages: number[] = [];
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === 0) continue;
      for (let page = 4 * word; page < 4 * word + 4; page++) {
        if (this.#settle(page)) pages.push(page);
      }
    }
    this.#area.markDirty(pages);
    while (this.#area.ringLength > 0) this.#area.takeFromRing(() => undefined);
    this.#end();
  }

  /** Leaves a captured page uncopied; false for a page that was not captured. */
  #settle(page: number): boolean {
    const { bytes } = this.#area;
    const cell = this.#map + page;
    let state = Atomics.compareExchange(bytes, cell, CAPTURED_PENDING, CAPTURED_COPIED);
    for (let look = 0; state === CAPTURED_COPYING && look < LOOKS_AT_A_COPYING_GUEST; look++) {
      state = Atomics.load(bytes, cell);
    }
    return state !== CAPTURED_NOT;
  }

  #emptyRing(max: number, sink: PageSink): number {
    let left = max;
    for (let length = this.#area.ringLength; length > 0; length--) {
      if (left === 0 || sink.room === 0) break;
      // The guest still has to say that this page is copied. If the capture ended before it does, its mark
      // would land in a clean map, and a later capture would wait for a page that nobody copies.
      const cell = this.#map + this.#area.oldestInRing;
      if (Atomics.load(this.#area.bytes, cell) === CAPTURED_COPYING) break;
      this.#area.takeFromRing((page, contents) => {
        sink.place(page).set(contents);
      });
      this.#byGuest += 1;
      left -= 1;
    }
    return left;
  }

  /** Looks at the captured map from where the last step ended. */
  #scan(max: number, sink: PageSink): number {
    const { pages, bytes } = this.#area;
    const words = this.#words;
    let left = max;
    let page = this.#next;
    while (page < pages) {
      if ((page & 3) === 0 && words[page >> 2] === 0) {
        page += 4;
        continue;
      }
      if (bytes[this.#map + page] === CAPTURED_NOT) {
        page += 1;
        continue;
      }
      if (left === 0 || sink.room === 0) break;
      left -= this.#copy(page, sink);
      page += 1;
    }
    this.#next = page;
    return left;
  }

  /** Copies a page if it is captured and nobody has; 1 when it did. */
  #copy(page: number, sink: PageSink): number {
    const { bytes } = this.#area;
    const cell = this.#map + page;
    const state = Atomics.compareExchange(bytes, cell, CAPTURED_PENDING, CAPTURED_COPYING);
    if (state === CAPTURED_NOT) return 0;
    this.#seen += 1;
    this.#area.markWritten(page);
    if (state !== CAPTURED_PENDING) return 0;
    sink.place(page).set(this.#area.page(page));
    Atomics.store(bytes, cell, CAPTURED_COPIED);
    this.#area.wakeGuest();
    this.#copied += 1;
    return 1;
  }

  #complete(): CopyProgress {
    const count = { pages: this.#seen, byGuest: this.#byGuest };
    this.#end();
    return { kind: 'complete', count };
  }

  #end(): void {
    this.#map = 0;
    this.#area.endCapture();
  }
}
