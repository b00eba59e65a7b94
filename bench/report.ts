/**
 * The shape of a bench: `bench/<name>.bench.ts` exports `name` and `run`, and `npm run bench --
 * <name>` runs it. Benches are never tests: they state what was measured, and where.
 */

/** One measured figure. `n` measurements; `value` is their median when there are several. */
export interface Figure {
  /** What was measured, in snake case: `interpreter_mips_integer`. */
  readonly name: string;
  readonly value: number;
  /** `M/s`, `ms`, `MB`, … */
  readonly unit: string;
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly where: 'node' | 'chromium';
}

/** Takes figures as they come, so that an interrupted bench has told what it knew. */
export type Report = (figure: Figure) => void;

/** What a bench module exports. */
export interface Bench {
  /** The `bench` field of its figures. */
  readonly name: string;
  readonly run: (report: Report, args: readonly string[]) => Promise<void>;
  /** What it needs from the system besides what the guest needs. */
  readonly systemPackages?: (args: readonly string[]) => readonly SystemPackage[];
}

/** A package of Debian, and a command or the absolute path of a file that it brings. */
export interface SystemPackage {
  readonly name: string;
  readonly provides: string;
}

/** The middle of a list that is not empty (the mean of the two middle ones when it is even). */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no samples');
  return (upper + lower) / 2;
}

/** Makes a figure of repeated measurements, at least one. */
export function figure(
  name: string,
  unit: string,
  where: Figure['where'],
  samples: readonly number[],
): Figure {
  const [min, max] = [Math.min(...samples), Math.max(...samples)];
  return { name, value: median(samples), unit, n: samples.length, min, max, where };
}

/** Measures several times. */
export const times = async <T>(count: number, measure: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await measure());
  return results;
};
