import type { EngineName } from '../../src/vm/machine/engine.ts';

export const PAGE = 4096;

/** Cells that the threads share: captures asked for, captures made. */
export const ASKED = 0;
export const CAPTURED = 1;

export interface WritingSetup {
  readonly memory: WebAssembly.Memory;
  /** One page for the program, and what it writes to. */
  readonly ramBytes: number;
  /** The guest writes to so much, a page at least. */
  readonly log2WrittenBytes: number;
  readonly engine: EngineName;
  /** RAM as it was at the newest capture. */
  readonly atPause: SharedArrayBuffer;
  readonly cells: Int32Array;
}
