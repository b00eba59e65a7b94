import type { TimedSample } from '../session/sample-ring.ts';
import type { ChartSpec } from './chart-specs.ts';

/** What a chart shows. */
export const WINDOW_SECONDS = 60;
/** Samples come ten a second; a silence longer than this is a gap in the line. */
const GAP_MS = 500;

/** A column of values, `null` where there is none. */
export type Column = (number | null)[];

/** The charts' common time axis and, for each chart, a column a line. */
export interface ChartData {
  /** Seconds before now, rising to 0. */
  readonly seconds: number[];
  readonly columns: readonly (readonly Column[])[];
}

/** Samples as columns; gaps between them are rows without values. Pure. */
export function chartDataOf(
  samples: readonly TimedSample[],
  specs: readonly ChartSpec[],
  nowMs: number,
): ChartData {
  const seconds: number[] = [];
  const columns = specs.map(({ series }) => series.map((): Column => []));
  const oldest = nowMs - WINDOW_SECONDS * 1000;
  let before: number | undefined;
  for (const { wallMs, sample } of samples) {
    if (wallMs < oldest) continue;
    if (before !== undefined && wallMs - before > GAP_MS) {
      seconds.push((before - nowMs) / 1000 + GAP_MS / 2000);
      for (const lines of columns) for (const line of lines) line.push(null);
    }
    before = wallMs;
    seconds.push((wallMs - nowMs) / 1000);
    specs.forEach(({ series }, chart) => {
      series.forEach(({ value }, line) => columns[chart]?.[line]?.push(value(sample) ?? null));
    });
  }
  return { seconds, columns };
}

/** The newest value of a column, and where it is. */
export function newestOf(column: readonly (number | null)[]): number | undefined {
  return column.findLast((value) => value !== null) ?? undefined;
}

/** What a line says in words. */
export interface CaptionPart {
  readonly token: string;
  /** `mean 0.06 ms`; the value alone where there is only one line. */
  readonly text: string;
}

/** A chart in words, a part a line: the row at `index`, or the newest there is. Pure. */
export function captionOf(
  spec: ChartSpec,
  lines: readonly Column[],
  index: number | undefined,
): readonly CaptionPart[] {
  return spec.series.flatMap(({ name, token }, line) => {
    const column = lines[line] ?? [];
    const value = index === undefined ? newestOf(column) : (column[index] ?? undefined);
    if (value === undefined) return [];
    const words = spec.format(value);
    return [{ token, text: spec.series.length === 1 ? words : `${name} ${words}` }];
  });
}
