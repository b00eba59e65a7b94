import { existsSync, readFileSync, rmSync } from 'node:fs';

/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 */

/** @param {number} value */
const count = (value) => (Number.isInteger(value) ? value : 0);

/**
 * Totals of a run of vitest, from its JSON reporter's file. A test file that could not even be
 * loaded has no tests, and counts as one failure.
 * @param {string} text
 * @returns {Totals}
 */
export function vitestTotals(text) {
  const report = JSON.parse(text);
  /** @type {{ status: string, assertionResults: unknown[] }[]} */
  const files = report.testResults;
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  return { passed: count(report.numPassedTests), failed: count(report.numFailedTests) + broken };
}

/**
 * Totals of a run of Playwright, from its JSON reporter's file. A test that passed at a second try
 * counts as failed; errors outside tests (a server that did not start) count as one each.
 * @param {string} text
 * @returns {Totals}
 */
export function playwrightTotals(text) {
  const { stats, errors } = JSON.parse(text);
  return {
    passed: count(stats.expected),
    failed: count(stats.unexpected) + count(stats.flaky) + errors.length,
  };
}

/**
 * Runs a test runner that writes a report, and reads it. A runner that fails without a failure in
 * its report (or without a report) counts as one failure: nothing that went wrong is lost.
 * @param {string} reportFile
 * @param {(text: string) => Totals} read
 * @param {() => Promise<number>} runner Resolves to its exit status.
 * @returns {Promise<Totals>}
 */
export async function collect(reportFile, read, runner) {
  rmSync(reportFile, { force: true });
  const status = await runner();
  const totals = existsSync(reportFile)
    ? read(readFileSync(reportFile, 'utf8'))
    : { passed: 0, failed: 0 };
  const silent = status !== 0 && totals.failed === 0;
  return silent ? { ...totals, failed: 1 } : totals;
}
