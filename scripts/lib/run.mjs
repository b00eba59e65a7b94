import { spawn } from 'node:child_process';
import { Failure, root } from './project.mjs';

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] Added to this process's environment.
 * @property {boolean} [quiet] Discard the output.
 */

/**
 * Runs a program in the project's folder and waits for its end; resolves to its exit status. Its
 * standard output goes to our standard error, so that figures on ours stay clean.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function runStatus(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: quiet ? 'ignore' : ['inherit', 2, 'inherit'],
    });
    child.on('error', (error) =>
      reject(new Failure(`cannot run ${command}: ${error.message}`, { cause: error })),
    );
    child.on('close', (code, signal) => {
      if (code !== null) resolve(code);
      else reject(new Failure(`${command} was ended by ${signal}`));
    });
  });
}

/**
 * Like {@link runStatus}, but any status besides 0 is a {@link Failure}.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export async function run(command, args, options) {
  const status = await runStatus(command, args, options);
  if (status !== 0)
    throw new Failure(`${[command, ...args].join(' ')} ended with status ${status}`);
}
