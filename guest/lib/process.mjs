import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { GuestError } from './report.mjs';

/** Characters of a failed command's complaint that are shown. */
const COMPLAINT_LIMIT = 2000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Whoever ends this process alone (not a terminal, which tells all) ends its programs too. */
process.once('SIGTERM', () => {
  for (const child of running) child.kill('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
});

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Readonly<Record<string, string>>} [env] added to this process's environment
 * @property {boolean} [acceptFailure] resolve with the status instead of throwing
 * @property {(line: string) => void} [onLine] each line of standard output, as it comes
 */

/**
 * @typedef {object} RunResult
 * @property {number} status
 * @property {Buffer} stdout
 * @property {string} stderr
 */

/**
 * Runs a program to its end and collects what it wrote.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 * @throws {GuestError} when it cannot be started, or fails and `acceptFailure` is not set
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A fixed language keeps messages that are parsed (apt's) the same everywhere.
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  /** @type {Buffer[]} */
  const output = [];
  /** @type {Buffer[]} */
  const complaint = [];
  let partial = '';
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    output.push(chunk);
    if (options.onLine === undefined) return;
    const lines = (partial + chunk.toString('latin1')).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  });
  child.stderr.on('data', (/** @type {Buffer} */ chunk) => complaint.push(chunk));
  /** @type {number} */
  const status = await new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(new GuestError(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => resolve(code ?? 128));
  });
  const stderr = Buffer.concat(complaint).toString('utf8');
  if (status !== 0 && options.acceptFailure !== true) {
    throw new GuestError(
      `${command} ${args.slice(0, 3).join(' ')} failed with status ${status}:\n${stderr.slice(-COMPLAINT_LIMIT)}`,
    );
  }
  return { status, stdout: Buffer.concat(output), stderr };
}

/**
 * Runs a shell pipeline; any part that fails fails the whole. Values reach the
 * script as `$1`, `$2`, …, never by being pasted into its text.
 * @param {string} script
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function shell(script, args, options = {}) {
  return run('bash', ['-euo', 'pipefail', '-c', script, 'guest', ...args], options);
}

/**
 * @param {string} command
 * @returns {string | undefined} its path, when it is there to be run
 */
export function which(command) {
  // A user's PATH often lacks the sbin directories, where mkfs programs live.
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const place of places) {
    if (place === '') continue;
    const path = join(place, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      // Not here: look in the next place.
      if (!(error instanceof Error)) throw error;
    }
  }
  return undefined;
}

/**
 * Does `work` for every item, `width` at a time.
 * @template T
 * @param {readonly T[]} items
 * @param {number} width
 * @param {(item: T) => Promise<void>} work
 */
export async function inParallel(items, width, work) {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
