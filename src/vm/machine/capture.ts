/**
 * The pause of a checkpoint: the dirty maps are exchanged, the CPU's and the devices' sections are
 * saved, and the guest goes on. The pages are copied meanwhile by the copier of the checkpoint wing,
 * another thread on the same memory; `vm/leaves/capture.ts` has the guest's side of that.
 *
 * A capture empties the WRITE arrays of the TLB. A guest that changes page tables without a fence can
 * see that, as it can see any TLB miss: whoever replays a machine's inputs replays its captures too (R6).
 */
import { CAPTURE_MAP, COW_BELL, STAT_COW_PAGES, STAT_COW_WAITS } from '../layout.ts';
import type { Cells } from './cells.ts';
import type { MachineState } from './state.ts';

/** A machine between two instructions, besides its RAM: that is what the captured map names. */
export interface Captured {
  readonly sections: MachineState;
  readonly instructions: bigint;
  /** Guest time in ticks of 100 ns. */
  readonly time: bigint;
}

/** The parts of the pause, in order; for measurements. */
export type CapturePart = 'maps' | 'sections';

/** What the copy of captured pages cost the guest since the machine was made. */
export interface CopyStatistics {
  /** Pages that the guest had to copy because it wrote to them first. */
  readonly pages: bigint;
  /** Times that it had to wait: for a page just being copied, or for room in COW_RING. */
  readonly waits: bigint;
}

/** What {@link captureMachine} needs of a machine. */
export interface CapturableMachine {
  readonly leaves: { capture_begin(): number };
  readonly instructions: bigint;
  readonly time: bigint;
  save(): MachineState;
}

/**
 * Begins a capture; call between two `run`s. Undefined, and nothing happened, when the copy of the last capture is
 * not complete or pages are just being marked dirty again.
 * @param done called behind each part of the pause
 */
export function captureMachine(
  machine: CapturableMachine,
  done: (part: CapturePart) => void,
): Captured | undefined {
  if (machine.leaves.capture_begin() === 0) return undefined;
  done('maps');
  const { instructions, time } = machine;
  const sections = machine.save();
  done('sections');
  return { sections, instructions, time };
}

/** True while captured pages wait to be copied. */
export const isCopying = (cells: Cells): boolean => cells.i32(CAPTURE_MAP) !== 0;

export const copyStatistics = (cells: Cells): CopyStatistics => ({
  pages: cells.u64(STAT_COW_PAGES),
  waits: cells.u64(STAT_COW_WAITS),
});

/** The guest looks again after so long even if nobody rang: the copier's thread may have died. */
const LONGEST_WAIT_MS = 100;

/** Sleeps until the copier rings the bell; only where a thread may sleep. */
export function sleepForCopy(memory: WebAssembly.Memory): (bell: number) => void {
  const cells = new Int32Array(memory.buffer);
  return (bell) => {
    Atomics.wait(cells, COW_BELL >> 2, bell, LONGEST_WAIT_MS);
  };
}
