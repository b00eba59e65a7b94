import type { PairSample, Spread } from '../../host/browser/pair-types.ts';
import { formatBytes, formatRate } from '../words/format.ts';
import { formatMs } from '../words/milliseconds.ts';

/** A line of a chart. */
export interface SeriesSpec {
  readonly name: string;
  /** The design token of its colour. */
  readonly token: `--${string}`;
  /** Undefined where the sample has nothing to say: no checkpoint was made in its interval. */
  readonly value: (sample: PairSample) => number | undefined;
}

/** A chart: what it is called, what it means, and its lines. */
export interface ChartSpec {
  readonly id: string;
  readonly name: string;
  /** What is shown, for a newcomer. */
  readonly hint: string;
  /** A value with its unit, as in the caption. */
  readonly format: (value: number) => string;
  /** The same beside the axis, where there is little room. */
  readonly axis: (value: number) => string;
  /** The axis is divided at powers of two. */
  readonly binary?: boolean;
  /** The axis never ends below this: noise of an idle machine must not fill the picture. */
  readonly leastTop: number;
  readonly series: readonly SeriesSpec[];
}

type SpreadOf = (sample: PairSample) => Spread;

const measured =
  (spread: SpreadOf, part: 'mean' | 'most') =>
  (sample: PairSample): number | undefined => {
    const found = spread(sample);
    return found.count > 0 ? found[part] : undefined;
  };

const spreadSeries = (spread: SpreadOf): readonly SeriesSpec[] => [
  { name: 'mean', token: '--ink', value: measured(spread, 'mean') },
  { name: 'most', token: '--blue', value: measured(spread, 'most') },
];

const perSecond = (amount: number, { intervalMs }: PairSample): number | undefined =>
  intervalMs > 0 ? (amount * 1000) / intervalMs : undefined;

/** Round values need no decimals: `5 ms`, `1.5 MB`. */
const trim = (text: string): string =>
  text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
const axisMs = (ms: number): string => trim(formatMs(ms));
const formatPages = (pages: number): string => `${pages.toFixed(0)} pages`;
const formatPerSecond = (bytes: number): string => `${formatBytes(bytes)}/s`;

/** The charts of the dashboard, in their order. */
export const CHARTS: readonly ChartSpec[] = [
  {
    ...{ id: 'pause', name: 'Pause', format: formatMs, axis: axisMs, leastTop: 0.2 },
    hint: 'How long the machine stands still for a checkpoint.',
    series: spreadSeries((sample) => sample.pauseMs),
  },
  {
    ...{ id: 'dirty', name: 'Dirty pages', format: formatPages, axis: String, leastTop: 32 },
    hint: 'Pages of 4 KB that were written since the checkpoint before.',
    series: spreadSeries((sample) => sample.dirtyPages),
  },
  {
    ...{ id: 'bytes', name: 'Bytes', format: formatPerSecond, leastTop: 4096 },
    axis: (value) => trim(formatPerSecond(value)),
    binary: true,
    hint: 'Raw: what changed in memory. Wire: what was sent for it.',
    series: [
      { name: 'raw', token: '--ink-faint', value: (sample) => perSecond(sample.rawBytes, sample) },
      {
        ...{ name: 'wire', token: '--blue' },
        value: (sample) => perSecond(sample.wireBytes, sample),
      },
    ],
  },
  {
    ...{ id: 'commit', name: 'Commit latency', format: formatMs, axis: axisMs, leastTop: 5 },
    hint: 'From taking a checkpoint to the standby’s word that it holds it.',
    series: spreadSeries((sample) => sample.commitMs),
  },
  {
    ...{ id: 'output', name: 'Output delay', format: formatMs, axis: axisMs, leastTop: 5 },
    hint: 'How long output waited to be shown until it was safe.',
    series: spreadSeries((sample) => sample.outputDelayMs),
  },
  {
    ...{ id: 'exposure', name: 'Exposure', format: formatMs, axis: axisMs, leastTop: 20 },
    hint: 'The age of the newest checkpoint: what a crash would lose.',
    series: [{ name: 'now', token: '--amber', value: (sample) => sample.exposureMs }],
  },
  {
    ...{ id: 'mips', name: 'Instructions', leastTop: 1e6 },
    format: (value) => `${formatRate(value)}/s`,
    axis: (value) => trim(formatRate(value)),
    hint: 'What the machine’s processor executes in a second.',
    series: [{ name: 'executed', token: '--green', value: ({ mips, load }) => mips * 1e6 * load }],
  },
];
