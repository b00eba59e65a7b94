#!/usr/bin/env node
// `npm run build`: the leaves, the programs for Node and the page, as far as they are stale.
import { buildNode, buildPage } from './lib/build.mjs';
import { runMain } from './lib/project.mjs';

await runMain(async () => {
  await buildNode();
  await buildPage();
});
