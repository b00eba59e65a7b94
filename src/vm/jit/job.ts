/**
 * Translation as work that can be done elsewhere: a job says what to translate, in values that can be sent to another
 * thread with the same memory. The code itself is read from guest RAM: whoever asked throws the result away
 * when that has changed meanwhile.
 */
import { defined } from '../../base/assert.ts';
import { decode, lengthOf } from '../isa/decoder.ts';
import { HANDLER_DECODE, RAM, RECORD_BYTES } from '../layout.ts';
import type { ControlFlow, RegionInstruction } from './control-flow.ts';
import { formPage } from './page.ts';
import { translatePage } from './page-code.ts';
import { type Region, pageOf } from './region.ts';
import { type Translation, translateRegion } from './region-code.ts';

const PAGE = 4096;

/** All that was decoded of a page of RAM. */
export interface PageJob {
  readonly kind: 'page';
  readonly page: number;
  /** Address of its record 0. */
  readonly records: number;
  /** Offsets where control was seen to come from elsewhere. */
  readonly entries: readonly number[];
}

/** A {@link Region} without its instructions. */
export interface RegionJob {
  readonly kind: 'region';
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
export const regionJob = (region: Region, recordsOf: (page: number) => number): RegionJob => ({
  kind: 'region',
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

/** Does jobs on the code in a machine's memory. */
export class JobTranslator {
  readonly #u16: Uint16Array;

  constructor(memory: WebAssembly.Memory) {
    this.#u16 = new Uint16Array(memory.buffer);
  }

  translate(job: TranslationJob): Translation {
    return job.kind === 'page' ? this.#page(job) : this.#region(job);
  }

  #halfword(page: number, offset: number): number {
    return this.#u16[(RAM + page * PAGE + offset) >> 1] ?? 0;
  }

  #page({ page, records, entries }: PageJob): Translation {
    return translatePage(
      formPage({
        halfword: (offset) => this.#halfword(page, offset),
        isDecoded: (offset) =>
          this.#u16[(records + (offset / 2) * RECORD_BYTES) >> 1] !== HANDLER_DECODE,
        entries,
      }),
    );
  }

  #region({ blocks, pages }: RegionJob): Translation {
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
    return translateRegion(region, (page) => defined(recordsOf.get(page), 'records'));
  }
}
