/**
 * The translating engine: the interpreter runs everything first and counts jumps. Where a place is
 * hot, control is watched for a while, and what ran is translated into a region; the record of the
 * region's entry then leads to it. Translations are caches and
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
  STAT_REGION_INSTRUCTIONS,
  STAT_REGION_RUNS,
  TRANSLATED_PAGES,
} from '../layout.ts';
import { type PageFinder, Recorder } from './recorder.ts';
import { type Region, formRegion, pageOf } from './region.ts';
import { translate } from './translate.ts';

const PAGE = 4096;
const PAGE_MASK = -4096n;
/** The interpreter's records cover at most this many halfwords before an entry: fused pairs. */
const FUSED_LOOK_BACK = 2;
const FETCH = 2;

/** Regions that may exist at a time (R7): each costs some 40 KB in the host. */
export const MAX_REGIONS = 2048;

/** Regions translated in one slice: each takes a millisecond or two, the first ones several. */
const REGIONS_PER_SLICE = 1;

/** Hot places that wait for having run often enough (R7). */
const MAX_CANDIDATES = 1024;

export interface TranslatorOptions {
  /** Blocks to watch before a region is formed; 0 takes whatever was decoded, without watching. */
  readonly watch: number;
  /** Visits between two calls of `hot` for the same place. */
  readonly visits: number;
  /** Instructions that must have run in what would be a region before it is made. */
  readonly worth: number;
  /** Instructions in a region, about. */
  readonly mostInstructions: number;
}

/** What a region is formed from. */
type Watched = Pick<Recorder, 'entry' | 'pageAt' | 'arrivals' | 'targets'>;

/** A place that was watched, but has not run often enough yet to be worth a translation. */
interface Candidate {
  readonly watched: Watched;
  /** Calls of `hot` to come. */
  calls: number;
}

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
  /** Times that a region was run, and instructions executed in regions. */
  readonly runs: number;
  readonly executed: number;
}

export class Translator {
  readonly table: WebAssembly.Table;
  readonly #memory: WebAssembly.Memory;
  readonly #leaves: Leaves;
  readonly #imports: Record<string, WebAssembly.ImportValue>;
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  readonly #options: TranslatorOptions;
  readonly #candidates = new Map<number, Candidate>();
  #recorder: { readonly record: number; readonly recorder: Recorder } | undefined;
  #left = REGIONS_PER_SLICE;
  readonly #installed: (Installed | undefined)[] = [];
  readonly #byPage = new Map<number, Set<number>>();
  readonly #free: number[] = [];
  #oldest = 0;
  #regions = 0;
  #instructions = 0;
  #bytes = 0;
  #invalidations = 0;

  constructor(memory: WebAssembly.Memory, leaves: Leaves, options: TranslatorOptions) {
    this.#options = options;
    this.#i64 = new BigInt64Array(memory.buffer);
    this.#memory = memory;
    this.#leaves = leaves;
    this.#imports = { ...leaves };
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
      runs: Number(this.#i64[STAT_REGION_RUNS >> 3]),
      executed: Number(this.#i64[STAT_REGION_INSTRUCTIONS >> 3]),
    };
  }

  /** Runs a slice. */
  run(interpret: () => void): void {
    this.#left = REGIONS_PER_SLICE;
    const watched = this.#recorder;
    if (watched) {
      const goesOn = watched.recorder.run(interpret);
      if (watched.recorder.finished) {
        this.#recorder = undefined;
        this.#consider(watched.record, watched.recorder);
      }
      if (!goesOn) return;
    }
    interpret();
  }

  /** The interpreter found the place of this record, at address `pc`, hot. */
  readonly hot = (record: number, pc: bigint): void => {
    // What is refused here stays hot, and comes again.
    if (record < DECODED || this.#left === 0 || this.#recorder) return;
    const handler = this.#u16[record >> 1];
    if (handler === HANDLER_REGION || handler === HANDLER_DECODE) return;
    const page = this.#pageOfRecord(record);
    if (page === undefined) return;
    const candidate = this.#candidates.get(record);
    if (candidate) {
      candidate.calls -= 1;
      if (candidate.calls > 0) return;
      this.#left -= 1;
      this.#candidates.delete(record);
      this.#translate(record, candidate.watched);
      return;
    }
    this.#left -= 1;
    const base = pc & PAGE_MASK;
    const entry = Number(pc - base);
    const findPage = this.#pageFinder(page, base);
    const { watch } = this.#options;
    if (watch === 0) {
      this.#translate(record, this.#decodedCode(entry, findPage));
      return;
    }
    const recorder = new Recorder(this.#memory, base, entry, watch, findPage);
    this.#recorder = { record, recorder };
    this.#leaves.end_slice();
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

  /** Finds pages around the entry's, which lies at address `base`, in the present address space. */
  #pageFinder(entryPage: number, base: bigint): PageFinder {
    return (distance) => {
      if (distance === 0) return entryPage;
      const physical = this.#leaves.translate_debug(base + BigInt(distance * PAGE), FETCH);
      const page = Math.floor((Number(BigInt.asUintN(64, physical)) - RAM_PHYSICAL) / PAGE);
      // Stores into a page are noticed only when it has records.
      return physical >= 0n && this.#recordsOf(page) !== 0 ? page : undefined;
    };
  }

  /** All that was decoded, as if it had run once. */
  #decodedCode(entry: number, findPage: PageFinder): Watched {
    return {
      entry,
      pageAt: findPage,
      arrivals: (offset) => {
        const records = this.#recordsOf(findPage(pageOf(offset)) ?? -1);
        const record = records + ((offset & (PAGE - 1)) / 2) * RECORD_BYTES;
        return records !== 0 && this.#u16[record >> 1] !== HANDLER_DECODE ? 1 : 0;
      },
      targets: () => [],
    };
  }

  /** Decides when to translate a place that was watched. */
  #consider(record: number, watched: Watched): void {
    const { visits, worth } = this.#options;
    const formed = this.#form(record, watched);
    if (!formed) return;
    const calls = Math.ceil(worth / (formed.region.perVisit * visits)) - 1;
    if (calls <= 0) {
      this.#install(record, formed.entryPage, formed.region);
      return;
    }
    if (this.#candidates.size >= MAX_CANDIDATES)
      for (const oldest of [...this.#candidates.keys()].slice(0, MAX_CANDIDATES / 2))
        this.#candidates.delete(oldest);
    this.#candidates.set(record, { watched, calls });
  }

  #translate(record: number, watched: Watched): void {
    const formed = this.#form(record, watched);
    if (formed) this.#install(record, formed.entryPage, formed.region);
  }

  /** The region of an entry, unless its record or code have gone meanwhile. */
  #form(
    record: number,
    watched: Watched,
  ): { readonly entryPage: number; readonly region: Region } | undefined {
    const entryPage = watched.pageAt(0);
    if (entryPage === undefined || this.#pageOfRecord(record) !== entryPage) return undefined;
    const handler = this.#u16[record >> 1];
    if (handler === HANDLER_DECODE || handler === HANDLER_REGION) return undefined;
    const region = formRegion(
      {
        pageAt: (distance) => {
          const page = watched.pageAt(distance);
          return page !== undefined && this.#recordsOf(page) !== 0 ? page : undefined;
        },
        halfword: (page, offset) => this.#u16[(RAM + page * PAGE + offset) >> 1] ?? 0,
        arrivals: (offset) => watched.arrivals(offset),
        targets: (offset) => watched.targets(offset),
      },
      watched.entry,
      this.#options.mostInstructions,
    );
    return region && { entryPage, region };
  }

  #install(record: number, entryPage: number, region: Region): void {
    const { bytes, entryCost } = translate(region, (page) => this.#recordsOf(page));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.#memory },
      [LEAVES_MODULE]: this.#imports,
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
