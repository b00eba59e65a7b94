import { buildLeaves } from '../build-leaves.mjs';
import { run } from './run.mjs';
import { step } from './steps.mjs';

/**
 * What is checked without running anything.
 * @type {readonly { title: string, args: readonly string[] }[]}
 */
const checks = [
  { title: 'Types and walls (tsc)', args: ['node_modules/typescript/bin/tsc', '-b'] },
  {
    title: 'Lint and walls (eslint)',
    args: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  },
  {
    title: 'Format (prettier)',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  },
];

/**
 * Runs all checks, also after one has failed.
 * @returns {Promise<string[]>} The titles of those that failed; they have said why.
 */
export async function failedChecks() {
  await buildLeaves();
  const failed = [];
  for (const { title, args } of checks) {
    try {
      await step(title, () => run(process.execPath, args));
    } catch {
      failed.push(title);
    }
  }
  return failed;
}
