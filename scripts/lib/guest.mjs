import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, root } from './project.mjs';
import { runStatus } from './run.mjs';
import { ensureSystemPackages, guestPackages } from './system.mjs';

/**
 * Whether a guest has been prepared to the end: its manifest, and the snapshot taken last of all.
 * @param {string} kernel
 */
export function guestIsPrepared(kernel) {
  const folder = join(root, '.cache/guest', kernel);
  return ['guest.json', 'snapshot.bin'].every((name) => existsSync(join(folder, name)));
}

/**
 * Prepares a guest; checks in under a second when all is in place.
 * @param {readonly string[]} [args] For guest/prepare.mjs.
 */
export async function prepareGuest(args = []) {
  await ensureSystemPackages(guestPackages());
  const status = await runStatus(process.execPath, ['guest/prepare.mjs', ...args]);
  // It has said itself what went wrong.
  if (status !== 0) throw new Failure('The guest could not be prepared (see above).');
}
