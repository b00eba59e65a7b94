import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result } from '../../base/result.ts';
import { problem, type HostProblem } from '../shared/problem.ts';

/** Larger files are no kernels, RAM disks or programs (R7). */
const MAX_FILE_BYTES = 2 ** 31 - 1;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Why a file cannot be read, in words. `what` is its role: `kernel`, `disk`. */
export function fileError(what: string, path: string, error: unknown): HostProblem {
  const name = `The ${what} ${path}`;
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return problem(`${name} does not exist.`, 'Check the path.');
    case 'EISDIR':
      return problem(`${name} is a folder.`, 'Give the path of a file.');
    case 'EACCES':
    case 'EPERM':
      return problem(`${name} may not be read.`, 'Check its permissions.');
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return problem(`${name} cannot be read (${reason}).`, '');
    }
  }
}

/** Reads a whole file that a person named. */
export function readUserFile(
  what: string,
  path: string,
): Result<Uint8Array<ArrayBuffer>, HostProblem> {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) return err(problem(`The ${what} ${path} is too large.`, ''));
    return ok(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    return err(fileError(what, path, error));
  }
}

/** The project's folder: the nearest one above this program that holds `guest` and package.json. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'guest')))
      return folder;
    const parent = dirname(folder);
    if (parent === folder) return process.cwd();
    folder = parent;
  }
}
