#!/usr/bin/env node
// `npm run sim -- --seeds N --from S`: simulated lives of a pair (sim/main.ts). Progress and failures go to
// standard error; the last line of standard output is the summary, as JSON.
import { buildNode } from './lib/build.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  await import(`${await buildNode()}/sim.js`);
});
