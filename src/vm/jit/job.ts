/**
 * Translation as work that can be done elsewhere: a job says what to translate, in values that can be sent to another
 * thread with the same memory. The code itself is read from guest RAM: whoever asked throws the result away
 * when that has changed meanwhile.
 */
import { defined } from '../../base/assert.ts';
import { decode, lengthOf } from '../isa/decoder.ts';
import { HANDLER_DECODE, RAM, RECORD_BYTES } from '../layout.ts';
import type { ControlFlow, RegionInstruction } from './control-flow.ts';
import { isDecoded } from './hot-list.ts';
import { type Interval, formPage } from './page.ts';
import { translatePage } from './page-code.ts';
import { type Region, pageOf } from './region.ts';
import {
  type RecordsOf,
  type RegionShape,
  type TranslatedCode,
  type Translation,
  translateRegion,
} from './region-code.ts';

const PAGE = 4096;

/** All that was decoded of a page of RAM. */
export interface PageJob {
  readonly kind: 'page';
  readonly page: number;
  /** Where the page was in the address space of whoever ran it, for people. */
  readonly address: bigint;
  /** Address of its record 0. */
  readonly records: number;
  /** Offsets where control was seen to come from elsewhere. */
  readonly entries: readonly number[];
  /** Of a {@link HotPage}: counts as decoded, in place of what is. */
  readonly decoded?: Uint8Array;
}

/** A {@link Region} without its instructions. */
export interface RegionJob {
  readonly kind: 'region';
  /** Where the entry's page was in the address space of whoever ran it, for people. */
  readonly address: bigint;
  readonly blocks: readonly {
    readonly start: number;
    /** Where the instructions are. */
    readonly offsets: readonly number[];
    readonly end: ControlFlow;
    readonly successors: readonly (readonly [offset: number, block: number])[];
  }[];
  readonly pages: readonly {
    readonly distance: number;
    readonly page: number;
    readonly records: number;
  }[];
}

export type TranslationJob = PageJob | RegionJob;

/** The job of translating a region. */
export const regionJob = (
  region: Region,
  address: bigint,
  recordsOf: (page: number) => number,
): RegionJob => ({
  ...{ kind: 'region', address },
  blocks: region.blocks.map(({ start, instructions, end, successors }) => ({
    start,
    offsets: instructions.map(({ offset }) => offset),
    end,
    successors: [...successors],
  })),
  pages: [...region.pages].map(([distance, page]) => ({
    ...{ distance, page, records: recordsOf(page) },
  })),
});

/** What a job is about, read from RAM: everything that its translation depends on. */
export type JobCode =
  | { readonly kind: 'page'; readonly intervals: readonly Interval[] }
  | { readonly kind: 'region'; readonly region: RegionShape; readonly recordsOf: RecordsOf };

/** Translates what was read. */
export const translateCode = (code: JobCode): TranslatedCode =>
  code.kind === 'page'
    ? translatePage(code.intervals)
    : translateRegion(code.region, code.recordsOf);

/** Does jobs on the code in a machine's memory. */
export class JobTranslator {
  readonly #u16: Uint16Array;

  constructor(memory: WebAssembly.Memory) {
    this.#u16 = new Uint16Array(memory.buffer);
  }

  translate(job: TranslationJob): Translation {
    return translateCode(this.read(job));
  }

  read(job: TranslationJob): JobCode {
    return job.kind === 'page' ? this.#page(job) : this.#region(job);
  }

  #halfword(page: number, offset: number): number {
    return this.#u16[(RAM + page * PAGE + offset) >> 1] ?? 0;
  }

  #page({ page, records, entries, decoded }: PageJob): JobCode {
    const intervals = formPage({
      halfword: (offset) => this.#halfword(page, offset),
      isDecoded: (offset) =>
        decoded === undefined
          ? this.#u16[(records + (offset / 2) * RECORD_BYTES) >> 1] !== HANDLER_DECODE
          : isDecoded(decoded, offset),
      entries,
    });
    return { kind: 'page', intervals };
  }

  #region({ blocks, pages }: RegionJob): JobCode {
    const pageAt = new Map(pages.map(({ distance, page }) => [distance, page]));
    const recordsOf = new Map(pages.map(({ page, records }) => [page, records]));
    const instruction = (offset: number): RegionInstruction => {
      const page = defined(pageAt.get(pageOf(offset)), 'page of an instruction');
      const inPage = offset & (PAGE - 1);
      const lower = this.#halfword(page, inPage);
      const upper = lengthOf(lower) === 4 ? this.#halfword(page, inPage + 2) : 0;
      // Code that has just been changed may be no instruction: the result will be thrown away.
      return { offset, decoded: defined(decode((upper << 16) | lower), 'instruction') };
    };
    const region = {
      blocks: blocks.map(({ start, offsets, end, successors }) => ({
        ...{ start, end, successors: new Map(successors) },
        instructions: offsets.map(instruction),
      })),
      pages: pageAt,
    };
    return {
      ...{ kind: 'region', region },
      recordsOf: (page) => defined(recordsOf.get(page), 'records'),
    };
  }
}
