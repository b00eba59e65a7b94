/**
 * Runs a guest for a moment and takes everything back. What runs for the first time is slow: the browser compiles
 * WebAssembly when it is first called and again when it has run for a while, and the devices, the loop and the decoder
 * are JavaScript, for which the same is true. At a takeover all of that lay between the first instruction and the
 * first output. A standby therefore rehearses one on the snapshot that its copy begins with.
 *
 * Nothing of it stays, and nobody hears of it.
 */
import { CaptureArea } from '../../checkpoint/capture-area.ts';
import { Rollback } from '../../checkpoint/rollback.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import { createChannel, HostChannel } from './channel.ts';
import { systemClock, type HostClock } from './clock.ts';
import { COMMAND } from './control.ts';
import { MachineThread, type ThreadSetup } from './machine-thread.ts';

/** Long enough for the better compiler to have begun; the first copy waits for it. */
const REHEARSAL_MS = 120;
/** The guest would wait for somebody to empty the ring of 4,096 pages; a slice of a millisecond writes a few hundred. */
const MOST_PAGES = 2_048;
/** A process is made and ends, a line comes and goes: what a shell does all day. */
const TYPED = '(:)\n\x15';

/** Thrown by a guest that would wait for the ring to be emptied. */
class RingIsFull extends Error {}

export interface Rehearsed {
  readonly instructions: bigint;
  /** Pages that were written to, and are as they were before. */
  readonly pages: number;
}

export type RehearsalSetup = Pick<ThreadSetup, 'memory' | 'ramBytes' | 'engine' | 'disk'>;

/**
 * RAM is as before when it returns, and no page is dirty. Whatever was made on this memory before is void.
 * @param sections the state that goes with what RAM holds
 * @param time for tests
 */
export function rehearse(
  setup: RehearsalSetup,
  sections: MachineState,
  time: HostClock = systemClock,
): Rehearsed {
  const buffer = createChannel();
  const host = new HostChannel(buffer);
  const rollback = new Rollback(new CaptureArea(setup.memory, setup.ramBytes));
  const thread = new MachineThread({
    ...setup,
    // It is over before another thread would have translated anything.
    ...{ channel: buffer, translation: undefined, disk1: undefined, lingers: false },
  });
  const { machine } = thread;
  machine.onCopyWait = () => {
    throw new RingIsFull();
  };
  const end = time.now() + REHEARSAL_MS;
  const clock: HostClock = {
    now: () => {
      const now = time.now();
      // Nobody listens, but a full channel would be waited for.
      while (host.receive() !== undefined);
      if (now >= end || rollback.pages >= MOST_PAGES) host.control.setCommand(COMMAND.stop);
      return now;
    },
    wall: () => time.wall(),
  };
  const started = thread.start({ kind: 'resume', sections });
  if (!started.ok) throw new Error(started.error.message);
  const before = machine.instructions;
  rollback.begin(() => machine.capture() !== undefined);
  try {
    host.send({ kind: 'console', device: 'console0', bytes: new TextEncoder().encode(TYPED) });
    thread.run(() => undefined, { clock });
  } catch (error) {
    if (!(error instanceof RingIsFull)) throw error;
  } finally {
    machine.onCopyWait = () => undefined;
  }
  const rehearsed = { instructions: machine.instructions - before, pages: rollback.pages };
  rollback.undo();
  // Whatever was decoded or translated from RAM as it was.
  machine.reset();
  return rehearsed;
}
