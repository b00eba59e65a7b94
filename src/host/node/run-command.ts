/** `tandem run`: the guest in the terminal one sits at, or one command in it. */
import { err, ok, type Result } from '../../base/result.ts';
import type { ExecHandle } from '../agent.ts';
import { haltMessage } from '../shared/halt.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import type { NodeMachine } from './node-machine.ts';
import type { RunOptions } from './options.ts';
import { runInteractive } from './interactive.ts';
import {
  EXIT_MACHINE_FAILED,
  EXIT_SIGNAL_BASE,
  finish,
  note,
  PENDING_STDIN_BYTES,
} from './running.ts';
import { startGuest } from './start-guest.ts';

const SIGINT_NUMBER = 2;
/** A boot on a slow computer takes two minutes; then the guest has no agent. */
const AGENT_WAIT_MS = 300_000;
/** Whoever read our output has gone: there is nobody to run for. */
export function quitOnBrokenPipe(): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

async function forwardStdin(machine: NodeMachine, handle: ExecHandle): Promise<void> {
  for await (const part of process.stdin) {
    await machine.drained(PENDING_STDIN_BYTES);
    if (!handle.write(part as Buffer)) note('the guest takes no more standard input');
  }
  handle.end();
}

/** Resolves when the agent listens, or with what is in its way. */
export function agentReady(machine: NodeMachine): Promise<Result<undefined, string>> {
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

/** Runs the guest as asked; gives the exit status. */
export async function runGuest(options: RunOptions): Promise<Result<number, HostProblem>> {
  quitOnBrokenPipe();
  if (options.exec === undefined) return runInteractive(options);
  if (options.exec.trim() !== '') return runExec(options, options.exec);
  return err(problem('--exec has no command.', 'Give one, in quotes.'));
}
