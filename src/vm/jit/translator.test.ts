import { describe, expect, it } from 'vitest';
import { Code } from '../../../test/fuzz/code.ts';
import { RA, T0, ZERO, addi, bne, jalr } from '../../../test/fuzz/encode.ts';
import { defined } from '../../base/assert.ts';
import { firstOfFused, handlers } from '../cpu/interpreter/handlers.ts';
import { TestHart } from '../cpu/testing/test-hart.ts';
import {
  CPU_PC,
  CPU_REMAINING,
  DECODED,
  DECODE_SLOT_BYTES,
  PAGE_RECORDS,
  RAM,
  RAM_PHYSICAL,
  RECORD_BYTES,
  SLOT_PAGES,
  TRANSLATED_PAGES,
} from '../layout.ts';
import { JobTranslator, type TranslationJob } from './job.ts';
import type { DoneJob, TranslationService } from './service.ts';
import { Translator, type TranslatorOptions } from './translator.ts';

const PAGE = 4096;
const INSTRUCTION = defined(
  firstOfFused(handlers.findIndex(({ kind }) => kind === 'pair')),
  'the handler of an instruction',
);

/** Does a job when the test says so. */
class LateService implements TranslationService {
  readonly asked: { readonly id: number; readonly job: TranslationJob }[] = [];
  accepts = true;
  readonly timing = undefined;
  readonly #translator: JobTranslator;
  readonly #done: DoneJob[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#translator = new JobTranslator(memory);
  }

  request(id: number, job: TranslationJob): boolean {
    if (this.accepts) this.asked.push({ id, job });
    return this.accepts;
  }

  take(): DoneJob | undefined {
    return this.#done.shift();
  }

  timed<T>(work: () => T): T {
    return work();
  }

  /** Finishes what was asked for, in order. */
  finish(): void {
    for (const { id, job } of this.asked.splice(0))
      this.#done.push({ id, translation: this.#translator.translate(job) });
  }

  fail(): void {
    for (const { id } of this.asked.splice(0)) this.#done.push({ id, translation: undefined });
  }
}

const PAGES: TranslatorOptions = {
  ...{ pageCalls: 2, regionCalls: 0, watch: 0, visits: 1, worth: 0, mostInstructions: 40 },
  maxInvalidations: 2,
};
const REGIONS: TranslatorOptions = { ...PAGES, pageCalls: 0, regionCalls: 1 };

/** A translator on a machine whose RAM pages 0 to 3 hold a loop each, decoded. */
class Bed {
  readonly hart = new TestHart();
  readonly service = new LateService(this.hart.memory);
  readonly translator: Translator;

  constructor(options: TranslatorOptions) {
    const { memory, leaves } = this.hart;
    const u8 = new Uint8Array(memory.buffer);
    const u16 = new Uint16Array(memory.buffer);
    const code = new Code(0).emit(addi(T0, T0, -1), bne(T0, ZERO, -4), jalr(ZERO, RA, 0));
    for (let page = 0; page < 4; page++) {
      u8.set(code.bytes, RAM + page * PAGE);
      this.hart.setI32(PAGE_RECORDS + 4 * page, this.record(page, 0));
      this.hart.setI32(SLOT_PAGES + 4 * page, page);
      for (const offset of [0, 4, 8]) u16[this.record(page, offset) >> 1] = INSTRUCTION;
    }
    this.translator = new Translator(memory, leaves, options, this.service);
  }

  record(page: number, offset: number): number {
    return DECODED + page * DECODE_SLOT_BYTES + (offset / 2) * RECORD_BYTES;
  }

  /** The interpreter finds the page's loop hot, so many times. */
  hot(page: number, times: number): void {
    for (let i = 0; i < times; i++)
      this.translator.hot(this.record(page, 0), BigInt(RAM_PHYSICAL + page * PAGE));
  }

  slice(): void {
    this.translator.run(() => undefined);
  }

  kindAt(page: number): string {
    return this.translator.cache.kindAt(this.record(page, 0));
  }

  isWatched(page: number): boolean {
    return this.hart.view.getUint8(TRANSLATED_PAGES + page) !== 0;
  }
}

describe('a translator', () => {
  it('gives a hot page away, and installs what comes back before a later slice', () => {
    const bed = new Bed(PAGES);
    bed.hot(1, 1);
    expect(bed.service.asked).toEqual([]);
    bed.hot(1, 1);
    expect(bed.service.asked.map(({ job }) => job)).toEqual([
      { kind: 'page', page: 1, address: 0x80001000n, records: bed.record(1, 0), entries: [0] },
    ]);
    // Stores into it must be told from now on: the job reads the page.
    expect([0, 1].map((page) => bed.isWatched(page))).toEqual([false, true]);
    bed.slice();
    expect(bed.kindAt(1)).toBe('instruction');
    bed.service.finish();
    bed.slice();
    expect(bed.kindAt(1)).toBe('page');
    expect(bed.translator.statistics).toMatchObject({ pages: 1, regions: 0, invalidations: 0 });
    expect(bed.translator.statistics.bytes).toBeGreaterThan(100);
  });

  it('asks for a page once while it waits', () => {
    const bed = new Bed(PAGES);
    bed.hot(1, 20);
    expect(bed.service.asked).toHaveLength(1);
  });

  it('throws away what was translated from a page that has changed meanwhile', () => {
    const bed = new Bed(PAGES);
    bed.hot(1, 2);
    bed.hot(2, 2);
    bed.translator.translationsStale(1);
    bed.service.finish();
    bed.slice();
    expect([1, 2].map((page) => bed.kindAt(page))).toEqual(['instruction', 'page']);
    expect(bed.translator.statistics).toMatchObject({ pages: 1, invalidations: 0 });
    // It must be hotter than the first time.
    bed.hot(1, 3);
    expect(bed.service.asked).toHaveLength(0);
    bed.hot(1, 1);
    bed.service.finish();
    bed.slice();
    expect(bed.kindAt(1)).toBe('page');
  });

  it('throws away a region that was translated from a page that has changed meanwhile', () => {
    const bed = new Bed(REGIONS);
    bed.hot(1, 1);
    bed.hot(2, 1);
    expect(bed.service.asked.map(({ job }) => job.kind)).toEqual(['region', 'region']);
    bed.translator.translationsStale(1);
    bed.service.finish();
    bed.slice();
    expect([1, 2].map((page) => bed.kindAt(page))).toEqual(['instruction', 'region']);
    expect(bed.translator.statistics).toMatchObject({ pages: 0, regions: 1 });
  });

  it('goes on without what failed, and asks again', () => {
    const bed = new Bed(PAGES);
    bed.hot(1, 2);
    bed.service.fail();
    bed.slice();
    expect(bed.kindAt(1)).toBe('instruction');
    bed.hot(1, 2);
    expect(bed.service.asked).toHaveLength(1);
  });

  it('asks again for what was refused', () => {
    const bed = new Bed(PAGES);
    bed.service.accepts = false;
    bed.hot(1, 2);
    bed.service.accepts = true;
    bed.hot(1, 1);
    expect(bed.service.asked).toHaveLength(1);
    bed.service.finish();
    bed.slice();
    expect(bed.kindAt(1)).toBe('page');
  });

  it('installs two translations a slice at most', () => {
    const bed = new Bed(PAGES);
    for (const page of [0, 1, 2, 3]) bed.hot(page, 2);
    bed.service.finish();
    bed.slice();
    expect([0, 1, 2, 3].filter((page) => bed.kindAt(page) === 'page')).toEqual([0, 1]);
    bed.slice();
    expect([0, 1, 2, 3].filter((page) => bed.kindAt(page) === 'page')).toEqual([0, 1, 2, 3]);
  });

  it('asks no more for an entry that a translation cannot have, until the code changes', () => {
    const bed = new Bed(PAGES);
    /** An instruction that only the interpreter can do: the translation of its page begins elsewhere. */
    const hotAtEnd = (times: number): void => {
      new Uint16Array(bed.hart.memory.buffer)[bed.record(1, 4094) >> 1] = INSTRUCTION;
      for (let i = 0; i < times; i++)
        bed.translator.hot(bed.record(1, 4094), BigInt(RAM_PHYSICAL + PAGE + 4094));
    };
    bed.hot(1, 1);
    hotAtEnd(1);
    bed.service.finish();
    bed.slice();
    expect(bed.kindAt(1)).toBe('page');
    hotAtEnd(100);
    expect(bed.service.asked).toEqual([]);
    bed.translator.translationsStale(1);
    hotAtEnd(100);
    expect(bed.service.asked).toHaveLength(1);
  });

  it('installs nothing where nothing can be translated, and asks no more', () => {
    const bed = new Bed(PAGES);
    const record = bed.record(1, 4094);
    new Uint16Array(bed.hart.memory.buffer)[record >> 1] = INSTRUCTION;
    const hot = (): void => bed.translator.hot(record, BigInt(RAM_PHYSICAL + PAGE + 4094));
    hot();
    hot();
    bed.service.finish();
    bed.slice();
    expect(bed.translator.statistics).toMatchObject({ pages: 0, bytes: 0 });
    expect(bed.translator.cache.installations).toEqual([]);
    for (let i = 0; i < 100; i++) hot();
    expect(bed.service.asked).toEqual([]);
  });

  it('has what was hot elsewhere translated at the first sign of heat', () => {
    const bed = new Bed(PAGES);
    const decoded = new Uint8Array(256).fill(0b10101, 0, 1);
    bed.translator.foresee([1, 3].map((page) => ({ page, entries: [0, 8], decoded })));
    bed.service.accepts = false;
    bed.hot(1, 1);
    bed.service.accepts = true;
    bed.hot(1, 1);
    bed.hot(2, 1);
    expect(bed.service.asked.map(({ job }) => job)).toEqual([
      {
        ...{ kind: 'page', page: 1, address: 0x80001000n, records: bed.record(1, 0) },
        ...{ entries: [0, 8], decoded },
      },
    ]);
    // While it waits it is not asked for again, and later only as any other page.
    bed.hot(1, 20);
    expect(bed.service.asked).toHaveLength(1);
    bed.service.finish();
    bed.slice();
    expect(bed.kindAt(1)).toBe('page');
  });

  it('watches a place again when it should be worth a translation, and not before', () => {
    const bed = new Bed({ ...REGIONS, watch: 5, worth: 40 });
    const view = new Uint32Array(bed.hart.memory.buffer);
    let blocks = 0;
    /** Five blocks of the loop on page 1, two instructions each. */
    const runLoop = (): void => {
      bed.hart.setI32(CPU_REMAINING, 20);
      view[CPU_PC >> 2] = RAM_PHYSICAL + PAGE;
      view[(CPU_PC >> 2) + 1] = 0;
      bed.translator.run(() => {
        if (view[CPU_REMAINING >> 2] === 2) blocks += 1;
        view[CPU_REMAINING >> 2] = 0;
      });
    };
    bed.hot(1, 1);
    runLoop();
    expect([blocks, bed.service.asked.length]).toEqual([5, 0]);
    // 40 instructions are 20 visits of 2, of which one is over.
    bed.hot(1, 18);
    runLoop();
    expect([blocks, bed.service.asked.length]).toEqual([5, 0]);
    bed.hot(1, 1);
    runLoop();
    expect(blocks).toBe(10);
    expect(bed.service.asked.map(({ job }) => job.kind)).toEqual(['region']);
  });

  it('gives a page up that changes all the time', () => {
    const bed = new Bed(PAGES);
    let translations = 0;
    for (let round = 0; round < 6; round++) {
      bed.hot(1, 100);
      translations += bed.service.asked.length;
      bed.service.finish();
      bed.slice();
      bed.translator.translationsStale(1);
      // A store decodes anew what it has changed.
      new Uint16Array(bed.hart.memory.buffer)[bed.record(1, 0) >> 1] = INSTRUCTION;
    }
    expect(translations).toBe(3);
    expect(bed.translator.statistics).toMatchObject({ pages: 3, invalidations: 3 });
  });
});
