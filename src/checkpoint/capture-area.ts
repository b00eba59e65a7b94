/**
 * The dirty maps and the ring of copied pages, as another thread than the machine's sees them. The guest's
 * side, and what the bytes of a captured map mean, is `vm/leaves/capture.ts`.
 */
import { assert } from '../base/assert.ts';
import {
  CAPTURE_FREE,
  CAPTURE_LOCK,
  CAPTURE_MAP,
  CAPTURE_MARKS,
  COW_BELL,
  COW_HEAD,
  COW_PAGES,
  COW_RING,
  COW_SLOTS,
  COW_TAIL,
  COW_WAITING,
  DIRTY_CURRENT,
  DIRTY_MAP,
  RAM,
  WRITTEN_MAP,
} from '../vm/layout.ts';

export const PAGE_BYTES = 4096;

/** Marks of one map are looked at four at a time. */
const PAGES_PER_WORD = 4;
const ALL_FOUR = 0x01010101;

export class CaptureArea {
  /** Pages of RAM. */
  readonly pages: number;
  readonly bytes: Uint8Array;
  readonly #cells: Int32Array;

  /** @param ramBytes a multiple of 4096 */
  constructor(memory: WebAssembly.Memory, ramBytes: number) {
    assert(ramBytes % PAGE_BYTES === 0, `no such RAM size: ${ramBytes}`);
    this.pages = ramBytes / PAGE_BYTES;
    this.bytes = new Uint8Array(memory.buffer);
    this.#cells = new Int32Array(memory.buffer);
  }

  #load(cell: number): number {
    return Atomics.load(this.#cells, cell >> 2);
  }

  #words(map: number): Int32Array {
    const words = Math.ceil(this.pages / PAGES_PER_WORD);
    return this.#cells.subarray(map >> 2, (map >> 2) + words);
  }

  /** Address of the map that a capture left to be copied, 0 when there is none. */
  get capturedMap(): number {
    return this.#load(CAPTURE_MAP);
  }

  /** The map at an address, four pages a word. */
  mapWords(map: number): Int32Array {
    return this.#words(map);
  }

  page(page: number): Uint8Array {
    const start = RAM + page * PAGE_BYTES;
    return this.bytes.subarray(start, start + PAGE_BYTES);
  }

  /** Says that the captured pages are all copied (or given up): the map is clean again. */
  endCapture(): void {
    this.#words(this.capturedMap).fill(0);
    Atomics.store(this.#cells, CAPTURE_MAP >> 2, 0);
    this.wakeGuest();
  }

  /** Has a guest that waits look again. Cheap when none does. */
  wakeGuest(): void {
    if (this.#load(COW_WAITING) === 0) return;
    Atomics.add(this.#cells, COW_BELL >> 2, 1);
    Atomics.notify(this.#cells, COW_BELL >> 2);
  }

  /** Pages in the ring. */
  get ringLength(): number {
    return (this.#load(COW_HEAD) - this.#load(COW_TAIL)) | 0;
  }

  /** The page in the ring's oldest slot; there must be one. */
  get oldestInRing(): number {
    return this.#cells[(COW_PAGES >> 2) + (this.#load(COW_TAIL) & (COW_SLOTS - 1))] ?? 0;
  }

  /** Takes the oldest page out of the ring; there must be one. */
  takeFromRing(take: (page: number, contents: Uint8Array) => void): void {
    const tail = this.#load(COW_TAIL);
    const slot = tail & (COW_SLOTS - 1);
    const start = COW_RING + slot * PAGE_BYTES;
    take(this.#cells[(COW_PAGES >> 2) + slot] ?? 0, this.bytes.subarray(start, start + PAGE_BYTES));
    Atomics.store(this.#cells, COW_TAIL >> 2, (tail + 1) | 0);
  }

  /** Notes that RAM no longer holds the baseline's page. */
  markWritten(page: number): void {
    this.bytes[WRITTEN_MAP + page] = 1;
  }

  /** RAM holds the baseline, from here on: the guest's snapshot, or zeros. */
  setBaseline(): void {
    this.#words(WRITTEN_MAP).fill(0);
  }

  /** Pages written since RAM held the baseline, the running epoch's not counted. */
  countWritten(): number {
    return countMarks(this.#words(WRITTEN_MAP));
  }

  /** Pages written since the last capture, as of now. */
  countDirty(): number {
    return countMarks(this.#words(this.#load(DIRTY_CURRENT) || DIRTY_MAP));
  }

  /** Makes pages dirty again, so that the next capture has them. */
  markDirty(pages: Iterable<number>): void {
    this.#mark((map) => {
      for (const page of pages) {
        assert(page >= 0 && page < this.pages, `no page ${page}`);
        this.bytes[map + page] = 1;
      }
    });
  }

  /** No page is dirty: RAM is as it was after the last capture. The guest must not run meanwhile. */
  forgetDirty(): void {
    this.#mark((map) => {
      this.#words(map).fill(0);
    });
  }

  /** Makes every page dirty that was written since RAM held the baseline. */
  markWrittenDirty(): void {
    this.#mark((map) => {
      const target = this.#words(map);
      this.#words(WRITTEN_MAP).forEach((word, i) => {
        // The guest marks pages of the same word meanwhile.
        if (word !== 0) Atomics.or(target, i, word);
      });
    });
  }

  /** Makes all of RAM dirty: for a standby without our baseline. */
  markAllDirty(): void {
    this.#mark((map) => {
      this.bytes.fill(1, map, map + this.pages);
    });
  }

  /** Changes the map that the guest marks now, with captures locked out; the guest itself runs on. */
  #mark(change: (map: number) => void): void {
    const cell = CAPTURE_LOCK >> 2;
    // A capture that has just begun holds the lock for a few instructions.
    while (
      Atomics.compareExchange(this.#cells, cell, CAPTURE_FREE, CAPTURE_MARKS) !== CAPTURE_FREE
    );
    try {
      change(this.#load(DIRTY_CURRENT) || DIRTY_MAP);
    } finally {
      Atomics.store(this.#cells, cell, CAPTURE_FREE);
    }
  }
}

function countMarks(words: Int32Array): number {
  let count = 0;
  for (const word of words) {
    if (word !== 0) count += Math.imul(word & ALL_FOUR, ALL_FOUR) >>> 24;
  }
  return count;
}
