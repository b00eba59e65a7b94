#!/usr/bin/env node
// `npm test`: everything that CI runs, on a machine that may have nothing but Node. Goes on after
// a failure, so that one run shows all of them; the last line has the totals.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureModules } from './lib/modules.mjs';
import { Failure, requireNode, root, runMain } from './lib/project.mjs';
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

/** Programs of the system that tests call. */
async function prepareSystem() {
  const { ensureSystemPackages, testPackages } = await import('./lib/system.mjs');
  const { ensureBrowser } = await import('./lib/browser.mjs');
  await ensureSystemPackages(testPackages);
  await ensureBrowser();
}

/** What the long tests and the browser tests run. */
async function prepareMachine() {
  const { buildNode, buildPage } = await import('./lib/build.mjs');
  const { prepareGuest } = await import('./lib/guest.mjs');
  await buildNode();
  await buildPage();
  await prepareGuest();
}

/** Each failed check counts as one failure. */
async function runChecks() {
  const { failedChecks } = await import('./lib/checks.mjs');
  const { length } = await failedChecks();
  return { passed: 0, failed: length };
}

/** @type {readonly { title: string, run: () => Promise<Totals | void> }[]} */
const parts = [
  { title: 'System packages', run: prepareSystem },
  { title: 'Checks', run: runChecks },
  { title: 'Unit tests', run: () => runVitest('unit') },
  { title: 'Programs, page and guest', run: prepareMachine },
  { title: 'Long tests', run: () => runVitest('long') },
  { title: 'Browser tests', run: runPlaywright },
];

/** @returns {Promise<Totals>} */
async function runAll() {
  const totals = { passed: 0, failed: 0 };
  for (const { title, run } of parts) {
    try {
      const { passed, failed } = (await step(title, run)) ?? { passed: 0, failed: 0 };
      totals.passed += passed;
      totals.failed += failed;
    } catch (error) {
      // What comes next may still work, and says itself what it lacks.
      console.error(error instanceof Failure ? error.message : error);
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
