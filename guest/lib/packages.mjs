/** Which exact packages the guest is made of, and getting them. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fetchArchives, missingArchives, openApt } from './apt.mjs';
import { archiveName, formatLock, lockChanges, parseLock } from './lock.mjs';
import {
  ARCHITECTURE,
  CACHE_FOLDER,
  FIRMWARE_PACKAGE,
  KERNEL_METAPACKAGE,
  KERNEL_PACKAGE_PATTERN,
  KERNEL_SERIES,
  KERNEL_SOURCE_PACKAGE,
  LEFT_OUT,
  LOCK_FILE,
  ROOT_PACKAGES,
  SUITE,
} from './recipe.mjs';
import { GuestError, megabytes, say, step, warn } from './report.mjs';

/** @typedef {import('./lock.mjs').PackagePin} PackagePin */
/** @typedef {import('./lock.mjs').PackageLock} PackageLock */
/** @typedef {import('./lock.mjs').PackageGroup} PackageGroup */
/** @typedef {import('./apt.mjs').Apt} Apt */

const ARCHIVES = join(CACHE_FOLDER, 'debs');

/** @param {PackagePin} pin */
export function archivePath(pin) {
  return join(ARCHIVES, archiveName(pin));
}

/** @returns {Promise<PackageLock | undefined>} nothing when there is no lock file yet */
async function readLock() {
  /** @type {string} */
  let text;
  try {
    text = await readFile(LOCK_FILE, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const lock = parseLock(text);
  return lock.suite === SUITE && lock.architecture === ARCHITECTURE ? lock : undefined;
}

/**
 * @param {PackagePin & { depends?: string }} found
 * @returns {PackagePin}
 */
function pinOf({ name, version, architecture, size, sha256 }) {
  return { name, version, architecture, size, sha256 };
}

/**
 * What the mirror has now for one group.
 * @param {Apt} apt
 * @param {PackageGroup} group
 * @returns {Promise<PackagePin[]>}
 */
async function resolveGroup(apt, group) {
  switch (group) {
    case 'root': {
      const pins = await apt.resolve(ROOT_PACKAGES);
      return pins.filter(({ name }) => !LEFT_OUT.includes(name));
    }
    case 'kernel': {
      const { depends } = await apt.candidate(KERNEL_METAPACKAGE);
      const name = KERNEL_PACKAGE_PATTERN.exec(depends)?.[0];
      if (name === undefined) throw new GuestError(`${KERNEL_METAPACKAGE} names no kernel`);
      if (!name.startsWith(`linux-image-${KERNEL_SERIES}.`)) {
        warn(`the kernel is ${name}; this recipe was made for ${KERNEL_SERIES}`);
      }
      return [pinOf(await apt.candidate(name))];
    }
    case 'firmware':
      return [pinOf(await apt.candidate(FIRMWARE_PACKAGE))];
    case 'source':
      return [pinOf(await apt.candidate(KERNEL_SOURCE_PACKAGE))];
  }
}

/**
 * @param {Apt} apt
 * @param {readonly PackagePin[]} pins
 * @returns {Promise<boolean>} whether the signed index still has them all
 */
async function stillThere(apt, pins) {
  if (pins.length === 0) return true;
  const shown = await apt.show(pins.map(({ name }) => name));
  return pins.every((pin) => {
    return shown.some(
      (one) => one.name === pin.name && one.version === pin.version && one.sha256 === pin.sha256,
    );
  });
}

/**
 * @param {PackageLock | undefined} before
 * @param {PackageLock} after
 */
async function record(before, after) {
  const groups = /** @type {PackageGroup[]} */ (Object.keys(after.groups));
  for (const group of groups) {
    if (before === undefined) continue;
    for (const line of lockChanges(before.groups[group], after.groups[group])) warn(line);
  }
  await writeFile(LOCK_FILE, formatLock(after));
  say('packages.lock.json has been written; commit it');
}

/** @param {PackageLock} lock */
async function dropOldArchives(lock) {
  const current = new Set(Object.values(lock.groups).flat().map(archiveName));
  for (const name of await readdir(ARCHIVES)) {
    if (name.endsWith('.deb') && !current.has(name)) await rm(join(ARCHIVES, name));
  }
}

/**
 * Makes sure that the archives of the wanted groups are there, at their pinned
 * versions where the mirror still has those, else at its current ones.
 * @param {readonly PackageGroup[]} wanted
 * @param {boolean} update take the current versions in any case
 * @returns {Promise<PackageLock>}
 */
export async function providePackages(wanted, update) {
  await mkdir(ARCHIVES, { recursive: true });
  const before = await readLock();
  const sameRoot = before !== undefined && before.asked.join() === ROOT_PACKAGES.join();
  if (before !== undefined && sameRoot && !update) {
    const pins = wanted.flatMap((group) => before.groups[group]);
    if ((await missingArchives(ARCHIVES, pins)).length === 0) return before;
  }
  const apt = await step('fetching the package index', () => openApt(join(CACHE_FOLDER, 'apt')));
  const groups = { root: [], kernel: [], firmware: [], source: [], ...before?.groups };
  let changed = before === undefined || !sameRoot;
  for (const group of /** @type {PackageGroup[]} */ (Object.keys(groups))) {
    const renew = before === undefined || update || (group === 'root' && !sameRoot);
    if (!renew) {
      if (!wanted.includes(group)) continue;
      if (await stillThere(apt, await missingArchives(ARCHIVES, groups[group]))) continue;
      warn(`the mirror has dropped a pinned version (${group}); taking the current ones`);
    }
    const now = (await resolveGroup(apt, group)).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (lockChanges(groups[group], now).length === 0) continue;
    groups[group] = now;
    changed = true;
  }
  /** @type {PackageLock} */
  const after = { suite: SUITE, architecture: ARCHITECTURE, asked: [...ROOT_PACKAGES], groups };
  if (changed) await record(before, after);
  const missing = await missingArchives(
    ARCHIVES,
    wanted.flatMap((group) => groups[group]),
  );
  if (missing.length > 0) {
    const size = missing.reduce((sum, pin) => sum + pin.size, 0);
    await step(`fetching ${missing.length} packages, ${megabytes(size)}`, () => {
      return fetchArchives(apt, ARCHIVES, missing);
    });
  }
  await dropOldArchives(after);
  return after;
}
