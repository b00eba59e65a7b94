/**
 * Translated code that is installed: the functions by number, and the interpreter's records that lead to them.
 * Translations are caches and never part of a saved state.
 */
import { defined } from '../../base/assert.ts';
import { HANDLER_REGION, firstOfFused } from '../cpu/interpreter/handlers.ts';
import {
  DECODED,
  DECODE_SLOT_BYTES,
  HANDLER_DECODE,
  PAGE_RECORDS,
  RECORD_BYTES,
  SLOT_PAGES,
  TRANSLATED_PAGES,
  TRANSLATION_USED,
} from '../layout.ts';
import { type TranslatedEntry, costOf, offsetOf } from './region-code.ts';

/** The interpreter's records cover at most this many halfwords before an entry: fused pairs. */
const FUSED_LOOK_BACK = 2;

/**
 * Translations that may exist at a time (R7): each costs some 80 KB in the host. Python at work has 300, sqlite 240, both
 * share many; with 320 they and two others at a time make a sixth more of them, and take a fifth longer.
 */
export const MAX_TRANSLATIONS = 384;

export type Enter = (entry: number) => void;
export type TranslationKind = 'page' | 'region';

export interface Installation {
  readonly kind: TranslationKind;
  /** The RAM page that its entries are in. */
  readonly entryPage: number;
  readonly entries: readonly TranslatedEntry[];
  /** All RAM pages that code was translated from, the entries' among them. */
  readonly pages: readonly number[];
}

export class CodeCache {
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: MAX_TRANSLATIONS });
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #installed: (Installation | undefined)[] = [];
  readonly #byPage = new Map<number, Set<number>>();
  readonly #free: number[] = [];
  /** Where eviction goes on looking: a clock's hand. */
  #hand = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#u8 = new Uint8Array(memory.buffer);
    this.#u16 = new Uint16Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    for (let i = MAX_TRANSLATIONS - 1; i >= 0; i--) this.#free.push(i);
  }

  /** Address of record 0 of a RAM page, 0 when it has none. */
  recordsOf(page: number): number {
    return this.#i32[(PAGE_RECORDS >> 2) + page] ?? 0;
  }

  /** The RAM page whose instruction a record stands for; undefined if its slot is free. */
  pageOfRecord(record: number): number | undefined {
    const slot = Math.floor((record - DECODED) / DECODE_SLOT_BYTES);
    const page = this.#i32[(SLOT_PAGES >> 2) + slot] ?? -1;
    return page < 0 ? undefined : page;
  }

  /** What a record leads to: a translation, its own instruction, or nothing yet. */
  kindAt(record: number): TranslationKind | 'instruction' | 'none' {
    const handler = this.#u16[record >> 1];
    if (handler === HANDLER_DECODE) return 'none';
    if (handler !== HANDLER_REGION) return 'instruction';
    return this.#installed[this.#i32[(record >> 2) + 2] ?? 0]?.kind ?? 'none';
  }

  /** The translation of a page as a whole, if there is one. */
  translationOf(page: number): Installation | undefined {
    for (const index of this.#byPage.get(page) ?? []) {
      const installed = this.#installed[index];
      if (installed?.kind === 'page') return installed;
    }
    return undefined;
  }

  /** All that is installed. */
  get installations(): readonly Installation[] {
    return this.#installed.filter((installed) => installed !== undefined);
  }

  /** Has stores into these pages told, as long as anything here or elsewhere depends on them. */
  watchPages(pages: readonly number[]): void {
    for (const page of pages) this.#u8[TRANSLATED_PAGES + page] = 1;
  }

  install(enter: Enter, installation: Installation): void {
    const { kind, entryPage, entries, pages } = installation;
    if (kind === 'page') this.#replace(entryPage);
    const index = this.#takeIndex();
    this.table.set(index, enter);
    this.#installed[index] = installation;
    this.#u8[TRANSLATION_USED + index] = 1;
    for (const page of pages) {
      const set = this.#byPage.get(page) ?? new Set();
      this.#byPage.set(page, set.add(index));
    }
    this.watchPages(pages);
    const records = this.recordsOf(entryPage);
    entries.forEach((entry, number) => {
      const record = records + (offsetOf(entry) / 2) * RECORD_BYTES;
      // A region is the better translation of its entry.
      if (this.kindAt(record) !== 'region')
        this.#lead(record, records, index, number, costOf(entry));
    });
  }

  /** Removes what was translated from a page; returns how many translations that was. */
  uninstallPage(page: number): number {
    const indices = [...(this.#byPage.get(page) ?? [])];
    for (const index of indices) this.#uninstall(index);
    return indices.length;
  }

  #lead(record: number, records: number, index: number, number: number, cost: number): void {
    // A pair fused with the entry runs from the entry's own fields, which are about to go.
    for (let back = 1; back <= FUSED_LOOK_BACK; back++) {
      const before = record - back * RECORD_BYTES;
      if (before < records) break;
      const handler = this.#u16[before >> 1] ?? HANDLER_DECODE;
      this.#u16[before >> 1] = firstOfFused(handler) ?? handler;
    }
    this.#u16[(record >> 1) + 1] = cost;
    this.#u16[(record >> 1) + 2] = number;
    this.#i32[(record >> 2) + 2] = index;
    this.#u16[record >> 1] = HANDLER_REGION;
  }

  /** Makes room for a new translation of a page. */
  #replace(page: number): void {
    for (const index of [...(this.#byPage.get(page) ?? [])])
      if (this.#installed[index]?.kind === 'page') this.#uninstall(index);
  }

  #takeIndex(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#uninstall(this.#leastUsed());
    return defined(this.#free.pop(), 'the index just freed');
  }

  /** One that has not been entered since the hand was there. */
  #leastUsed(): number {
    for (;;) {
      const index = this.#hand;
      this.#hand = (this.#hand + 1) % MAX_TRANSLATIONS;
      const cell = TRANSLATION_USED + index;
      if (this.#u8[cell] === 0) return index;
      this.#u8[cell] = 0;
    }
  }

  #uninstall(index: number): void {
    const installed = this.#installed[index];
    if (!installed) return;
    this.#installed[index] = undefined;
    const records = this.recordsOf(installed.entryPage);
    if (records !== 0)
      for (const entry of installed.entries) {
        const record = records + (offsetOf(entry) / 2) * RECORD_BYTES;
        const isOurs =
          this.#u16[record >> 1] === HANDLER_REGION && this.#i32[(record >> 2) + 2] === index;
        if (isOurs) this.#u16[record >> 1] = HANDLER_DECODE;
      }
    for (const page of installed.pages) this.#byPage.get(page)?.delete(index);
    // The table keeps the function: it may be running. The next translation takes the place.
    this.#free.push(index);
  }
}
