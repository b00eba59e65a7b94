/** A guest with the programs in it, in which tasks are timed. */
import type { Task } from './list.ts';
import type { Shell } from './shell.ts';

/** An interpreter on a busy machine may take minutes for a task that QEMU does in seconds. */
const TASK_TIMEOUT_MS = 600_000;
const ANSWER_TIMEOUT_MS = 120_000;
/** For starting the shell's command and for telling of its end, on a slow machine. */
const CLOCK_TOLERANCE_S = 0.5;
const CLOCK_DRIFT = 0.1;
/** A terminal's longest line is 4095 characters. */
const BASE64_LINE = 1000;
/** In the guest. */
const FOLDER = '/tmp/tasks';

export interface Timed {
  readonly seconds: number;
  /** Digest of what the task wrote. */
  readonly answer: string;
}

/** A peer's guest that has started. */
export interface Guest {
  readonly shell: Shell;
  /** Seconds from the start of the peer's process, or of the page, until the shell was there. */
  readonly startSeconds: number;
  readonly end: () => Promise<void>;
  /** Of a machine of ours on Node. */
  readonly process?: GuestProcess;
}

/** A process with a guest in it. */
export interface GuestProcess {
  readonly pid: number;
  /** What it printed on stderr. */
  readonly complaints: () => string;
}

/** Does what a guest is started for, and ends it when that fails: nothing stays behind. */
export async function orEnd<T>(end: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Waits until the shell answers: what is typed does not have the line that this looks for.
 * @param more what the shell does then
 */
export async function answers(shell: Shell, more = ''): Promise<void> {
  shell.send(`printf '%s-%s\\n' shell ready${more}\n`);
  await shell.line(/^shell-ready$/, ANSWER_TIMEOUT_MS);
}

/**
 * Brings an archive into the guest, as text, which every wire carries. The shell must not read ahead of the
 * command it runs: bash does not, dash does.
 */
export async function upload(shell: Shell, archive: Buffer): Promise<void> {
  const text = archive.toString('base64').replace(new RegExp(`.{1,${BASE64_LINE}}`, 'g'), '$&\n');
  // A terminal would repeat all of it.
  shell.send(`stty -echo 2>/dev/null; mkdir -p ${FOLDER}; cd ${FOLDER}\n`);
  await answers(shell);
  shell.send(`head -c ${text.length} | base64 -d | tar -xJ\n${text}`);
  await answers(shell);
}

/** Makes what tasks read, once the programs are in the guest. */
export async function prepareTasks(shell: Shell, folder = FOLDER): Promise<void> {
  shell.send(`cd ${folder}; export PATH=${folder}:$PATH; text > text.txt\n`);
  await answers(shell);
}

/** Makes one word of a command for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Reads what `timed` prints. */
export function parseTimed(match: RegExpExecArray): Timed {
  const [line, seconds, answer] = match;
  if (seconds === undefined || answer === undefined) throw new Error(`the guest says: ${line}`);
  return { seconds: Number(seconds), answer };
}

/** What `timed` prints about a task: seconds and answer, or why there are none. */
export const timedLine = (name: string): RegExp =>
  new RegExp(`^(?:timed ${name} (\\d+\\.\\d+) ([0-9a-f]{16})|failed ${name}: .*)$`);

/** Whether a guest's clock agrees with the host's, which measured the way to the guest and back too. */
export function clocksAgree(guestSeconds: number, hostSeconds: number): boolean {
  return Math.abs(hostSeconds - guestSeconds) < CLOCK_TOLERANCE_S + CLOCK_DRIFT * hostSeconds;
}

/**
 * Runs one task and times it by the guest's clock, which knows nothing of the way to the guest.
 * @throws Error when that clock does not keep time
 */
export async function timeTask(shell: Shell, { name, command }: Task): Promise<Timed> {
  const start = performance.now();
  shell.send(`timed ${name} sh -c ${quoted(command)} </dev/null\n`);
  const timed = parseTimed(await shell.line(timedLine(name), TASK_TIMEOUT_MS));
  const hostSeconds = (performance.now() - start) / 1000;
  if (clocksAgree(timed.seconds, hostSeconds)) return timed;
  throw new Error(`${name}: ${timed.seconds} s for the guest are ${hostSeconds} s for the host`);
}
