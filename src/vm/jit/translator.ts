/**
 * The translating engine: the interpreter runs everything first and counts jumps. A page in which places are hot
 * is translated as a whole. Where a place in it stays hot, control is watched for a while, and what ran
 * is translated again as a region, with the functions that it calls. The records of the entries then
 * lead to the translations.
 */
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import type { Leaves } from '../cpu/leaves.ts';
import { DECODED, HANDLER_DECODE, RAM, RAM_PHYSICAL, RECORD_BYTES } from '../layout.ts';
import { STAT_REGION_INSTRUCTIONS, STAT_REGION_RUNS } from '../layout.ts';
import { CodeCache, type Enter, type Installation } from './code-cache.ts';
import type { HotPage } from './hot-list.ts';
import { regionJob, type TranslationJob } from './job.ts';
import { type PageFinder, Recorder } from './recorder.ts';
import { type Region, formRegion, pageOf } from './region.ts';
import { ENTER, type Translation, offsetOf } from './region-code.ts';
import type { TranslationService, TranslationTiming } from './service.ts';

const PAGE = 4096;
const PAGE_MASK = -4096n;
const FETCH = 2;

/** Translations installed in one slice: each takes about a millisecond. */
const INSTALLS_PER_SLICE = 2;

/** Hot places, and pages, that are remembered (R7). */
const MAX_REMEMBERED = 4096;

export interface TranslatorOptions {
  /** Calls of `hot` for places in a page before it is translated; 0 for never. */
  readonly pageCalls: number;
  /** Calls of `hot` for a place before it is watched; 0 for never. */
  readonly regionCalls: number;
  /** Blocks to watch before a region is formed; 0 takes whatever was decoded, without watching. */
  readonly watch: number;
  /** Visits between two calls of `hot` for the same place. */
  readonly visits: number;
  /** Instructions that must have run in what would be a region before it is made. */
  readonly worth: number;
  /** Instructions in a region, about. */
  readonly mostInstructions: number;
  /**
   * A page whose translation was thrown away so often is translated no more: it is written to all the time.
   * Until then it must be hotter each time.
   */
  readonly maxInvalidations: number;
}

/** What a region is formed from. */
type Watched = Pick<Recorder, 'entry' | 'pageAt' | 'arrivals' | 'targets'>;

/** A place by its record, until it is translated. */
interface Place {
  /** Where its page was in the address space of whoever came first. */
  readonly base: bigint;
  /** Calls of `hot` so far. */
  calls: number;
  /**
   * Calls at which it is watched. If it was found not to be worth a translation yet, it is watched anew when it
   * should be: what was seen of thousands of places would take megabytes, and be old by then.
   */
  watchAt: number;
}

interface PageHeat {
  /** Calls of `hot` for places that no translation begins at. */
  calls: number;
  readonly entries: Set<number>;
  /** Those that a translation was asked for and does not have: an instruction across two pages, for one. */
  readonly refused: Set<number>;
  invalidations: number;
}

const newHeat = (): PageHeat => ({
  ...{ calls: 0, entries: new Set(), refused: new Set(), invalidations: 0 },
});

/** A job that was given away. */
type Pending = Pick<Installation, 'kind' | 'entryPage' | 'pages'> & {
  /** Entries of a page that were asked for. */
  readonly wanted: readonly number[];
  stale: boolean;
};

/** Figures for `--stats`. */
export interface TranslationStatistics {
  readonly pages: number;
  readonly regions: number;
  readonly bytes: number;
  readonly invalidations: number;
  /** Times that the engine entered translated code, and instructions executed there. */
  readonly runs: number;
  readonly executed: number;
  readonly timing: TranslationTiming | undefined;
}

export class Translator {
  readonly cache: CodeCache;
  readonly #memory: WebAssembly.Memory;
  readonly #leaves: Leaves;
  readonly #imports: Record<string, WebAssembly.ImportValue>;
  readonly #u16: Uint16Array;
  readonly #i64: BigInt64Array;
  readonly #options: TranslatorOptions;
  readonly #service: TranslationService;
  readonly #places = new Map<number, Place>();
  readonly #pages = new Map<number, PageHeat>();
  readonly #pending = new Map<number, Pending>();
  /** Pages that were hot elsewhere, and have not been asked for. */
  #foreseen = new Map<number, HotPage>();
  #recorder: { readonly record: number; readonly recorder: Recorder } | undefined;
  #nextId = 0;
  readonly #made = { page: 0, region: 0 };
  #bytes = 0;
  #invalidations = 0;

  constructor(
    memory: WebAssembly.Memory,
    leaves: Leaves,
    options: TranslatorOptions,
    service: TranslationService,
  ) {
    this.cache = new CodeCache(memory);
    this.#options = options;
    this.#service = service;
    this.#i64 = new BigInt64Array(memory.buffer);
    this.#memory = memory;
    this.#leaves = leaves;
    this.#imports = { ...leaves };
    this.#u16 = new Uint16Array(memory.buffer);
  }

  get statistics(): TranslationStatistics {
    return {
      pages: this.#made.page,
      regions: this.#made.region,
      bytes: this.#bytes,
      invalidations: this.#invalidations,
      runs: Number(this.#i64[STAT_REGION_RUNS >> 3]),
      executed: Number(this.#i64[STAT_REGION_INSTRUCTIONS >> 3]),
      timing: this.#service.timing,
    };
  }

  /**
   * These pages were hot elsewhere: each is translated as soon as it is found a little warm. To be called when the
   * machine's state is loaded.
   */
  foresee(pages: readonly HotPage[]): void {
    this.#foreseen = new Map(pages.map((hot) => [hot.page, hot]));
  }

  /** Asks for a page that was foreseen; false when there is none, or no room for a job. */
  #askForeseen(page: number, address: bigint, records: number): boolean {
    const foreseen = this.#foreseen.get(page);
    if (foreseen === undefined) return false;
    const { entries, decoded } = foreseen;
    const asked = this.#ask(
      { kind: 'page', page, address, records, entries, decoded },
      { kind: 'page', entryPage: page, pages: [page], wanted: entries, stale: false },
    );
    if (asked) this.#foreseen.delete(page);
    return asked;
  }

  #isPending(page: number): boolean {
    return [...this.#pending.values()].some((job) => job.kind === 'page' && job.entryPage === page);
  }

  /** Runs a slice. */
  run(interpret: () => void): void {
    if (this.#pending.size > 0) this.#install();
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
    if (record < DECODED || this.#recorder) return;
    const page = this.cache.pageOfRecord(record);
    const kind = this.cache.kindAt(record);
    if (page === undefined || kind === 'none' || kind === 'region') return;
    const offset = Number(pc & ~PAGE_MASK);
    const base = pc - BigInt(offset);
    const { pageCalls, regionCalls } = this.#options;
    if (pageCalls > 0 && kind === 'instruction') this.#hotInPage(page, base, offset);
    else if (regionCalls > 0) this.#hotPlace(record, page, base, offset);
  };

  /** Code of this RAM page has changed: no translation with code of it may run again. */
  translationsStale(page: number): void {
    const count = this.cache.uninstallPage(page);
    this.#invalidations += count;
    const known = this.#pages.get(page);
    if (known) {
      known.invalidations += 1;
      known.calls = 0;
      known.refused.clear();
    }
    for (const pending of this.#pending.values())
      if (pending.pages.includes(page)) pending.stale = true;
  }

  #hotInPage(page: number, address: bigint, offset: number): void {
    const { pageCalls, maxInvalidations } = this.#options;
    const known = this.#pages.get(page) ?? newHeat();
    remember(this.#pages, page, known);
    // Asked for again and again, its page would never be more than freshly translated.
    if (known.refused.has(offset)) return;
    known.entries.add(offset);
    if (this.#foreseen.size > 0 && this.#askForeseen(page, address, this.cache.recordsOf(page)))
      return;
    known.calls += 1;
    // What is added to a translation is translated again with all of it.
    const isTranslated = this.cache.translationOf(page) !== undefined;
    const patience = Number.isFinite(maxInvalidations) ? 1 << known.invalidations : 1;
    if (known.calls < pageCalls * patience * (isTranslated ? 2 : 1)) return;
    if (known.invalidations > maxInvalidations) return;
    if (this.#isPending(page)) return;
    const entries = [...known.entries];
    const records = this.cache.recordsOf(page);
    const asked = this.#ask(
      { kind: 'page', page, address, records, entries },
      { kind: 'page', entryPage: page, pages: [page], wanted: entries, stale: false },
    );
    if (asked) known.calls = 0;
  }

  #hotPlace(record: number, page: number, base: bigint, offset: number): void {
    const { regionCalls, watch } = this.#options;
    const place = this.#places.get(record) ?? { base, calls: 0, watchAt: regionCalls };
    remember(this.#places, record, place);
    place.calls += 1;
    if (place.calls < place.watchAt) return;
    const findPage = this.#pageFinder(page, base);
    if (watch === 0) {
      this.#translate(record, this.#decodedCode(offset, findPage));
      return;
    }
    const recorder = new Recorder(this.#memory, base, offset, watch, findPage);
    this.#recorder = { record, recorder };
    this.#leaves.end_slice();
  }

  /** Gives a job away; false when there are too many already. */
  #ask(job: TranslationJob, pending: Pending): boolean {
    const id = this.#nextId;
    if (!this.#service.request(id, job)) return false;
    this.#nextId += 1;
    this.#pending.set(id, pending);
    this.cache.watchPages(pending.pages);
    // This thread may have done it already.
    this.#install();
    return true;
  }

  /** Installs what has been translated. */
  #install(): void {
    for (let left = INSTALLS_PER_SLICE; left > 0; left--) {
      const done = this.#service.take();
      if (!done) return;
      const pending = this.#pending.get(done.id);
      this.#pending.delete(done.id);
      const { translation } = done;
      if (!pending || pending.stale || !translation) continue;
      this.#service.timed(() => {
        this.#installOne(pending, translation);
      });
    }
  }

  #installOne({ kind, entryPage, pages, wanted }: Pending, { bytes, entries }: Translation): void {
    const refused = this.#pages.get(entryPage)?.refused;
    for (const offset of wanted)
      if (!entries.some((entry) => offsetOf(entry) === offset)) refused?.add(offset);
    if (entries.length === 0) return;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.#memory },
      [LEAVES_MODULE]: this.#imports,
    });
    this.cache.install(instance.exports[ENTER] as Enter, { kind, entryPage, pages, entries });
    this.#made[kind] += 1;
    this.#bytes += bytes.length;
  }

  /** Finds pages around the entry's, which lies at address `base`, in the present address space. */
  #pageFinder(entryPage: number, base: bigint): PageFinder {
    return (distance) => {
      if (distance === 0) return entryPage;
      const physical = this.#leaves.translate_debug(base + BigInt(distance * PAGE), FETCH);
      const page = Math.floor((Number(BigInt.asUintN(64, physical)) - RAM_PHYSICAL) / PAGE);
      // Stores into a page are noticed only when it has records.
      return physical >= 0n && this.cache.recordsOf(page) !== 0 ? page : undefined;
    };
  }

  /** All that was decoded, as if it had run once. */
  #decodedCode(entry: number, findPage: PageFinder): Watched {
    return {
      entry,
      pageAt: findPage,
      arrivals: (offset) => {
        const records = this.cache.recordsOf(findPage(pageOf(offset)) ?? -1);
        const record = records + ((offset & (PAGE - 1)) / 2) * RECORD_BYTES;
        return records !== 0 && this.#u16[record >> 1] !== HANDLER_DECODE ? 1 : 0;
      },
      targets: () => [],
    };
  }

  /** Decides when to translate a place that was watched. */
  #consider(record: number, by: Watched): void {
    const region = this.#form(record, by);
    const place = this.#places.get(record);
    if (!region || !place) return;
    const { visits, worth } = this.#options;
    const calls = Math.ceil(worth / (region.perVisit * visits));
    if (calls <= place.calls) this.#give(record, place, region);
    else place.watchAt = calls;
  }

  #translate(record: number, watched: Watched): void {
    const region = this.#form(record, watched);
    const place = this.#places.get(record);
    if (region && place) this.#give(record, place, region);
  }

  #give(record: number, { base }: Place, region: Region): void {
    const entryPage = region.pages.get(0);
    if (entryPage === undefined) return;
    const pages = [...new Set(region.pages.values())];
    const job = regionJob(region, base, (page) => this.cache.recordsOf(page));
    if (this.#ask(job, { kind: 'region', entryPage, pages, wanted: [], stale: false }))
      this.#places.delete(record);
  }

  /** The region of an entry, unless its record or code have gone meanwhile. */
  #form(record: number, watched: Watched): Region | undefined {
    const entryPage = watched.pageAt(0);
    if (entryPage === undefined || this.cache.pageOfRecord(record) !== entryPage) return undefined;
    const kind = this.cache.kindAt(record);
    if (kind === 'none' || kind === 'region') return undefined;
    return formRegion(
      {
        pageAt: (distance) => {
          const page = watched.pageAt(distance);
          return page !== undefined && this.cache.recordsOf(page) !== 0 ? page : undefined;
        },
        halfword: (page, offset) => this.#u16[(RAM + page * PAGE + offset) >> 1] ?? 0,
        arrivals: (offset) => watched.arrivals(offset),
        targets: (offset) => watched.targets(offset),
      },
      watched.entry,
      this.#options.mostInstructions,
    );
  }
}

/** Sets an entry; the older half goes when there are too many. */
function remember<V>(map: Map<number, V>, key: number, value: V): void {
  if (map.size >= MAX_REMEMBERED)
    for (const old of [...map.keys()].slice(0, MAX_REMEMBERED / 2)) map.delete(old);
  map.set(key, value);
}
