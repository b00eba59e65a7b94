/** What running interactively and running a command have in common. */
import type { Result } from '../../base/result.ts';
import { COUNTER } from '../shared/control.ts';
import type { HostProblem } from '../shared/problem.ts';
import type { MachineEnd, NodeMachine } from './node-machine.ts';
import type { RunOptions } from './options.ts';
import { printStatistics } from './statistics.ts';

/** The machine, not the command in it, failed; as `docker run` has it. */
export const EXIT_MACHINE_FAILED = 125;
export const EXIT_SIGNAL_BASE = 128;
/** Standard input is read no faster than the guest takes it. */
export const PENDING_STDIN_BYTES = 1 << 18;

/** Tells a person something that is not the guest's. */
export const note = (text: string): void => {
  process.stderr.write(`tandem: ${text}\n`);
};

function report(options: RunOptions, machine: NodeMachine, end: MachineEnd): void {
  if (!options.stats) return;
  const { control } = machine.channel;
  const seconds = Number(control.counter(COUNTER.busyMicroseconds)) / 1e6;
  const idle = Number(control.counter(COUNTER.idleMicroseconds)) / 1e6;
  printStatistics({ ...end, seconds, wallSeconds: seconds + idle });
}

/** Ends the machine, if it has not ended, and says what it did. */
export async function finish(
  options: RunOptions,
  machine: NodeMachine,
): Promise<Result<MachineEnd, HostProblem>> {
  const end = await machine.stop();
  if (end.ok) report(options, machine, end.value);
  return end;
}
