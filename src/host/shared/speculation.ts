/**
 * Runs a standby's machine ahead, while it is not yet known whether it may: the primary is silent, and to find out why
 * takes longer than to start. What the guest says goes into a channel that nobody reads before the takeover is
 * decided, and what it does to RAM can be taken back.
 */
import { CaptureArea } from '../../checkpoint/capture-area.ts';
import { Rollback } from '../../checkpoint/rollback.ts';
import { BEAT_PERIOD_MS, COMMAND, ControlBlock } from './control.ts';
import type { LoopEnd } from './loop-end.ts';
import type { MachineThread } from './machine-thread.ts';

/** Thrown by a guest that waits for the ring of copied pages when it is taken back. */
class TakenBack extends Error {}

/**
 * Runs a machine that was just loaded, on a channel of its own. When the host says stop there, everything is taken back: RAM
 * is as before, and the machine has to be loaded anew. Once it has said COMMAND.keep, this is a run as any other.
 * The thread must linger (see LoopOptions): a guest that halts has to be taken back, too.
 */
export function speculate(
  thread: MachineThread,
  channel: SharedArrayBuffer,
): LoopEnd | 'rolled-back' {
  const { machine } = thread;
  const control = new ControlBlock(channel, 0);
  const rollback = new Rollback(new CaptureArea(machine.memory, machine.ramBytes));
  const waitForCopy = machine.onCopyWait;
  const keep = (): void => {
    rollback.keep();
    machine.onCopyWait = waitForCopy;
  };
  machine.onCopyWait = () => {
    if (!waitForVerdict(control)) throw new TakenBack();
    keep();
  };
  try {
    rollback.begin(() => machine.capture() !== undefined);
    const end = thread.run(() => undefined, { channel, keep });
    if (!rollback.isOpen) return end;
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  } finally {
    machine.onCopyWait = waitForCopy;
    rollback.undo();
  }
  // Whatever was decoded or translated from RAM as it was.
  machine.reset();
  return 'rolled-back';
}

/** The guest has no more room: true when it is to be kept, false when it is to stop. */
function waitForVerdict(control: ControlBlock): boolean {
  for (;;) {
    const bell = control.workerBell;
    const { commands } = control;
    if ((commands & COMMAND.stop) !== 0) return false;
    if ((commands & COMMAND.keep) !== 0) return true;
    control.beat();
    control.waitForWorkerBell(bell, BEAT_PERIOD_MS);
  }
}
