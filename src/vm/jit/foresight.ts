/** Translations made before the machine runs, of pages that were hot on another: see `hot-list.ts`. */
import { sameBytes } from '../../base/bytes.ts';
import { DECODE_SLOTS, RAM } from '../layout.ts';
import { CompileAhead } from './compile-ahead.ts';
import type { HotPage } from './hot-list.ts';
import type { JobTranslator, TranslationJob } from './job.ts';
import type { Translation } from './region-code.ts';

const PAGE = 4096;
/** More pages than have records cannot be translated (R7). */
const MOST_PAGES = DECODE_SLOTS;

/** What was made of a page, and of which code. */
interface Foreseen {
  readonly hot: HotPage;
  readonly code: Uint8Array;
  readonly translation: Translation;
}

export class Foresight {
  readonly #ram: Uint8Array;
  readonly #translator: JobTranslator;
  readonly #waiting = new Map<number, HotPage>();
  readonly #made = new Map<number, Foreseen>();
  #ahead: CompileAhead | undefined;

  /** @param memory the machine's: its RAM may be written to meanwhile */
  constructor(memory: WebAssembly.Memory, translator: JobTranslator) {
    this.#ram = new Uint8Array(memory.buffer, RAM);
    this.#translator = translator;
  }

  /** These pages will be asked for. */
  foresee(pages: readonly HotPage[]): void {
    for (const hot of pages) {
      const { page } = hot;
      if (this.#made.size + this.#waiting.size >= MOST_PAGES && !this.#made.has(page)) return;
      this.#waiting.set(page, hot);
    }
  }

  /** Translates one page; true when there are more. */
  translateNext(): boolean {
    const [next] = this.#waiting.values();
    if (next === undefined) return false;
    this.#waiting.delete(next.page);
    this.#translate(next);
    return this.#waiting.size > 0;
  }

  #translate(hot: HotPage): void {
    const { page, entries, decoded } = hot;
    const code = this.#code(page).slice();
    try {
      const job = { kind: 'page', page, address: 0n, records: 0, entries, decoded } as const;
      const translation = this.#translator.translate(job);
      // A checkpoint may have been applied meanwhile: then this is of neither.
      if (!sameBytes(code, this.#code(page))) return;
      this.#ahead ??= new CompileAhead(MOST_PAGES);
      this.#ahead.compile(translation);
      this.#made.set(page, { hot, code, translation });
    } catch {
      // The code is not here yet, or no longer: it is translated when it is asked for.
      this.#made.delete(page);
    }
  }

  #code(page: number): Uint8Array {
    return this.#ram.subarray(page * PAGE, (page + 1) * PAGE);
  }

  /** What was made for a job, if that is still what it asks for. */
  translationOf(job: TranslationJob): Translation | undefined {
    if (job.kind !== 'page' || job.decoded === undefined) return undefined;
    const foreseen = this.#made.get(job.page);
    if (foreseen === undefined) return undefined;
    const { hot, code, translation } = foreseen;
    const isSame =
      sameBytes(job.decoded, hot.decoded) &&
      job.entries.join() === hot.entries.join() &&
      sameBytes(code, this.#code(job.page));
    return isSame ? translation : undefined;
  }
}
