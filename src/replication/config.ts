/** What a replica is told once. */
import type { ExtendDigest } from './digest.ts';
import type { InputItem } from './messages.ts';

/** What happens when staging reaches its hard limit (R7). */
export type StagingPolicy =
  /** The guest waits until there is room. */
  | 'throttle'
  /** The guest runs on; the next checkpoint is taken when there is room. */
  | 'lengthen'
  /** The guest runs on without protection. */
  | 'drop';

/** What a standby needs to know to build the same machine. */
export interface MachineFacts {
  readonly ramBytes: number;
  /** Digest of the state that the first copy is a difference to; empty: zeroed RAM. */
  readonly baseline: Uint8Array;
  /** The host's own, at most 32 KiB. */
  readonly description: Uint8Array;
}

export interface ReplicaConfig {
  /** Names one life of a machine: the same through all takeovers, never used again. At most 64 bytes. */
  readonly machine: string;
  /**
   * Names this life of this node, never used before: it is claimant at the witness and keyboard in
   * the input log. At most 32 bytes.
   */
  readonly node: string;
  /** Guest RAM that this node could hold as a standby. */
  readonly capacityBytes: number;
  /** Milliseconds between checkpoints; INTERVAL_MS unless a person chose otherwise. */
  readonly intervalMs: number;
  readonly stagingPolicy: StagingPolicy;
  /**
   * Whether the machine can take an item of input at all. What comes from elsewhere and is none is refused: the host
   * counts what the machine takes of each lane, and an item that it never takes would shift all that follow.
   */
  readonly understands: (item: InputItem) => boolean;
  /** The same function on both sides. */
  readonly extendDigest: ExtendDigest;
}
