/** `tandem run` without a command: the guest's terminal is the terminal one sits at, or a pipe. */
import { ok, type Result } from '../../base/result.ts';
import { haltMessage } from '../shared/halt.ts';
import type { HostProblem } from '../shared/problem.ts';
import type { NodeMachine } from './node-machine.ts';
import type { RunOptions } from './options.ts';
import {
  EXIT_MACHINE_FAILED,
  EXIT_SIGNAL_BASE,
  finish,
  note,
  PENDING_STDIN_BYTES,
} from './running.ts';
import { endsWithPrompt } from '../shared/screen.ts';
import { ShellWatch } from './shell-watch.ts';
import { startGuest } from './start-guest.ts';
import { takeTerminal } from './terminal.ts';

/** What a shell may have left on: bracketed paste, colours, a hidden cursor, the other screen. */
const TERMINAL_RESET = '\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l\r\n';
const EOT = 4;
/** Long enough for a shell that got the key to have gone. */
const EOT_PERIOD_MS = 1000;
/** Signals that ask for the end. At a terminal in raw mode Ctrl-C is a key, so SIGINT comes from elsewhere. */
const ENDING_SIGNALS = { SIGTERM: 15, SIGHUP: 1, SIGINT: 2 } as const;

/**
 * The wish to end, of a person or by a signal. Signals are heard from the start on, before there is
 * anything to see; a second one of the same kind ends the process at once.
 */
class Departure {
  /** Resolves with the exit status when the end is wanted. */
  readonly wanted: Promise<number>;
  #leave: (status: number) => void = () => undefined;
  #isWanted = false;

  constructor() {
    this.wanted = new Promise((resolve) => {
      this.#leave = resolve;
    });
    for (const [signal, number] of Object.entries(ENDING_SIGNALS)) {
      process.once(signal, () => {
        this.leave(EXIT_SIGNAL_BASE + number);
      });
    }
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  leave(status: number): void {
    this.#isWanted = true;
    this.#leave(status);
  }
}

/** Writes to standard output; the promise settles when the reader has caught up, or is not to be waited for. */
function print(
  stream: NodeJS.WriteStream,
  bytes: Uint8Array,
  departure: Departure,
): void | Promise<void> {
  if (stream.write(bytes) || departure.isWanted) return undefined;
  const drained = new Promise<void>((resolve) => {
    stream.once('drain', resolve);
  });
  return Promise.race([drained, departure.wanted.then(() => undefined)]);
}

/** The console that keys go to: the terminal's; the serial port's for kernels that have not used the other. */
class Keyboard {
  #device: string;

  constructor(device: 'uart0' | 'console0') {
    this.#device = device;
  }

  get device(): string {
    return this.#device;
  }

  heard(device: string): void {
    if (device === 'console0') this.#device = 'console0';
  }

  type(machine: NodeMachine, bytes: Uint8Array): void {
    if (machine.send({ kind: 'console', device: this.#device, bytes })) return;
    note('too much input: some was dropped');
  }
}

/**
 * Types what comes through a pipe, no faster than the guest takes it, and then the end-of-file key.
 * What is typed before the shell is at its prompt is thrown away when it sets its terminal up, so
 * that is waited for; but not with a kernel of somebody else's, which may never show one. Resolves
 * when the end of file has ended the shell.
 */
async function typeStdin(
  machine: NodeMachine,
  keyboard: Keyboard,
  watch: ShellWatch,
): Promise<void> {
  if (keyboard.device === 'console0') await watch.prompt();
  for await (const part of process.stdin) {
    await machine.drained(PENDING_STDIN_BYTES);
    keyboard.type(machine, part as Buffer);
  }
  let ended = false;
  const loggedOut = watch.logout().then(() => {
    ended = true;
  });
  keyboard.type(machine, Uint8Array.of(EOT));
  // A key typed while the shell sets its terminal up is lost: at a prompt that stays, type it again.
  const again = setInterval(() => {
    if (!ended && endsWithPrompt(watch.screen)) keyboard.type(machine, Uint8Array.of(EOT));
  }, EOT_PERIOD_MS);
  // A guest that switched itself off never logs out: nothing is to wait for this.
  again.unref();
  await loggedOut;
  clearInterval(again);
}

/** Connects keys to the machine; the returned function lets go of them. */
function attach(
  machine: NodeMachine,
  keyboard: Keyboard,
  watch: ShellWatch,
  departure: Departure,
): () => void {
  if (process.stdin.isTTY) {
    const input = (bytes: Uint8Array): void => {
      keyboard.type(machine, bytes);
    };
    const resize = (columns: number, rows: number): void => {
      machine.send({ kind: 'resize', device: 'console0', columns, rows });
    };
    const quit = (): void => {
      departure.leave(0);
    };
    return takeTerminal({ input, resize, quit });
  }
  typeStdin(machine, keyboard, watch).then(
    () => {
      departure.leave(0);
    },
    (error: unknown) => {
      note(`standard input cannot be read (${String(error)})`);
      departure.leave(EXIT_MACHINE_FAILED);
    },
  );
  return () => process.stdin.pause();
}

/** Runs the guest until it halts or whoever started it has had enough; gives the exit status. */
export async function runInteractive(options: RunOptions): Promise<Result<number, HostProblem>> {
  const departure = new Departure();
  const watch = new ShellWatch();
  const keyboard = new Keyboard(options.kernel.kind === 'prepared' ? 'console0' : 'uart0');
  const console = (device: string, bytes: Uint8Array): void | Promise<void> => {
    if (device === 'agent0') return undefined;
    keyboard.heard(device);
    if (device === keyboard.device) watch.heard(bytes);
    return print(process.stdout, bytes, departure);
  };
  if (process.stdin.isTTY) note('Ctrl-A X ends the machine');
  const started = await startGuest(options, { console, note });
  if (!started.ok) return started;
  const { machine } = started.value;
  // Who wanted the end meanwhile has no more keys for it.
  const detach = departure.isWanted ? undefined : attach(machine, keyboard, watch, departure);
  const status = await Promise.race([departure.wanted, machine.ended.then(() => undefined)]);
  const end = await finish(options, machine);
  detach?.();
  if (process.stdout.isTTY) process.stdout.write(TERMINAL_RESET);
  if (!end.ok) return end;
  if (end.value.end.kind === 'stopped') return ok(status ?? 0);
  note(haltMessage(end.value.end));
  return ok(
    end.value.end.kind === 'halt' && end.value.end.halt.kind !== 'failure'
      ? 0
      : EXIT_MACHINE_FAILED,
  );
}
