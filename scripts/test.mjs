#!/usr/bin/env node
// `npm test`: everything that CI runs, on a machine that may have nothing but Node. Goes on after
// a failure, so that one run shows all of them; the last line has the totals.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, root, runMain } from './lib/project.mjs';
import { collect, playwrightTotals, vitestTotals } from './lib/results.mjs';
import { runStatus } from './lib/run.mjs';
import { step } from './lib/steps.mjs';

/** @typedef {import('./lib/results.mjs').Totals} Totals */

const REPORTS = join(root, '.cache/test');

/**
 * @param {string} project
 * @returns {Promise<Totals>}
 */
function runVitest(project) {
  const report = join(REPORTS, `${project}.json`);
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', project];
  // In a log the verbose reporter shows each test as it ends.
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  return collect(report, vitestTotals, () => runStatus(process.execPath, [...args, ...reporters]));
}

/** @returns {Promise<Totals>} */
function runPlaywright() {
  const report = join(REPORTS, 'e2e.json');
  const args = ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'];
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return collect(report, playwrightTotals, () => runStatus(process.execPath, args, { env }));
}

/** Everything a test may need that is not a test. */
async function prepare() {
  const { ensureSystemPackages, testPackages } = await import('./lib/system.mjs');
  const { ensureBrowser } = await import('./lib/browser.mjs');
  const { prepareGuest } = await import('./lib/guest.mjs');
  const { buildNode, buildPage } = await import('./lib/build.mjs');
  await ensureSystemPackages(testPackages);
  await ensureBrowser();
  await buildNode();
  await buildPage();
  await step('Preparing the guest', () => prepareGuest());
}

/** @type {readonly { title: string, run: () => Promise<Totals> }[]} */
const suites = [
  { title: 'Unit tests', run: () => runVitest('unit') },
  {
    title: 'Set-up for the long tests',
    run: async () => {
      await prepare();
      return { passed: 0, failed: 0 };
    },
  },
  { title: 'Long tests', run: () => runVitest('long') },
  { title: 'Browser tests', run: runPlaywright },
];

/** @returns {Promise<Totals>} */
async function runAll() {
  const { failedChecks } = await import('./lib/checks.mjs');
  const totals = { passed: 0, failed: (await failedChecks()).length };
  for (const { title, run } of suites) {
    try {
      const { passed, failed } = await step(title, run);
      totals.passed += passed;
      totals.failed += failed;
    } catch (error) {
      // What comes next may still work, and says itself what it lacks.
      console.error(error instanceof Error ? error.message : error);
      totals.failed += 1;
    }
  }
  return totals;
}

await runMain(async () => {
  requireNode();
  await ensureModules();
  mkdirSync(REPORTS, { recursive: true });
  const { passed, failed } = await runAll();
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});
