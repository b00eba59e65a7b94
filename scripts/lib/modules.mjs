import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';
import { run } from './run.mjs';
import { step } from './steps.mjs';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {boolean} [peer]
 */

/**
 * @param {string} file
 * @returns {Map<string, LockedPackage>} Packages by their path (`node_modules/…`).
 */
function lockedPackages(file) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  const entries = /** @type {[string, LockedPackage][]} */ (Object.entries(packages));
  return new Map(entries.filter(([path]) => path !== ''));
}

/**
 * Whether node_modules holds what package-lock.json asks for, by npm's own record of what it
 * installed. Optional packages (for other platforms) may be absent.
 */
export function modulesAreFresh() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = lockedPackages(record);
  for (const [path, wanted] of lockedPackages(join(root, 'package-lock.json'))) {
    const found = installed.get(path);
    if (found === undefined ? !wanted.optional : found.version !== wanted.version) return false;
  }
  return true;
}

/** Runs `npm ci` when node_modules is missing or stale. */
export async function ensureModules() {
  if (modulesAreFresh()) return;
  await step('Installing npm packages', () => run('npm', ['ci', '--no-audit', '--no-fund']));
}
