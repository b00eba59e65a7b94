#!/usr/bin/env node
// `npm run dev`: Vite's server with live reload; the leaves are compiled and the guest is prepared
// first.
import { buildLeaves } from './build-leaves.mjs';
import { prepareGuest } from './lib/guest.mjs';
import { ensureModules } from './lib/modules.mjs';
import { requireNode, root, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  await buildLeaves();
  await prepareGuest();
  const { createServer } = await import('vite');
  const server = await createServer({ root });
  await server.listen();
  server.printUrls();
});
