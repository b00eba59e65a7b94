/**
 * What the host tells a replica. Every event carries `now`: the host's monotonic clock in
 * milliseconds, which never runs backwards from one event to the next. Nothing else tells time.
 */
import type { FrameError, Frame } from './frame.ts';
import type { Channel, PlacedOutput } from './messages.ts';

/** A link to another party, named by the host; a new connection has a new name. */
export type PeerId = string;

/** Output as the machine gives it; its position in the stream is counted here. */
export type MachineOutput = Pick<PlacedOutput, 'device' | 'kind' | 'bytes'>;

/** What a capture cost and caught. Figures for people, except `applied`. */
export interface CaptureFacts {
  readonly pauseMs: number;
  readonly instructions: bigint;
  readonly guestTime: bigint;
  /**
   * Input items of each lane that the captured state has taken, counted from the first item
   * that this life of the machine was given by `deliver-inputs`.
   */
  readonly applied: Readonly<Record<string, number>>;
}

/** What copying and encoding a checkpoint came to. */
export interface StagedFacts {
  readonly dirtyPages: number;
  readonly zeroPages: number;
  readonly rawBytes: number;
  readonly copyMs: number;
}

type EventBody =
  /** Nothing but time. Due at `deadlineOf(state)` at the latest. */
  | { readonly kind: 'tick' }
  // Links and the witness
  /**
   * A link is up, its other end authenticated (R11). On a standby: to whom it shall say hello. Comes
   * before anything else that this link brings.
   */
  | { readonly kind: 'peer-connected'; readonly peer: PeerId }
  /** A link is gone for good. */
  | { readonly kind: 'peer-lost'; readonly peer: PeerId }
  /** Somebody without the secret, or of another machine, was turned away by the transport. */
  | { readonly kind: 'stranger'; readonly sentence: string }
  | { readonly kind: 'frame'; readonly peer: PeerId; readonly frame: Frame }
  /** What arrived was no frame (`decodeFrame` failed). */
  | {
      readonly kind: 'bad-frame';
      readonly peer: PeerId;
      readonly channel: Channel;
      readonly error: FrameError;
    }
  /** The witness's answer to a claim (`ask-witness`). */
  | {
      readonly kind: 'witness';
      readonly expected: number;
      readonly granted: boolean;
      /** The term as it is now, and who has it. */
      readonly term: number;
      readonly holder: string;
    }
  /** The witness could not be asked, for whatever reason: nobody knows whether the claim was granted. */
  | { readonly kind: 'witness-failed'; readonly expected: number; readonly sentence: string }
  /** An early word that the primary is dead: its Web Lock was released, its channel closed. */
  | { readonly kind: 'primary-gone'; readonly word: 'lock-released' | 'channel-closed' | 'bye' }
  /** A person typed (or resized) here. Longer than INPUT_ITEM_BYTES is cut into items. */
  | { readonly kind: 'key'; readonly lane: string; readonly bytes: Uint8Array }
  /** Figures for all who protect or watch this machine, at most TELEMETRY_BYTES. Ten a second at most. */
  | { readonly kind: 'telemetry'; readonly bytes: Uint8Array }
  /** Code that is hot here, for the standby, at most HOT_CODE_BYTES. */
  | { readonly kind: 'hot-code'; readonly bytes: Uint8Array }
  /** This page is being closed. */
  | { readonly kind: 'leave' }
  // The machine of a primary
  /** The guest has executed something since the last capture. Once an epoch is enough. */
  | { readonly kind: 'changed' }
  /** The machine's worker lives (also when the guest sleeps). At least every HEARTBEAT_MS. */
  | { readonly kind: 'machine-beat' }
  /** In the machine's order, and in order with `captured`. */
  | { readonly kind: 'output'; readonly outputs: readonly MachineOutput[] }
  | { readonly kind: 'captured'; readonly epoch: number; readonly facts: CaptureFacts }
  /**
   * Items of each lane taken so far, as in CaptureFacts. While there is no standby nothing else
   * tells; send it when the counts have grown, at 10 Hz or so. Ignored while captures are made.
   */
  | { readonly kind: 'inputs-consumed'; readonly applied: Readonly<Record<string, number>> }
  | { readonly kind: 'capture-failed'; readonly epoch: number; readonly sentence: string }
  /** The next bytes of the checkpoint that is copied, at most CHUNK_BYTES. Make them when the link has room. */
  | {
      readonly kind: 'chunk';
      readonly epoch: number;
      readonly part: 'pages' | 'sections';
      readonly bytes: Uint8Array;
    }
  /**
   * The copy is complete, or was given up (or never begun) because of `merge-dirty`: another capture may
   * be made.
   */
  | { readonly kind: 'staged'; readonly epoch: number; readonly facts: StagedFacts }
  /** Staging has reached its hard limit, or has room again. */
  | { readonly kind: 'staging'; readonly full: boolean }
  | { readonly kind: 'guest-started' }
  | { readonly kind: 'guest-failed'; readonly sentence: string }
  /** The guest switched itself off. Nothing follows from the machine. */
  | { readonly kind: 'guest-halted'; readonly sentence: string }
  /** A person wants the standby to go on in this one's place. */
  | { readonly kind: 'hand-over' }
  // The machine of a standby
  /** Memory and baseline are in place; `baseline` names it, empty for zeroed RAM. */
  | { readonly kind: 'prepared'; readonly baseline: Uint8Array }
  | { readonly kind: 'prepare-failed'; readonly sentence: string }
  /** The staged checkpoint has been applied, all of it. */
  | { readonly kind: 'applied'; readonly epoch: number }
  /** The staged checkpoint cannot be applied; the state before it was not touched. */
  | { readonly kind: 'apply-failed'; readonly epoch: number; readonly sentence: string };

export type ReplicaEvent = EventBody & { readonly now: number };
export type EventOf<K extends ReplicaEvent['kind']> = Extract<ReplicaEvent, { readonly kind: K }>;
