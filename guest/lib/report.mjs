/**
 * What a person sees while the guest is prepared, and the one error type whose
 * message is meant for that person.
 */

/** An expected failure: `message` says in plain words what is wrong and what to do. */
export class GuestError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'GuestError';
  }
}

/**
 * @param {number} bytes
 * @returns {string} the size in decimal megabytes, one digit after the point
 */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const interactive = process.stderr.isTTY === true;
let transient = false;

function clearTransient() {
  if (transient) process.stderr.write('\r\x1b[K');
  transient = false;
}

/**
 * One line that stays.
 * @param {string} text
 */
export function say(text) {
  clearTransient();
  process.stderr.write(`guest: ${text}\n`);
}

/**
 * A warning: stays, and is marked as one.
 * @param {string} text
 */
export function warn(text) {
  say(`warning: ${text}`);
}

/**
 * Progress within a step. On a terminal the line is overwritten by the next
 * one; elsewhere (a log file) it is left out, since `say` frames each step.
 * @param {string} text
 */
export function progress(text) {
  if (!interactive) return;
  const width = process.stderr.columns > 0 ? process.stderr.columns : 80;
  process.stderr.write(`\r\x1b[K${`guest: ${text}`.slice(0, width - 1)}`);
  transient = true;
}

/**
 * Runs one step between two lines: what begins, and how long it took.
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(text, work) {
  say(`${text} …`);
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  if (seconds >= 1) say(`${text}: done in ${seconds.toFixed(0)} s`);
  else clearTransient();
  return result;
}
