/** A guest with the programs in it, in which tasks are timed. */
import type { Task } from './list.ts';
import type { Shell } from './shell.ts';

/** An interpreter on a busy machine may take minutes for a task that QEMU does in seconds. */
const TASK_TIMEOUT_MS = 600_000;
const ANSWER_TIMEOUT_MS = 120_000;
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
  /** Seconds from the start of the peer's process until the shell answered. */
  readonly startSeconds: number;
  end(): Promise<void>;
}

/** Waits until the shell answers: what is typed does not have the line that this looks for. */
export async function answers(shell: Shell): Promise<void> {
  shell.send("printf '%s-%s\\n' shell ready\n");
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

/** Runs one task and times it by the guest's clock, which follows the host's on all peers. */
export async function timeTask(shell: Shell, { name, command }: Task): Promise<Timed> {
  shell.send(`timed ${name} sh -c ${quoted(command)} </dev/null\n`);
  return parseTimed(await shell.line(timedLine(name), TASK_TIMEOUT_MS));
}
