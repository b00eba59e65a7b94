/** One preparation at a time: `npm start` and `npm test` may run side by side. */
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { watch } from 'node:fs';
import { join } from 'node:path';

import { CACHE_FOLDER } from './recipe.mjs';
import { say } from './report.mjs';

const LOCK = join(CACHE_FOLDER, 'prepare.lock');
/** How long a lock file may be empty: its owner writes its number at once. */
const EMPTY_LIMIT_MS = 5000;
/** The owner may die without removing its file, so waiting also looks now and then. */
const LOOK_INTERVAL_MS = 1000;

/** @param {unknown} error @param {string} code */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** @returns {Promise<boolean>} */
async function take() {
  try {
    const file = await open(LOCK, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** @returns {Promise<boolean>} whether the owner of the lock file is gone */
async function isStale() {
  try {
    const owner = Number(await readFile(LOCK, 'utf8'));
    if (owner === 0) return Date.now() - (await stat(LOCK)).mtimeMs > EMPTY_LIMIT_MS;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return true;
    // Removed in between, or the process is another user's: it lives.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/** Resolves when the lock file has changed, or it is time to look again. */
function change() {
  return new Promise((resolve) => {
    const watcher = watch(CACHE_FOLDER);
    const timer = setTimeout(done, LOOK_INTERVAL_MS);
    function done() {
      clearTimeout(timer);
      watcher.close();
      resolve(undefined);
    }
    watcher.on('change', done);
    watcher.on('error', done);
  });
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(work) {
  await mkdir(CACHE_FOLDER, { recursive: true });
  let told = false;
  while (!(await take())) {
    if (await isStale()) await rm(LOCK, { force: true });
    else {
      if (!told) say('another process is preparing the guest; waiting for it');
      told = true;
      await change();
    }
  }
  try {
    return await work();
  } finally {
    await rm(LOCK, { force: true });
  }
}
