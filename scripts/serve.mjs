#!/usr/bin/env node
// Serves the page as it is built and the guests as they are prepared; for the browser tests.
import { buildPage } from './lib/build.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, runMain } from './lib/project.mjs';
import { parseServeArguments, startServer } from './lib/serve.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  const options = parseServeArguments(process.argv.slice(2));
  await buildPage();
  console.log(await startServer(options));
});
