import type { Result } from '../../base/result.ts';
import type { MachineCounters } from '../shared/counters.ts';
import type { PairClient } from './pair-types.ts';

export type { Result } from '../../base/result.ts';
export type { MachineCounters } from '../shared/counters.ts';

/** Consoles of the machine, by their device names. */
export type ConsoleDevice =
  /** The serial port: firmware and kernel log. */
  | 'uart0'
  /** The terminal people type into (`/dev/hvc0`); the one that can be resized. */
  | 'console0'
  /** JSON lines to the agent in the guest; the client speaks on it, a UI ignores it. */
  | 'agent0';

const CONSOLE_DEVICES: readonly string[] = [
  'uart0',
  'console0',
  'agent0',
] satisfies ConsoleDevice[];

export const isConsoleDevice = (device: string): device is ConsoleDevice =>
  CONSOLE_DEVICES.includes(device);

/** Why this browser or page cannot run the machine. `message` and `advice` are sentences for people. */
export interface EnvironmentProblem {
  readonly kind: 'not-isolated' | 'no-shared-memory' | 'no-wasm-threads' | 'no-workers';
  /** What is the matter. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What the machine is busy with between `start` and the `running` state. */
export type StartStage =
  /** Reading the manifest of the prepared guest. */
  | 'manifest'
  /** Fetching (and, at the same time, unpacking) the snapshot: bytes as transferred. */
  | 'snapshot'
  /** Fetching firmware, kernel and initial RAM disk for a cold boot: bytes as transferred. */
  | 'kernel'
  /** The guest boots; bytes are 0 and `totalBytes` is undefined. */
  | 'boot';

export interface StartProgress {
  readonly stage: StartStage;
  /** Bytes of this stage done so far. */
  readonly bytes: number;
  /** Bytes of this stage in all; undefined when that is not known. */
  readonly totalBytes: number | undefined;
}

export interface StartOptions {
  /** Folder of the prepared guest, ending in a slash: `/guest/stock/`. Relative to the page. */
  readonly guestUrl: string;
  /** Guest RAM in MiB (default: that of the snapshot). A size other than the snapshot's boots cold. */
  readonly memoryMB?: number;
  /** Boot rather than resume the snapshot. */
  readonly cold?: boolean;
  readonly onProgress?: (progress: StartProgress) => void;
  /** An invitation (the fragment of this page's address): joins that machine instead of starting one. */
  readonly invitation?: string;
}

/** Why the guest stopped of its own accord. */
export type HaltReason =
  | { readonly kind: 'poweroff' }
  | { readonly kind: 'reset' }
  /** The guest reported a failure code to the test device. */
  | { readonly kind: 'failure'; readonly code: number }
  /** The kernel gave up; `text` is its own line, without the timestamp. */
  | { readonly kind: 'panic'; readonly text: string };

/** The life of a machine as the UI sees it. */
export type MachineState =
  /** Nothing was started yet, or the machine was disposed of. */
  | { readonly kind: 'idle' }
  /** From `start` until the shell lives. `mode` is what the client is doing: a resume may fall back to `cold`. */
  | {
      readonly kind: 'booting';
      readonly mode: 'resume' | 'cold';
      readonly notice: string | undefined;
    }
  /** The shell lives. `notice` is a sentence for the viewer, such as why the snapshot was not used. */
  | { readonly kind: 'running'; readonly notice: string | undefined }
  /** The machine runs in another tab. This one's terminal follows it, and its keys count: see `pair`. */
  | { readonly kind: 'remote' }
  /** The guest stopped; `message` says it in a sentence. `restart` starts anew. */
  | { readonly kind: 'halted'; readonly reason: HaltReason; readonly message: string }
  /** The machine could not start or broke; `restart` may help when the advice says so. */
  | { readonly kind: 'failed'; readonly message: string; readonly advice: string };

/**
 * Called with bytes as the guest wrote them; the array is the callee's to keep. A promise holds back
 * further output until it settles: the guest then waits for its reader, as for a slow terminal.
 */
export type OutputListener = (
  device: ConsoleDevice,
  bytes: Uint8Array<ArrayBuffer>,
) => void | Promise<void>;
export type StateListener = (state: MachineState) => void;

/** One machine of this page: what the UI holds. All methods return at once (R12). */
export interface MachineClient {
  /** Whether this page can run the machine at all. Call before `start`. */
  checkEnvironment(): Result<undefined, EnvironmentProblem>;
  /**
   * Starts the machine. Resolves when the guest runs its first instruction or when starting has
   * failed; what happened is in `state`. Never rejects for bad input.
   */
  start(options: StartOptions): Promise<void>;
  /**
   * Sends bytes (or text, as UTF-8) to a console of the guest. False when they were refused because
   * too many wait already (see PENDING_INPUT_LIMIT) or nothing runs: none of them was sent then.
   */
  write(device: ConsoleDevice, data: Uint8Array | string): boolean;
  /** Tells `console0` its size in characters; remembered across restarts. */
  resize(columns: number, rows: number): void;
  /** Subscribes; the returned function unsubscribes. Output before the first subscription is kept (bounded). */
  onOutput(listener: OutputListener): () => void;
  /** Subscribes and is called at once with the present state; the returned function unsubscribes. */
  onState(listener: StateListener): () => void;
  readonly state: MachineState;
  /** Present figures, cheap to read; poll at 10 Hz or less (R12). */
  counters(): MachineCounters;
  /** Throws the machine away and starts again with the options of the last `start`. */
  restart(options?: { readonly cold?: boolean }): Promise<void>;
  /** Who protects the machine, and how. */
  readonly pair: PairClient;
  /** Stops the workers and frees their memory. The client can be started again. */
  dispose(): void;
}
