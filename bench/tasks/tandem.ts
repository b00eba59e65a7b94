/** Our machine on Node, through the command line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { answers, type Guest } from './guest.ts';
import { Shell } from './shell.ts';

/** Starts the guest with an engine, resumed from its snapshot or booted. */
export async function startTandem(engine: EngineName, cold: boolean): Promise<Guest> {
  const start = performance.now();
  const args = ['scripts/tandem.mjs', 'run', '--engine', engine, ...(cold ? ['--cold'] : [])];
  const child = spawn(process.execPath, [...args, '--exec', 'exec bash'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const shell = Shell.over(child.stdin);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shell.receive(text);
  });
  const closed = once(child, 'close');
  void closed.then(() => {
    shell.close(`the machine with engine ${engine} has ended`);
  });
  const end = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  await answers(shell);
  return { shell, startSeconds: (performance.now() - start) / 1000, end };
}
