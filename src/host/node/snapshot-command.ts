/** `tandem snapshot`: boots a prepared guest to its prompt and keeps that state, to be resumed. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import { packSnapshot } from '../../store/snapshot.ts';
import { haltMessage } from '../shared/halt.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { SCREEN_SECTION, SCREEN_VERSION } from '../shared/screen.ts';
import { GuestFolder, type PreparedKernel } from './guest-folder.ts';
import { nodeCodec } from './node-codec.ts';
import type { NodeMachine } from './node-machine.ts';
import type { EngineName } from '../../vm/machine/engine.ts';
import { ShellWatch } from './shell-watch.ts';
import { startGuest } from './start-guest.ts';

export interface SnapshotOptions {
  readonly kernel: PreparedKernel;
  readonly memoryMB: number | undefined;
  readonly engine: EngineName;
}

/** A stock kernel boots in half a minute; ten times that is a guest that does not boot. */
const BOOT_LIMIT_MS = 600_000;
const PROGRESS_MS = 1_000;
const LOG_PROGRESS_MS = 15_000;
/** The shell has nothing more to say when it has been silent for this long. */
const SILENCE_MS = 300;
/**
 * Run before the state is taken: writes what is dirty, forgets caches that a resumed guest reads anew in
 * milliseconds, and fills free memory with zeros, which are not stored.
 */
const TIDY_COMMAND = [
  'sync',
  'echo 2 > /proc/sys/vm/drop_caches',
  "free=$(awk '/^MemFree/ {print int($2 / 1024) - 8}' /proc/meminfo)",
  '[ "$free" -gt 0 ] && dd if=/dev/zero of=/dev/shm/.zero bs=1M count="$free" 2>/dev/null',
  'rm -f /dev/shm/.zero',
].join('\n');

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Shows seconds while something takes long: on one line of a terminal, on a few lines of a log. */
function showProgress(what: string): () => void {
  const started = performance.now();
  const { isTTY } = process.stderr;
  const show = (): void => {
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(`${isTTY ? '\r' : ''}${what}: ${String(seconds)} s${isTTY ? ' ' : '\n'}`);
  };
  const ticker = setInterval(show, isTTY ? PROGRESS_MS : LOG_PROGRESS_MS);
  return () => {
    clearInterval(ticker);
    show();
    if (isTTY) say('');
  };
}

async function waitForPrompt(
  machine: NodeMachine,
  watch: ShellWatch,
): Promise<Result<undefined, HostProblem>> {
  const ready = new Promise<void>((resolve) => {
    machine.agent.whenReady(resolve);
  });
  const stopProgress = showProgress('Booting the guest');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, BOOT_LIMIT_MS, 'late');
  });
  const up = Promise.all([ready, watch.quietPrompt(SILENCE_MS)]).then(() => 'up' as const);
  const outcome = await Promise.race([up, late, machine.ended]);
  clearTimeout(timer);
  stopProgress();
  if (outcome === 'up') return ok(undefined);
  if (outcome === 'late') return err(problem('The guest did not come to its prompt in time.', ''));
  if (!outcome.ok) return outcome;
  const { end } = outcome.value;
  return err(problem(end.kind === 'stopped' ? 'The machine was stopped.' : haltMessage(end), ''));
}

async function tidy(machine: NodeMachine): Promise<Result<undefined, HostProblem>> {
  let complaint = '';
  const handlers = {
    stdout: () => undefined,
    stderr: (bytes: Uint8Array) => {
      complaint += new TextDecoder().decode(bytes);
    },
  };
  const status = await machine.agent.exec(TIDY_COMMAND, handlers, { stdin: false }).status;
  if (status.ok && status.value === 0) return ok(undefined);
  const reason = status.ok ? complaint.trim() : status.error.message;
  return err(problem(`The guest could not be tidied up: ${reason}.`, ''));
}

async function pack(
  guest: GuestFolder,
  machine: NodeMachine,
  watch: ShellWatch,
): Promise<Result<undefined, HostProblem>> {
  const state = await machine.save();
  const screen = { version: SCREEN_VERSION, bytes: watch.screen };
  const parts = await packSnapshot(
    {
      guestDigest: guest.digest,
      commandLine: guest.manifest.commandLine,
      sections: new Map([...state, [SCREEN_SECTION, screen]]),
    },
    machine.ram,
    nodeCodec,
  );
  const path = guest.snapshotPath;
  const aside = `${path}.${String(process.pid)}`;
  try {
    writeFileSync(aside, parts[0] ?? new Uint8Array(0));
    for (const part of parts.slice(1)) writeFileSync(aside, part, { flag: 'a' });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    return err(
      problem(`The snapshot could not be written (${String(error)}).`, 'Is the disk full?'),
    );
  }
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  say(`Snapshot: ${(bytes / 1e6).toFixed(1)} MB in ${path}`);
  return ok(undefined);
}

/** Makes the snapshot of a prepared guest. */
export async function makeSnapshot(options: SnapshotOptions): Promise<Result<number, HostProblem>> {
  const guest = GuestFolder.open(options.kernel);
  if (!guest.ok) return guest;
  const watch = new ShellWatch();
  const started = await startGuest(
    {
      kernel: { kind: 'prepared', name: options.kernel },
      memoryMB: options.memoryMB,
      engine: options.engine,
      initrd: undefined,
      append: undefined,
      disk: undefined,
      cold: true,
    },
    {
      console: (device, bytes) => {
        if (device === 'console0') watch.heard(bytes);
      },
      note: say,
    },
  );
  if (!started.ok) return started;
  const { machine } = started.value;
  try {
    for (const step of [waitForPrompt, tidy]) {
      const done = await step(machine, watch);
      if (!done.ok) return done;
    }
    const packed = await pack(guest.value, machine, watch);
    return packed.ok ? ok(0) : packed;
  } finally {
    await machine.stop();
  }
}
