import { describe, expect, test } from 'vitest';
import type { PairSample } from '../../host/browser/pair-types.ts';
import type { TimedSample } from '../session/sample-ring.ts';
import { FAILOVER, FakePair, NOTHING, QUIET_SAMPLE, TAKEOVER } from '../testing/fake-pair.ts';
import { captionOf, chartDataOf, type Column } from './chart-data.ts';
import { CHARTS, type ChartSpec } from './chart-specs.ts';
import { dashboardFile, fileNameOf } from './export.ts';
import { summaryWords } from './summary.ts';
import { timelineOf } from './timeline.ts';
import { totalRows } from './totals.ts';

const NOW = 100_000;
const at = (wallMs: number, change: Partial<PairSample> = {}): TimedSample => ({
  wallMs,
  sample: { ...QUIET_SAMPLE, ...change },
});
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

function chart(id: string): ChartSpec {
  const spec = CHARTS.find((candidate) => candidate.id === id);
  if (spec === undefined) throw new Error(`no chart ${id}`);
  return spec;
}

describe('charts', () => {
  const words = (id: string, lines: Column[], index?: number): string[] =>
    captionOf(chart(id), lines, index).map(({ text }) => plain(text));

  test('share a time axis of seconds before now, and forget what is older than a minute', () => {
    const samples = [at(NOW - 61_000), at(NOW - 200), at(NOW - 100)];
    const { seconds, columns } = chartDataOf(samples, CHARTS, NOW);
    expect(seconds).toEqual([-0.2, -0.1]);
    for (const lines of columns) for (const line of lines) expect(line).toHaveLength(2);
  });

  test('show a silence as a gap, not as a line across it', () => {
    const samples = [at(NOW - 3000), at(NOW - 100)];
    const { seconds, columns } = chartDataOf(samples, [chart('exposure')], NOW);
    expect(seconds).toHaveLength(3);
    expect(columns[0]?.[0]).toEqual([14, null, 14]);
    expect(seconds.toSorted((a, b) => a - b)).toEqual(seconds);
  });

  test('have no value where no checkpoint was made, nor exposure where all is exposed', () => {
    const sample = at(NOW, { pauseMs: NOTHING, exposureMs: undefined });
    const { columns } = chartDataOf([sample], [chart('pause'), chart('exposure')], NOW);
    expect(columns).toEqual([[[null], [null]], [[null]]]);
  });

  test('count bytes by the second, whatever the interval', () => {
    const sample = at(NOW, { rawBytes: 5000, wireBytes: 1000, intervalMs: 200 });
    const { columns } = chartDataOf([sample], [chart('bytes')], NOW);
    expect(columns[0]).toEqual([[25_000], [5000]]);
  });

  test('say the newest value in words, or the one below the cursor', () => {
    const lines = [
      [0.5, 0.06, null],
      [1, 0.09, null],
    ];
    expect(words('pause', lines)).toEqual(['mean 0.06 ms', 'most 0.09 ms']);
    expect(words('pause', lines, 0)).toEqual(['mean 0.50 ms', 'most 1.0 ms']);
    expect(words('pause', [[], []])).toEqual([]);
    expect(words('exposure', [[14]])).toEqual(['14 ms']);
  });
});

describe('the summary', () => {
  test('is the minute in a sentence', () => {
    const busy = at(NOW, { pauseMs: { count: 4, least: 0, mean: 1, most: 2.5 }, wireBytes: 1024 });
    expect(plain(summaryWords([at(NOW), busy]))).toBe(
      'In the last minute: 7 checkpoints, the longest pause 2.5 ms, 10.1 KB sent.',
    );
  });

  test('says why there is nothing to say', () => {
    expect(summaryWords([])).toContain('No figures');
    expect(summaryWords([at(NOW, { pauseMs: NOTHING })])).toContain('No checkpoint');
  });
});

describe('the timeline of a takeover', () => {
  test('has every step with the time since the one before', () => {
    const steps = timelineOf(FAILOVER);
    expect(steps.map(({ name }) => name)).toEqual([
      'Last commit',
      'Last sign of life',
      'Silence noticed',
      'Witness won',
      'First instruction',
      'First output',
    ]);
    expect(steps.map(({ sinceMs }) => Math.round(sinceMs * 10) / 10)).toEqual([
      0, 11, 8.4, 7.7, 21.9, 3.6,
    ]);
    expect(steps.at(-1)?.atMs).toBeCloseTo(52.6);
  });

  test('leaves out what has not happened, and never goes backwards', () => {
    const silent = timelineOf({ ...FAILOVER, firstOutputAt: undefined, lastHeardAt: 4990 });
    expect(silent.map(({ name }) => name)).not.toContain('First output');
    expect(silent[0]?.name).toBe('Last sign of life');
    for (const { sinceMs } of silent) expect(sinceMs).toBeGreaterThanOrEqual(0);
  });
});

test('totals are named as info migrate names them', () => {
  const rows = totalRows(QUIET_SAMPLE.totals, TAKEOVER);
  const value = (name: string) => plain(rows.find((row) => row.name === name)?.value ?? '');
  expect(value('total ram')).toBe('262144 kbytes');
  expect(value('transferred ram')).toBe('17920 kbytes');
  expect(value('duplicate')).toBe('310 pages');
  expect(value('normal')).toBe('9200 pages');
  expect(value('dirty sync count')).toBe('415');
  expect(value('setup')).toBe('840 ms');
  expect(value('downtime')).toBe('38 ms');
  expect(totalRows(QUIET_SAMPLE.totals, undefined)[0]?.value).toBe('none yet');
});

test('the exported file holds everything, and is named by its time', () => {
  const now = new Date(Date.UTC(2026, 10, 20, 22, 3, 22, 123));
  const pair = new FakePair();
  pair.become({ takeovers: [TAKEOVER] });
  const file = dashboardFile(pair.state, [at(NOW)], now);
  expect(fileNameOf(file)).toBe('tandem-2026-11-20T22-03-22Z.json');
  expect(JSON.parse(JSON.stringify(file))).toMatchObject({
    format: 'tandem-dashboard',
    version: 1,
    pair: { takeovers: [{ failover: { downtimeMs: 38 } }] },
    samples: [{ wallMs: NOW, sample: { committed: 412 } }],
  });
});
