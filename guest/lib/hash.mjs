import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * @param {string} path
 * @returns {Promise<string>} SHA-256 of a file, lower-case hexadecimal
 */
export async function sha256File(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Digest of a list of values that cannot be confused with another list: each
 * part is preceded by its length.
 * @param {readonly (string | Uint8Array)[]} parts
 * @returns {string}
 */
export function digestOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

/**
 * @param {string} directory
 * @returns {Promise<string[]>} every file and symbolic link below it, sorted
 */
export async function filesBelow(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Digest of files and folders: names below `base`, executable bits and contents.
 * @param {string} base
 * @param {readonly string[]} paths
 * @param {(path: string) => boolean} [wanted]
 * @returns {Promise<string>}
 */
export async function digestOfFiles(base, paths, wanted = () => true) {
  /** @type {(string | Uint8Array)[]} */
  const parts = [];
  for (const path of paths) {
    const files = (await stat(path)).isDirectory() ? await filesBelow(path) : [path];
    for (const file of files.filter(wanted)) {
      const { mode } = await stat(file);
      parts.push(relative(base, file), (mode & 0o100) === 0 ? '-' : 'x', await readFile(file));
    }
  }
  return digestOf(parts);
}
