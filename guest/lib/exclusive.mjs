/** One at a time: `npm start` and `npm test` may prepare the guest side by side. */
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { watch } from 'node:fs';
import { join } from 'node:path';

import { CACHE_FOLDER } from './recipe.mjs';
import { say } from './report.mjs';

/** How long a lock file may be empty: its owner writes its number at once. */
const EMPTY_LIMIT_MS = 5000;
/** The owner may die without removing its file, so waiting also looks now and then. */
const LOOK_INTERVAL_MS = 1000;

/** @param {unknown} error @param {string} code */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * @param {string} path
 * @returns {Promise<boolean>}
 */
async function take(path) {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {Promise<boolean>} whether the owner of the lock file is gone
 */
async function isStale(path) {
  try {
    const owner = Number(await readFile(path, 'utf8'));
    if (owner === 0) return Date.now() - (await stat(path)).mtimeMs > EMPTY_LIMIT_MS;
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
 * Does `work` while no other process does work of the same name.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(name, work) {
  await mkdir(CACHE_FOLDER, { recursive: true });
  const path = join(CACHE_FOLDER, `${name}.lock`);
  let told = false;
  while (!(await take(path))) {
    if (await isStale(path)) await rm(path, { force: true });
    else {
      if (!told) say('another process is preparing the guest; waiting for it');
      told = true;
      await change();
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
