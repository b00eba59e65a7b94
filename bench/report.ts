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

/** What stands behind a bench's name: `--kills 8 --only kills,echo`. */
export type BenchOptions = Readonly<Record<string, string>>;

/** What a bench module exports. */
export interface Bench {
  /** The `bench` field of its figures. */
  readonly name: string;
  /** Options that it takes; none when absent. */
  readonly options?: readonly string[];
  readonly run: (report: Report, options: BenchOptions) => Promise<void>;
  /** What it needs from the system besides what the guest needs. */
  readonly systemPackages?: (options: BenchOptions) => readonly SystemPackage[];
}

/** A package of Debian, and a command or the absolute path of a file that it brings. */
export interface SystemPackage {
  readonly name: string;
  readonly provides: string;
}

/** A count that was asked for, or the usual one. */
export function countOf(options: BenchOptions, name: string, usual: number): number {
  const count = Number(options[name] ?? usual);
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`--${name} needs a count`);
  return count;
}

/** The parts that were asked for with `--only`; all of them without it. */
export function partsOf<P extends string>(options: BenchOptions, all: readonly P[]): readonly P[] {
  const wanted = options['only']?.split(',');
  if (wanted === undefined) return all;
  const unknown = wanted.find((part) => !all.some((known) => known === part));
  if (unknown !== undefined)
    throw new RangeError(`there is no part ${unknown}; there are ${all.join(', ')}`);
  return all.filter((part) => wanted.includes(part));
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
