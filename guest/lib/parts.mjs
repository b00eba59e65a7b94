/**
 * Parts: the pieces the guest is assembled from, each kept in a folder named by
 * the digest of all that went into it. A part is either whole or not there.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { filesBelow, sha256File } from './hash.mjs';
import { CACHE_FOLDER } from './recipe.mjs';
import { say } from './report.mjs';

const PARTS = join(CACHE_FOLDER, 'parts');
const MARKER = 'part.json';
const KEY_DIGITS = 16;

/**
 * @typedef {object} PartFile
 * @property {number} bytes
 * @property {string} sha256
 */

/**
 * @typedef {object} Part
 * @property {string} folder
 * @property {Record<string, PartFile>} files by name
 * @property {Record<string, string>} notes what the build said about itself
 */

/**
 * @param {string} path
 * @param {PartFile} expected
 * @param {boolean} verify compare the contents too, not only the size
 */
export async function isIntact(path, expected, verify) {
  const info = await stat(path).catch((error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (info === undefined || info.size !== expected.bytes) return false;
  return !verify || (await sha256File(path)) === expected.sha256;
}

/**
 * @param {string} folder
 * @param {boolean} verify
 * @returns {Promise<Part | undefined>}
 */
async function readPart(folder, verify) {
  /** @type {Part} */
  let part;
  try {
    part = JSON.parse(await readFile(join(folder, MARKER), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { files, notes } = part;
  for (const [name, expected] of Object.entries(files)) {
    if (!(await isIntact(join(folder, name), expected, verify))) {
      say(`${name} in ${folder} is damaged; it is made anew`);
      return undefined;
    }
  }
  return { folder, files, notes };
}

/**
 * @param {object} request
 * @param {string} request.name
 * @param {string} request.key digest of all that goes into the part
 * @param {boolean} request.force build even when it is there
 * @param {boolean} request.verify check the contents of one that is there
 * @param {(folder: string) => Promise<Record<string, string>>} request.build
 *   fills the folder, and returns notes to keep
 * @returns {Promise<Part>}
 */
export async function providePart({ name, key, force, verify, build }) {
  const folder = join(PARTS, `${name}-${key.slice(0, KEY_DIGITS)}`);
  const ready = force ? undefined : await readPart(folder, verify);
  if (ready !== undefined) return ready;
  const building = join(PARTS, `${name}.building`);
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  const notes = await build(building);
  /** @type {Record<string, PartFile>} */
  const files = {};
  for (const path of await filesBelow(building)) {
    const { size } = await stat(path);
    files[path.slice(building.length + 1)] = { bytes: size, sha256: await sha256File(path) };
  }
  await writeFile(join(building, MARKER), JSON.stringify({ files, notes }, undefined, 2));
  for (const old of await readdir(PARTS)) {
    // A name's older builds are never used again once the recipe has changed.
    if (/^[0-9a-f]+$/.test(old.slice(name.length + 1)) && old.startsWith(`${name}-`)) {
      await rm(join(PARTS, old), { recursive: true, force: true });
    }
  }
  await rename(building, folder);
  return { folder, files, notes };
}
