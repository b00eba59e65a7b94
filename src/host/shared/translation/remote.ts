/** A machine's translations done by another thread that shares its memory. */
import { CompileAhead } from '../../../vm/jit/compile-ahead.ts';
import { Foresight } from '../../../vm/jit/foresight.ts';
import type { HotPage } from '../../../vm/jit/hot-list.ts';
import type { TranslationJob } from '../../../vm/jit/job.ts';
import { JobTranslator } from '../../../vm/jit/job.ts';
import type { Translation } from '../../../vm/jit/region-code.ts';
import type { DoneJob, TranslationService, TranslationTiming } from '../../../vm/jit/service.ts';
import { TranslationReader, TranslationWriter } from './channel.ts';

/** Jobs that may wait (R7); what is refused is asked for again while it stays hot. */
const MAX_WAITING = 32;
/** Compilations whose times are kept, for percentiles. */
const MAX_TIMES = 20_000;

/** What a translating thread is made with. */
export interface TranslationSetup {
  readonly memory: WebAssembly.Memory;
  readonly buffer: SharedArrayBuffer;
}

/** What it is sent: a job, or pages that there will be jobs for. */
export type TranslationRequest =
  { readonly id: number; readonly job: TranslationJob } | { readonly foreseen: readonly HotPage[] };

/** Does the jobs, in the translating thread. */
export class TranslationThread {
  readonly #translator: JobTranslator;
  readonly #writer: TranslationWriter;
  readonly #ahead = new CompileAhead(MAX_WAITING);
  readonly #foresight: Foresight;
  readonly #now: () => number;

  constructor({ memory, buffer }: TranslationSetup, now: () => number) {
    this.#now = now;
    this.#translator = new JobTranslator(memory);
    this.#foresight = new Foresight(memory, this.#translator);
    this.#writer = new TranslationWriter(buffer);
  }

  /** @returns why the job failed; code that changed under it is a good reason. */
  take(request: TranslationRequest): unknown {
    if ('foreseen' in request) {
      this.#foresight.foresee(request.foreseen);
      return undefined;
    }
    const { id, job } = request;
    const start = this.#now();
    let translation: Translation | undefined;
    let failure: unknown;
    try {
      translation = this.#foresight.translationOf(job);
      if (translation === undefined) {
        translation = this.#translator.translate(job);
        this.#ahead.compile(translation);
      }
    } catch (error) {
      failure = error;
    }
    this.#writer.write({ id, translation, milliseconds: this.#now() - start });
    return failure;
  }

  /** Translates what is foreseen, if there is anything; between two requests. True when there is more. */
  lookAhead(): boolean {
    return this.#foresight.translateNext();
  }
}

/** Gives jobs to the translating thread, in the machine's. */
export class RemoteTranslation implements TranslationService {
  readonly #post: (request: TranslationRequest) => void;
  readonly #now: () => number;
  readonly #reader: TranslationReader;
  readonly #times: number[] = [];
  #waiting = 0;
  #translatedMs = 0;

  constructor(
    buffer: SharedArrayBuffer,
    post: (request: TranslationRequest) => void,
    now: () => number,
  ) {
    this.#reader = new TranslationReader(buffer);
    this.#post = post;
    this.#now = now;
  }

  /** These pages will be asked for: to be called when the engine does not run. */
  foresee(pages: readonly HotPage[]): void {
    this.#post({ foreseen: pages });
  }

  request(id: number, job: TranslationJob): boolean {
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting += 1;
    this.#post({ id, job });
    return true;
  }

  take(): DoneJob | undefined {
    const done = this.#reader.read();
    if (!done) return undefined;
    this.#waiting -= 1;
    this.#translatedMs += done.milliseconds ?? 0;
    return done;
  }

  timed<T>(work: () => T): T {
    const start = this.#now();
    const result = work();
    this.#times.push(this.#now() - start);
    if (this.#times.length > MAX_TIMES) this.#times.splice(0, MAX_TIMES / 2);
    return result;
  }

  get timing(): TranslationTiming {
    const sorted = [...this.#times].sort((a, b) => a - b);
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
    return {
      translatedMs: this.#translatedMs,
      totalMs: sorted.reduce((sum, time) => sum + time, 0),
      p50Ms: at(0.5),
      p999Ms: at(0.999),
      maxMs: sorted.at(-1) ?? 0,
    };
  }
}
