/** The last step: the machine boots the guest once and keeps its state. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { guestFolder } from './manifest.mjs';
import { PROJECT_FOLDER } from './recipe.mjs';
import { GuestError } from './report.mjs';

/** @param {string} path */
async function modified(path) {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Has `tandem snapshot` make snapshot.bin when there is none, or when guest.json
 * is younger than it.
 * @param {import('./recipe.mjs').KernelKind} kind
 * @param {boolean} force make it even so
 */
export async function provideSnapshot(kind, force) {
  const folder = guestFolder(kind);
  const snapshot = await modified(join(folder, 'snapshot.bin'));
  const manifest = await modified(join(folder, 'guest.json'));
  const fits = snapshot !== undefined && manifest !== undefined && snapshot >= manifest;
  if (fits && !force) return;
  const script = join(PROJECT_FOLDER, 'scripts', 'tandem.mjs');
  const child = spawn(process.execPath, [script, 'snapshot', '--kernel', kind], {
    stdio: 'inherit',
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new GuestError('The snapshot of the booted guest could not be made.');
}
