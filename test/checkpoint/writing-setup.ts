import type { EngineName } from '../../src/vm/machine/engine.ts';

export const PAGE = 4096;
/** What the guest writes to: twice the pages of the ring, so that it can be filled. */
export const LOG2_WRITTEN_BYTES = 25;

/** Cells that the threads share: captures asked for, captures made. */
export const ASKED = 0;
export const CAPTURED = 1;

export interface WritingSetup {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly engine: EngineName;
  /** RAM as it was at the newest capture. */
  readonly atPause: SharedArrayBuffer;
  readonly cells: Int32Array;
}
