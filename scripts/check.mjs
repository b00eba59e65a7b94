#!/usr/bin/env node
// `npm run check`: types, walls, lint and format.
import { failedChecks } from './lib/checks.mjs';
import { ensureModules } from './lib/modules.mjs';
import { Failure, requireNode, runMain } from './lib/project.mjs';

await runMain(async () => {
  requireNode();
  await ensureModules();
  const failed = await failedChecks();
  if (failed.length > 0) throw new Failure(`These checks failed: ${failed.join(', ')}.`);
});
