/** A program of Node whose standard streams lead to a guest's shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defined } from '../../src/base/assert.ts';
import { type Guest, orEnd } from './guest.ts';
import { Shell } from './shell.ts';

/**
 * Starts a program that ends when its input does.
 * @param name of the machine, for people
 * @param ready resolves when the shell answers
 */
export async function startProcess(
  name: string,
  args: readonly string[],
  ready: (shell: Shell) => Promise<void>,
): Promise<Guest> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'pipe' });
  const shell = new Shell((text) => child.stdin.write(text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shell.receive(text);
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
    // The line of statistics is for the bench.
    if (!text.startsWith('{')) process.stderr.write(text);
  });
  // Whoever waits for the shell hears of the end too, and says more.
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  void closed.then(() => {
    shell.close(`${name} has ended`);
  });
  const end = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  return orEnd(end, async () => {
    await ready(shell);
    const startSeconds = (performance.now() - start) / 1000;
    return {
      ...{ shell, startSeconds, end },
      process: { pid: defined(child.pid, `the process of ${name}`), complaints: () => complaints },
    };
  });
}
