#!/usr/bin/env node
// `npm start`: everything from a fresh clone to the address of a page that shows a Linux shell.
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  // Before this nothing but Node's own modules can be loaded.
  await ensureModules();
  const { parseServeArguments, startServer } = await import('./lib/serve.mjs');
  const options = parseServeArguments(process.argv.slice(2));
  const { buildNode, buildPage } = await import('./lib/build.mjs');
  const { prepareGuest } = await import('./lib/guest.mjs');
  // The guest's snapshot is taken by the program that this builds.
  await buildNode();
  await prepareGuest();
  await buildPage();
  const address = await startServer(options);
  console.log(`\nTandem is ready: ${address}\n(Ctrl-C ends it)`);
});
