/** Who translates: the engine's own thread, or another one. */
import { JobTranslator, type TranslationJob } from './job.ts';
import type { Translation } from './region-code.ts';

/** A job that was done; its translation is undefined when it failed because the code changed under it. */
export interface DoneJob {
  readonly id: number;
  readonly translation: Translation | undefined;
  /** What it took, where somebody looks at a clock. */
  readonly milliseconds?: number;
}

/** How long translations took. */
export interface TranslationTiming {
  /** All jobs, in the thread that does them. */
  readonly translatedMs: number;
  /** Times that the engine's thread stood still to install one. */
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface TranslationService {
  /** Takes a job; false when too many wait already. */
  request(id: number, job: TranslationJob): boolean;
  /** A job that is done, each once. */
  take(): DoneJob | undefined;
  /** Does what is left to do on the engine's thread, and may look at the clock. */
  timed<T>(work: () => T): T;
  /** Undefined where nothing is timed. */
  readonly timing: TranslationTiming | undefined;
}

/** Translates at once, on the thread that asks: every run of the same guest then translates the same. */
export class InlineTranslation implements TranslationService {
  readonly #translator: JobTranslator;
  readonly #done: DoneJob[] = [];
  readonly timing = undefined;

  constructor(memory: WebAssembly.Memory) {
    this.#translator = new JobTranslator(memory);
  }

  request(id: number, job: TranslationJob): boolean {
    this.#done.push({ id, translation: this.#translator.translate(job) });
    return true;
  }

  take(): DoneJob | undefined {
    return this.#done.shift();
  }

  timed<T>(work: () => T): T {
    return work();
  }
}
