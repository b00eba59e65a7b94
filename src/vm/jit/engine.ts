/**
 * The translating engine: the interpreter runs everything once, counts jumps, and has hot places
 * translated into regions; a region's entry record then leads to it. Translations are caches and
 * never part of a saved state.
 */
import { defined } from '../../base/assert.ts';
import type { Leaves } from '../cpu/leaves.ts';
import { HANDLER_REGION } from '../cpu/interpreter/handlers.ts';
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import {
  DECODED,
  DECODE_SLOT_BYTES,
  HANDLER_DECODE,
  PAGE_RECORDS,
  RAM,
  RAM_PHYSICAL,
  RECORD_BYTES,
  SLOT_PAGES,
  TRANSLATED_PAGES,
} from '../layout.ts';
import { type CodeSource, type Region, formRegion } from './region.ts';
import { translate } from './translate.ts';

const PAGE = 4096;
const PAGE_MASK = -4096n;
const BYTES_PER_RECORD_OF_CODE = 2;
/** The interpreter's records cover at most this many halfwords before an entry: fused pairs. */
const FUSED_LOOK_BACK = 2;
const FETCH = 2;

/** Regions that may exist at a time (R7): each costs some 40 KB in the host. */
export const MAX_REGIONS = 2048;

/** Regions translated in one slice: each takes about a millisecond. */
const REGIONS_PER_SLICE = 2;

interface Installed {
  readonly record: number;
  readonly entryPage: number;
  readonly pages: readonly number[];
}

/** Figures for `--stats`. */
export interface TranslationStatistics {
  readonly regions: number;
  readonly translatedInstructions: number;
  readonly bytes: number;
  readonly invalidations: number;
}

export class Translator {
  readonly table: WebAssembly.Table;
  readonly #memory: WebAssembly.Memory;
  readonly #leaves: Leaves;
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  #left = REGIONS_PER_SLICE;
  readonly #installed: (Installed | undefined)[] = [];
  readonly #byPage = new Map<number, Set<number>>();
  readonly #free: number[] = [];
  #oldest = 0;
  #regions = 0;
  #instructions = 0;
  #bytes = 0;
  #invalidations = 0;

  constructor(memory: WebAssembly.Memory, leaves: Leaves) {
    this.#memory = memory;
    this.#leaves = leaves;
    this.#u8 = new Uint8Array(memory.buffer);
    this.#u16 = new Uint16Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: MAX_REGIONS });
    for (let i = MAX_REGIONS - 1; i >= 0; i--) this.#free.push(i);
  }

  get statistics(): TranslationStatistics {
    return {
      regions: this.#regions,
      translatedInstructions: this.#instructions,
      bytes: this.#bytes,
      invalidations: this.#invalidations,
    };
  }

  /** A new slice begins. */
  beginSlice(): void {
    this.#left = REGIONS_PER_SLICE;
  }

  /** The interpreter found the place of this record, at address `pc`, hot. */
  readonly hot = (record: number, pc: bigint): void => {
    // What is refused here stays hot, and comes again.
    if (record < DECODED || this.#left === 0 || this.#u16[record >> 1] === HANDLER_REGION) return;
    this.#left -= 1;
    this.#translate(record, pc);
  };

  /** Code of this RAM page has changed: no region with code of it may run again. */
  translationsStale(page: number): void {
    for (const index of this.#byPage.get(page) ?? []) {
      this.#invalidations += 1;
      this.#uninstall(index);
    }
  }

  #pageOfRecord(record: number): number | undefined {
    const slot = Math.floor((record - DECODED) / DECODE_SLOT_BYTES);
    const page = this.#i32[(SLOT_PAGES >> 2) + slot] ?? -1;
    return page < 0 ? undefined : page;
  }

  #recordsOf(page: number): number {
    return this.#i32[(PAGE_RECORDS >> 2) + page] ?? 0;
  }

  #translate(record: number, pc: bigint): void {
    const page = this.#pageOfRecord(record);
    if (page === undefined) return;
    const records = this.#recordsOf(page);
    const handler = this.#u16[record >> 1];
    if (records === 0 || handler === HANDLER_DECODE || handler === HANDLER_REGION) return;
    const entry = ((record - records) / RECORD_BYTES) * BYTES_PER_RECORD_OF_CODE;
    const region = formRegion(this.#source(page, pc & PAGE_MASK), entry);
    if (region) this.#install(record, page, region);
  }

  /** Code around a page at address `base`; its neighbours are those of the current address space. */
  #source(entryPage: number, base: bigint): CodeSource {
    const u16 = this.#u16;
    return {
      pageAt: (distance) => {
        if (distance === 0) return entryPage;
        const physical = this.#leaves.translate_debug(base + BigInt(distance * PAGE), FETCH);
        const page = Math.floor((Number(BigInt.asUintN(64, physical)) - RAM_PHYSICAL) / PAGE);
        return physical >= 0n && this.#recordsOf(page) !== 0 ? page : undefined;
      },
      halfword: (page, offset) => u16[(RAM + page * PAGE + offset) >> 1] ?? 0,
      isWarm: (page, offset) => {
        const records = this.#recordsOf(page);
        return (
          records !== 0 && u16[(records + (offset / 2) * RECORD_BYTES) >> 1] !== HANDLER_DECODE
        );
      },
    };
  }

  #install(record: number, entryPage: number, region: Region): void {
    const { bytes, entryCost } = translate(region, (page) => this.#recordsOf(page));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.#memory },
      [LEAVES_MODULE]: { ...this.#leaves },
    });
    const index = this.#takeIndex();
    this.table.set(index, instance.exports['region'] as () => void);
    const pages = [...new Set(region.pages.values()), entryPage];
    this.#installed[index] = { record, entryPage, pages };
    for (const page of pages) {
      const set = this.#byPage.get(page) ?? new Set();
      set.add(index);
      this.#byPage.set(page, set);
      this.#u8[TRANSLATED_PAGES + page] = 1;
    }
    // A pair fused with the entry runs from the entry's own fields, which are about to go.
    for (let back = 1; back <= FUSED_LOOK_BACK; back++) {
      const before = record - back * RECORD_BYTES;
      if (before >= this.#recordsOf(entryPage)) this.#u16[before >> 1] = HANDLER_DECODE;
    }
    this.#u16[(record >> 1) + 1] = entryCost;
    this.#i32[(record >> 2) + 2] = index;
    this.#u16[record >> 1] = HANDLER_REGION;
    this.#regions += 1;
    this.#instructions += region.instructionCount;
    this.#bytes += bytes.length;
  }

  #takeIndex(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const index = this.#oldest;
    this.#oldest = (this.#oldest + 1) % MAX_REGIONS;
    this.#uninstall(index);
    return defined(this.#free.pop(), 'the index just freed');
  }

  #uninstall(index: number): void {
    const installed = this.#installed[index];
    if (!installed) return;
    this.#installed[index] = undefined;
    const { record, entryPage, pages } = installed;
    const records = this.#recordsOf(entryPage);
    const stillThere = records !== 0 && record >= records && record < records + DECODE_SLOT_BYTES;
    if (stillThere && this.#u16[record >> 1] === HANDLER_REGION)
      this.#u16[record >> 1] = HANDLER_DECODE;
    for (const page of pages) this.#byPage.get(page)?.delete(index);
    // The table keeps the function: it may be running. The next translation takes the place.
    this.#free.push(index);
  }
}
