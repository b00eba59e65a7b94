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
    ...(run.translation ? { translation: run.translation } : {}),
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
