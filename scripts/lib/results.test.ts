import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collect, playwrightTotals, vitestTotals } from './results.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tandem-results-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('totals', () => {
  it('of vitest count a file that did not load as a failure', () => {
    const report = {
      numPassedTests: 5,
      numFailedTests: 1,
      testResults: [
        { status: 'passed', assertionResults: [{}, {}] },
        { status: 'failed', assertionResults: [{}] },
        { status: 'failed', assertionResults: [] },
      ],
    };
    expect(vitestTotals(JSON.stringify(report))).toEqual({ passed: 5, failed: 2 });
  });

  it('of Playwright count flaky tests and errors outside tests as failures', () => {
    const report = { stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 }, errors: [{}] };
    expect(playwrightTotals(JSON.stringify(report))).toEqual({ passed: 3, failed: 3 });
  });
});

describe('collect', () => {
  const file = join(folder, 'report.json');
  const read = (text: string) => JSON.parse(text) as { passed: number; failed: number };
  const runner = (status: number, passed?: number, failed?: number) => () => {
    if (passed !== undefined) writeFileSync(file, JSON.stringify({ passed, failed }));
    return Promise.resolve(status);
  };

  it('takes the totals of the report', async () => {
    expect(await collect(file, read, runner(0, 4, 0))).toEqual({ passed: 4, failed: 0 });
    expect(await collect(file, read, runner(1, 4, 2))).toEqual({ passed: 4, failed: 2 });
  });

  it('never calls a failing runner a success', async () => {
    expect(await collect(file, read, runner(1, 4, 0))).toEqual({ passed: 4, failed: 1 });
    expect(await collect(file, read, runner(2))).toEqual({ passed: 0, failed: 1 });
  });
});
