#!/usr/bin/env node
// `npm run build`: the leaves, the programs for Node and the page, as far as they are stale.
import { buildNode, buildPage } from './lib/build.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  await buildNode();
  await buildPage();
});
