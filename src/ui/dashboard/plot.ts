import uPlot from 'uplot';
import { readColours } from '../colours.ts';
import { WINDOW_SECONDS } from './chart-data.ts';
import type { ChartSpec } from './chart-specs.ts';
import './charts.css';

export const CHART_HEIGHT = 112;
/** Charts of one key share their cursor. */
const CURSOR_KEY = 'tandem';
const AXIS_TOKENS = ['--ink-faint', '--line', '--violet'] as const;
const X_SPLITS = [-60, -45, -30, -15, 0];
const X_WORDS = ['1 min ago', '', '30 s', '', 'now'];
/** Steps of an axis of bytes: powers of two from 1 KB to 1 TB. */
const BINARY_STEPS = Array.from({ length: 31 }, (_, power) => 1024 * 2 ** power);
const FONT = '11px sans-serif';

export interface PlotParts {
  readonly spec: ChartSpec;
  readonly place: HTMLElement;
  /** Moments of takeovers, in seconds before now. */
  readonly marks: () => readonly number[];
  /** The row below the shared cursor; undefined when there is none. */
  readonly onCursor: (index: number | undefined) => void;
}

type Paint = (token: string) => string;

/** Rows of a line that have a value and no neighbour with one. */
function lonely(plot: uPlot, series: number): number[] {
  const column = plot.data[series] ?? [];
  const missing = (value: number | null | undefined): boolean =>
    value === null || value === undefined;
  return [...column.keys()].filter(
    (row) => !missing(column[row]) && missing(column[row - 1]) && missing(column[row + 1]),
  );
}

function seriesOf(spec: ChartSpec, paint: Paint): uPlot.Series[] {
  return spec.series.map(({ name, token }) => ({
    label: name,
    stroke: () => paint(token),
    width: 1.5,
    // A checkpoint now and then is a dot: a line needs two neighbours to show.
    points: {
      ...{ show: true, size: 4, width: 0, filter: lonely },
      stroke: () => paint(token),
      fill: () => paint(token),
    },
  }));
}

function axesOf(spec: ChartSpec, paint: Paint): uPlot.Axis[] {
  const common = {
    stroke: () => paint('--ink-faint'),
    font: FONT,
    ticks: { show: false },
    grid: { stroke: () => paint('--line'), width: 1 },
  };
  return [
    { ...common, size: 20, gap: 4, splits: X_SPLITS, values: X_WORDS },
    {
      ...common,
      ...{ size: 64, gap: 6, space: 34 },
      ...(spec.binary === true ? { incrs: BINARY_STEPS } : {}),
      values: (_plot, splits) => splits.map((value) => (value === 0 ? '0' : spec.axis(value))),
    },
  ];
}

function drawMarks(plot: uPlot, marks: readonly number[], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const mark of marks) {
    if (mark < -WINDOW_SECONDS || mark > 0) continue;
    const x = plot.valToPos(mark, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Puts a chart of the last minute into `place`, as wide as it; the colours are those of the present theme. */
export function createPlot({ spec, place, marks, onCursor }: PlotParts): uPlot {
  const tokens = [...AXIS_TOKENS, ...spec.series.map(({ token }) => token)];
  let colours = readColours(place, tokens);
  const paint: Paint = (token) => colours[token] ?? 'gray';
  const options: uPlot.Options = {
    ...{ width: Math.max(1, place.clientWidth), height: CHART_HEIGHT },
    padding: [6, 14, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      points: { size: 7 },
      sync: { key: CURSOR_KEY },
      y: false,
    },
    scales: {
      x: { time: false, range: () => [-WINDOW_SECONDS, 0] },
      y: { range: (_plot, _min, max) => [0, Math.max(spec.leastTop, (max || 0) * 1.1)] },
    },
    axes: axesOf(spec, paint),
    series: [{}, ...seriesOf(spec, paint)],
    hooks: {
      drawClear: [
        () => {
          colours = readColours(place, tokens);
        },
      ],
      draw: [
        (plot) => {
          drawMarks(plot, marks(), paint('--violet'));
        },
      ],
      setCursor: [
        ({ cursor: { idx, left } }) => {
          const over = left !== undefined && left >= 0;
          onCursor(over ? (idx ?? undefined) : undefined);
        },
      ],
    },
  };
  return new uPlot(options, [[]], place);
}
