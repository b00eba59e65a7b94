import type { ExplainRequest } from '../../vm/jit/explain.ts';
import type { EngineName } from '../../vm/machine/engine.ts';
import type { MachineStatistics } from '../../vm/machine/machine.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import type { StartState } from '../shared/machine-thread.ts';
import type { HostProblem } from '../shared/problem.ts';

/** What the thread is made with. */
export interface WorkerSetup {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly channel: SharedArrayBuffer;
  readonly engine: EngineName;
  readonly diskPath: string | undefined;
  readonly disk1Path: string | undefined;
  /** What is to be told of the translations at the end. */
  readonly explain: ExplainRequest | undefined;
}

/** What the thread that unpacks a snapshot is made with. */
export interface UnpackSetup {
  readonly path: string;
  /** Names the guest that it must be a state of. */
  readonly guestDigest: Uint8Array;
  /** Names the snapshot that it must be. */
  readonly digest: Uint8Array;
  /** All of guest RAM, in shared memory. */
  readonly ram: Uint8Array;
}

export interface ToWorker {
  readonly state: StartState;
  /** Whether `ended` should carry the machine's digest. */
  readonly wantDigest: boolean;
}

export type FromWorker =
  | { readonly kind: 'refused'; readonly problem: HostProblem }
  | { readonly kind: 'started'; readonly instructions: bigint }
  | { readonly kind: 'saved'; readonly sections: MachineState }
  | {
      readonly kind: 'ended';
      readonly end: LoopEnd;
      readonly instructions: bigint;
      readonly statistics: MachineStatistics;
      readonly digest: string | undefined;
      /** Lines; absent when nothing was to be explained. */
      readonly explanation: readonly string[] | undefined;
    };
