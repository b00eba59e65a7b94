#!/usr/bin/env node
// Prepares the guest: `npm run guest -- --kernel small`.
import { prepareGuest } from './lib/guest.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  await prepareGuest(process.argv.slice(2));
});
