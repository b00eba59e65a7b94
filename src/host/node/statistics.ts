import type { TranslationStatistics } from '../../vm/jit/translator.ts';

export interface RunStatistics {
  /** Instructions of this run (not those before a snapshot). */
  readonly instructions: bigint;
  /** Host seconds spent running them. */
  readonly seconds: number;
  /** Host seconds from the first instruction to the end, idle time included. */
  readonly wallSeconds: number;
  readonly exceptions: bigint;
  readonly interrupts: bigint;
  /** Absent for the interpreter. */
  readonly translation?: TranslationStatistics | undefined;
}

/** What the engines did, for people: names and figures of `--stats`. */
function translationFigures(translation: TranslationStatistics, instructions: number): object {
  const { pages, regions, bytes, invalidations, runs, executed, timing } = translation;
  const translated = instructions > 0 ? Math.min(1, executed / instructions) : 0;
  const ms = (value: number): number => rounded(value, 3);
  return {
    ...{ pages, regions, bytes, invalidations, runs, executed },
    share: { translated: rounded(translated, 4), interpreted: rounded(1 - translated, 4) },
    ...(timing && {
      compileMs: ms(timing.translatedMs),
      // The engine's own thread stands still for these.
      timing: {
        ...{ totalMs: ms(timing.totalMs), p50Ms: ms(timing.p50Ms) },
        ...{ p999Ms: ms(timing.p999Ms), maxMs: ms(timing.maxMs) },
      },
    }),
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Prints what a run did, as one line of JSON on stderr. */
export function printStatistics(run: RunStatistics): void {
  const instructions = Number(run.instructions);
  const line = {
    instructions,
    seconds: rounded(run.seconds, 6),
    mips: run.seconds > 0 ? rounded(instructions / run.seconds / 1e6, 2) : 0,
    traps: Number(run.exceptions + run.interrupts),
    exceptions: Number(run.exceptions),
    interrupts: Number(run.interrupts),
    wallSeconds: rounded(run.wallSeconds, 6),
    ...(run.translation && { translation: translationFigures(run.translation, instructions) }),
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
