#!/usr/bin/env node
// Installs what the project needs from the system: `setup` for the guest, `setup --test` for the
// tests as well.
import { ensureBrowser } from './lib/browser.mjs';
import { requireNode, runMain } from './lib/project.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureSystemPackages, guestPackages, testPackages } from './lib/system.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  await ensureSystemPackages(guestPackages());
  if (!process.argv.includes('--test')) return;
  await ensureSystemPackages(testPackages);
  await ensureBrowser();
});
