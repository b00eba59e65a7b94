import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { prepareCommand, repairCommand, snapshotCommand } from './guest-advice.ts';

const KERNELS = ['stock', 'small'] as const;
const COMMANDS = KERNELS.flatMap((kernel) => [
  prepareCommand(kernel),
  repairCommand(kernel),
  snapshotCommand(kernel),
]);

it.each(COMMANDS)('the program takes the options of %s', (command) => {
  const options = /^"npm run guest(?: -- (.+))?"$/.exec(command)?.[1]?.split(' ') ?? [];
  // It looks at its options in order, and at all of them before it does anything.
  const { stderr, status } = spawnSync(
    process.execPath,
    ['guest/prepare.mjs', ...options, '--no-such-option'],
    { encoding: 'utf8' },
  );
  expect(stderr).toContain("Unknown option '--no-such-option'");
  expect(status).toBe(1);
});
