#!/usr/bin/env node
// `npm run -s tandem -- ARGS`: the command-line program (src/host/node/main.ts), built anew when a
// source has changed. With everything in place this costs milliseconds.
import { buildNode } from './lib/build.mjs';
import { guestIsPrepared, prepareGuest } from './lib/guest.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';

/**
 * The guest that this command line would run and that has to be prepared first.
 * @param {readonly string[]} args
 * @returns {string | undefined}
 */
function wantedGuest(args) {
  const [command] = args;
  if (command === 'explain' && !args.includes('--help')) return 'stock';
  if (command !== 'run') return undefined;
  if (args.some((arg) => /^--(bare|help)(=|$)/.test(arg))) return undefined;
  const at = args.findIndex((arg) => arg === '--kernel' || arg.startsWith('--kernel='));
  const value = args[at]?.split('=')[1] ?? args[at + 1];
  return at >= 0 && value === 'small' ? 'small' : 'stock';
}

await runMain(async () => {
  requireNode();
  await ensureModules();
  const args = process.argv.slice(2);
  const folder = await buildNode();
  const guest = wantedGuest(args);
  if (guest !== undefined && !guestIsPrepared(guest)) await prepareGuest(['--kernel', guest]);
  const program = `${folder}/main.js`;
  process.argv[1] = program;
  await import(program);
});
