/** `tandem run`: the guest in the terminal one sits at, or one command in it. */
import { err, ok, type Result } from '../../base/result.ts';
import type { ExecHandle } from '../agent.ts';
import { haltMessage } from '../shared/halt.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import type { MachineEnd, NodeMachine } from './node-machine.ts';
import type { RunOptions } from './options.ts';
import { startGuest, type StartedGuest } from './start-guest.ts';
import { printStatistics } from './statistics.ts';
import { takeTerminal } from './terminal.ts';
import { COUNTER } from '../shared/control.ts';

/** The machine, not the command in it, failed; as `docker run` has it. */
export const EXIT_MACHINE_FAILED = 125;
const EXIT_SIGNAL_BASE = 128;
const SIGINT_NUMBER = 2;
const EOT = 4;
/** A boot on a slow computer takes two minutes; then the guest has no agent. */
const AGENT_WAIT_MS = 300_000;
/** What a shell may have left on: bracketed paste, colours, a hidden cursor, the other screen. */
const TERMINAL_RESET = '\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l\r\n';
/** Standard input is read no faster than the guest takes it. */
const PENDING_STDIN_BYTES = 1 << 18;

const note = (text: string): void => {
  process.stderr.write(`tandem: ${text}\n`);
};

/** Writes to standard output; the promise settles when the reader has caught up. */
function print(stream: NodeJS.WriteStream, bytes: Uint8Array): void | Promise<void> {
  if (stream.write(bytes)) return undefined;
  return new Promise((resolve) => {
    stream.once('drain', resolve);
  });
}

/** Whoever read our output has gone: there is nobody to run for. */
function quitOnBrokenPipe(): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

function report(options: RunOptions, machine: NodeMachine, end: MachineEnd): void {
  if (!options.stats) return;
  const { control } = machine.channel;
  const seconds = Number(control.counter(COUNTER.busyMicroseconds)) / 1e6;
  const idle = Number(control.counter(COUNTER.idleMicroseconds)) / 1e6;
  printStatistics({ ...end, seconds, wallSeconds: seconds + idle });
}

/** Ends the machine, if it has not ended, and says what it did. */
async function finish(
  options: RunOptions,
  machine: NodeMachine,
): Promise<Result<MachineEnd, HostProblem>> {
  const end = await machine.stop();
  if (end.ok) report(options, machine, end.value);
  return end;
}

async function forwardStdin(machine: NodeMachine, handle: ExecHandle): Promise<void> {
  for await (const part of process.stdin) {
    await machine.drained(PENDING_STDIN_BYTES);
    if (!handle.write(part as Buffer)) note('the guest takes no more standard input');
  }
  handle.end();
}

/** Resolves when the agent listens, or with what is in its way. */
function agentReady(machine: NodeMachine): Promise<Result<undefined, string>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(err('this guest has no agent, so it cannot run commands for --exec'));
    }, AGENT_WAIT_MS);
    const settle = (result: Result<undefined, string>): void => {
      clearTimeout(timer);
      resolve(result);
    };
    machine.agent.whenReady(() => {
      settle(ok(undefined));
    });
    void machine.ended.then((end) => {
      const reason =
        end.ok && end.value.end.kind !== 'stopped'
          ? haltMessage(end.value.end)
          : 'The machine broke.';
      settle(err(`${reason} The command was not run.`));
    });
  });
}

async function execute(command: string, machine: NodeMachine): Promise<number> {
  const ready = await agentReady(machine);
  if (!ready.ok) {
    note(ready.error);
    return EXIT_MACHINE_FAILED;
  }
  const stdin = !process.stdin.isTTY;
  const handlers = {
    stdout: (bytes: Uint8Array) => void process.stdout.write(bytes),
    stderr: (bytes: Uint8Array) => void process.stderr.write(bytes),
  };
  const handle = machine.agent.exec(command, handlers, { stdin });
  let interrupts = 0;
  process.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(EXIT_SIGNAL_BASE + SIGINT_NUMBER);
    handle.kill(SIGINT_NUMBER);
  });
  if (stdin) {
    // A terminal that went away is the end of the input, no more.
    forwardStdin(machine, handle).catch(() => {
      handle.end();
    });
  }
  const status = await handle.status;
  if (status.ok) return status.value;
  const ended = status.error.kind === 'machine-ended' ? await machine.ended : undefined;
  if (ended?.ok && ended.value.end.kind !== 'stopped') note(haltMessage(ended.value.end));
  else note(`the command could not be run: ${status.error.message}`);
  return EXIT_MACHINE_FAILED;
}

async function runExec(options: RunOptions, command: string): Promise<Result<number, HostProblem>> {
  const started = await startGuest(options, { console: () => undefined, note });
  if (!started.ok) return started;
  const { machine } = started.value;
  const status = await execute(command, machine);
  const end = await finish(options, machine);
  return end.ok ? ok(status) : end;
}

/** The console that keys go to: the terminal's; the serial port's for kernels that have not used the other. */
class Keyboard {
  #device: string;

  constructor(device: 'uart0' | 'console0') {
    this.#device = device;
  }

  heard(device: string): void {
    if (device === 'console0') this.#device = 'console0';
  }

  type(machine: NodeMachine, bytes: Uint8Array): void {
    if (!machine.send({ kind: 'console', device: this.#device, bytes }))
      note('too much input: some was dropped');
  }
}

/** Types what comes through a pipe, no faster than the guest takes it, and then the end-of-file key. */
async function typeStdin(machine: NodeMachine, type: (bytes: Uint8Array) => void): Promise<void> {
  for await (const part of process.stdin) {
    await machine.drained(PENDING_STDIN_BYTES);
    type(part as Buffer);
  }
  type(Uint8Array.of(EOT));
}

/** Connects keys to the machine; resolves with an exit status when a person or a signal wants the end. */
function attach(
  guest: StartedGuest,
  keyboard: Keyboard,
): { readonly left: Promise<number>; detach: () => void } {
  const { machine } = guest;
  let leave: (status: number) => void = () => undefined;
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  process.once('SIGTERM', () => {
    leave(EXIT_SIGNAL_BASE + 15);
  });
  process.once('SIGHUP', () => {
    leave(EXIT_SIGNAL_BASE + 1);
  });
  const input = (bytes: Uint8Array): void => {
    keyboard.type(machine, bytes);
  };
  if (process.stdin.isTTY) {
    const resize = (columns: number, rows: number): void => {
      machine.send({ kind: 'resize', device: 'console0', columns, rows });
    };
    const quit = (): void => {
      leave(0);
    };
    return { left, detach: takeTerminal({ input, resize, quit }) };
  }
  process.once('SIGINT', () => {
    leave(EXIT_SIGNAL_BASE + SIGINT_NUMBER);
  });
  typeStdin(machine, input).catch(() => {
    // A pipe that broke is the end of the input, no more.
  });
  return { left, detach: () => process.stdin.pause() };
}

async function runInteractive(options: RunOptions): Promise<Result<number, HostProblem>> {
  const keyboard = new Keyboard(options.kernel.kind === 'prepared' ? 'console0' : 'uart0');
  const console = (device: string, bytes: Uint8Array): void | Promise<void> => {
    if (device === 'agent0') return undefined;
    keyboard.heard(device);
    return print(process.stdout, bytes);
  };
  if (process.stdin.isTTY) note('Ctrl-A X ends the machine');
  const started = await startGuest(options, { console, note });
  if (!started.ok) return started;
  const { machine } = started.value;
  const { left, detach } = attach(started.value, keyboard);
  const status = await Promise.race([left, machine.ended.then(() => undefined)]);
  const end = await finish(options, machine);
  detach();
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

/** Runs the guest as asked; gives the exit status. */
export async function runGuest(options: RunOptions): Promise<Result<number, HostProblem>> {
  quitOnBrokenPipe();
  if (options.exec === undefined) return runInteractive(options);
  if (options.exec.trim() !== '') return runExec(options, options.exec);
  return err(problem('--exec has no command.', 'Give one, in quotes.'));
}
