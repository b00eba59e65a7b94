/** `tandem explain`: what the engine made of guest code, after a command has made some hot. */
import { err, ok, type Result } from '../../base/result.ts';
import { haltMessage } from '../shared/halt.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import type { NodeMachine } from './node-machine.ts';
import { parseRun, type ExplainOptions } from './options.ts';
import { agentReady, quitOnBrokenPipe } from './run-command.ts';
import { note } from './running.ts';
import { startGuest, type GuestListener } from './start-guest.ts';

/** What a shell gives for a command that it does not find. */
const NOT_FOUND = 127;

/** Runs the command and shows what it says on stderr, so that stdout is the explanation alone. */
async function makeHot(
  machine: NodeMachine,
  command: string,
): Promise<Result<undefined, HostProblem>> {
  const ready = await agentReady(machine);
  if (!ready.ok) return err(problem(`The command cannot be run: ${ready.error}.`, ''));
  let text = '';
  const keep = (bytes: Uint8Array): void => {
    text += Buffer.from(bytes).toString('latin1');
  };
  const handlers = { stdout: () => undefined, stderr: keep };
  const status = await machine.agent.exec(command, handlers, { stdin: false }).status;
  if (!status.ok) {
    const ended = status.error.kind === 'machine-ended' ? await machine.ended : undefined;
    const isHalted = ended?.ok && ended.value.end.kind !== 'stopped';
    const reason = isHalted ? haltMessage(ended.value.end) : `${status.error.message}.`;
    return err(problem(`The command did not end: ${reason}`, ''));
  }
  if (status.value === NOT_FOUND) {
    const advice = 'Give one that it has with --exec.';
    return err(problem(`The guest has no such command: ${text.trim() || command}.`, advice));
  }
  if (status.value !== 0) note(`the command ended with status ${String(status.value)}`);
  return ok(undefined);
}

function nothingThere({ request, exec }: ExplainOptions): HostProblem {
  const what = request.kind ?? 'page or region';
  const by = `by "${exec}"`;
  if (request.address === undefined)
    return problem(`No ${what} was translated ${by}.`, 'Give a longer command with --exec.');
  return problem(
    `No ${what} with code at 0x${request.address.toString(16)} was translated ${by}.`,
    'Without an address, "explain" lists those that were.',
  );
}

/** Runs the guest and prints; gives the exit status. */
export async function explainGuest(options: ExplainOptions): Promise<Result<number, HostProblem>> {
  quitOnBrokenPipe();
  const asked = parseRun({ engine: 'auto' });
  if (!asked.ok) return asked;
  if ('path' in asked.value) throw new Error('a guest was asked for');
  const listener: GuestListener = { console: () => undefined, note, explain: options.request };
  const started = await startGuest(asked.value, listener);
  if (!started.ok) return started;
  const { machine } = started.value;
  const hot = await makeHot(machine, options.exec);
  const end = await machine.stop();
  if (!hot.ok) return hot;
  if (!end.ok) return end;
  const lines = end.value.explanation ?? [];
  if (lines.length === 0) return err(nothingThere(options));
  process.stdout.write(`${lines.join('\n').trimEnd()}\n`);
  return ok(0);
}
