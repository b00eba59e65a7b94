/** guest.json: what a prepared guest consists of. */
import {
  copyFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { isIntact } from './parts.mjs';
import { CACHE_FOLDER, GUEST_FORMAT } from './recipe.mjs';

/** @typedef {import('./parts.mjs').PartFile} PartFile */
/** @typedef {'firmware' | 'kernel' | 'initrd' | 'root'} FileRole */

/**
 * @typedef {object} GuestFile
 * @property {string} name file name in the folder of guest.json
 * @property {number} bytes
 * @property {string} sha256
 */

/**
 * @typedef {object} GuestManifest
 * @property {number} format
 * @property {string} recipe digest of all that decides what the guest is
 * @property {import('./recipe.mjs').KernelKind} kind
 * @property {string} distribution
 * @property {{ package: string, version: string, release: string }} kernel
 * @property {{ package: string, version: string }} firmware
 * @property {string} commandLine
 * @property {Record<FileRole, GuestFile>} files
 * @property {Record<string, string>} packages versions of the root's packages
 */

const MANIFEST = 'guest.json';

/** @param {import('./recipe.mjs').KernelKind} kind */
export function guestFolder(kind) {
  return join(CACHE_FOLDER, kind);
}

/**
 * @param {string} folder
 * @returns {Promise<GuestManifest | undefined>} nothing when there is none of this format
 */
async function readManifest(folder) {
  try {
    const value = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    return value?.format === GUEST_FORMAT ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {GuestManifest} manifest
 * @returns {string} what a running guest depends on
 */
function substance({ files, commandLine }) {
  return JSON.stringify([commandLine, files.firmware, files.kernel, files.initrd, files.root]);
}

/**
 * @param {import('./recipe.mjs').KernelKind} kind
 * @param {string} recipe
 * @param {boolean} verify compare contents too
 * @returns {Promise<boolean>} whether the guest of this recipe is there, whole
 */
export async function isPrepared(kind, recipe, verify) {
  const folder = guestFolder(kind);
  const manifest = await readManifest(folder);
  if (manifest === undefined || manifest.recipe !== recipe) return false;
  for (const file of Object.values(manifest.files)) {
    if (!(await isIntact(join(folder, file.name), file, verify))) return false;
  }
  return true;
}

/**
 * @param {string} from
 * @param {string} to
 */
async function place(from, to) {
  await rm(to, { force: true });
  try {
    await link(from, to);
  } catch (error) {
    // Some file systems have no links; a copy is as good.
    if (!(error instanceof Error)) throw error;
    await copyFile(from, to);
  }
}

/**
 * Puts the files in place and, last, the manifest that vouches for them.
 * @param {Omit<GuestManifest, 'files' | 'format'>} about
 * @param {Record<FileRole, { name: string, part: import('./parts.mjs').Part }>} sources
 */
export async function assemble(about, sources) {
  const folder = guestFolder(about.kind);
  await mkdir(folder, { recursive: true });
  const path = join(folder, MANIFEST);
  const before = await readManifest(folder);
  const modified = before === undefined ? undefined : (await stat(path)).mtime;
  await rm(path, { force: true });
  /** @param {{ name: string, part: import('./parts.mjs').Part }} source */
  const settle = async ({ name, part }) => {
    const file = part.files[name];
    if (file === undefined) throw new Error(`the part in ${part.folder} has no ${name}`);
    await place(join(part.folder, name), join(folder, name));
    return { name, ...file };
  };
  /** @type {GuestManifest} */
  const manifest = {
    format: GUEST_FORMAT,
    ...about,
    files: {
      firmware: await settle(sources.firmware),
      kernel: await settle(sources.kernel),
      initrd: await settle(sources.initrd),
      root: await settle(sources.root),
    },
  };
  const temporary = `${path}.new`;
  await writeFile(temporary, `${JSON.stringify(manifest, undefined, 2)}\n`);
  if (before !== undefined && modified !== undefined && substance(before) === substance(manifest)) {
    // Still the same guest: a snapshot younger than the old manifest remains good.
    await utimes(temporary, modified, modified);
  }
  await rename(temporary, path);
  return manifest;
}
