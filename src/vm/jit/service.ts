/** Who translates: the engine's own thread, or another one. */
import { JobTranslator, type TranslationJob } from './job.ts';
import type { Translation } from './region-code.ts';

/** A job that was done; undefined when it failed because the code changed under it. */
export interface DoneJob {
  readonly id: number;
  readonly translation: Translation | undefined;
}

export interface TranslationService {
  /** Takes a job; false when too many wait already. */
  request(id: number, job: TranslationJob): boolean;
  /** A job that is done, each once. */
  take(): DoneJob | undefined;
  /** Makes a module; the engine's thread waits for this alone. */
  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module;
}

/** Translates at once, on the thread that asks: every run of the same guest then translates the same. */
export class InlineTranslation implements TranslationService {
  readonly #translator: JobTranslator;
  readonly #done: DoneJob[] = [];

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

  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    return new WebAssembly.Module(bytes);
  }
}
