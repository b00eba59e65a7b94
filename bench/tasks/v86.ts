/** v86 on Node, in a process of its own, with a Debian guest for i386. */
import { execFileSync } from 'node:child_process';
import { compilePrograms } from './compile.ts';
import { answers, type Guest } from './guest.ts';
import { startProcess } from './process-shell.ts';

/** While the guest boots, what is typed is lost. */
const BOOT_TIMEOUT_MS = 300_000;

/** Boots the guest, which has the programs already. */
export function startV86(): Promise<Guest> {
  const prepare = ['bench/v86/prepare.mjs', compilePrograms('i386')];
  const folder = execFileSync(process.execPath, prepare, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  return startProcess('v86', ['bench/v86/machine.mjs', folder], async (shell) => {
    await shell.line(/^listening$/, BOOT_TIMEOUT_MS);
    await answers(shell);
  });
}
