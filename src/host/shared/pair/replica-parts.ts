/** What a replica's host needs of the platform that it runs on, and whom it tells what. */
import type { Result } from '../../../base/result.ts';
import type { Compressor } from '../../../checkpoint/compression.ts';
import type { MachineFacts, ReplicaConfig } from '../../../replication/config.ts';
import type { PeerId, ReplicaEvent } from '../../../replication/events.ts';
import type { MessageOf } from '../../../replication/messages.ts';
import type { Claim, Verdict } from '../../../replication/witness.ts';
import type { GuestEnd } from '../loop-end.ts';
import type { FirstMachine, ParkedMachine } from './machine-desk.ts';
import type { CopyProgress, PairNotice, PairSample, PairStatus, TakeoverRecord } from './sample.ts';
import type { Show } from './screen-feed.ts';

/** Whom a replica tells what. */
export interface ReplicaListener {
  /** Output for this tab's terminal. */
  readonly show: Show;
  readonly status: (status: PairStatus) => void;
  readonly copy: (progress: CopyProgress | undefined) => void;
  readonly sample: (sample: PairSample) => void;
  readonly takeovers: (records: readonly TakeoverRecord[]) => void;
  readonly notice: (notice: PairNotice) => void;
  /** Keys of this tab that were not taken. */
  readonly refused: (sentence: string) => void;
  /** The machine that runs here now, for its counters; undefined: none does. */
  readonly machine: (channel: SharedArrayBuffer | undefined) => void;
  /** Look for the primary, until the status says that one is found. */
  readonly findPrimary: () => void;
  /** This tab has the machine, in this term. */
  readonly announce: (term: number) => void;
  /** A link is over. */
  readonly linkClosed: (peer: PeerId) => void;
  /** The guest stopped of its own accord, here. */
  readonly halted: (end: GuestEnd) => void;
  /** Nothing more will come. */
  readonly ended: (sentence: string) => void;
  /** Something broke that should not: nothing more will come either. */
  readonly failed: (error: unknown) => void;
}

export interface ReplicaParts {
  readonly config: ReplicaConfig;
  /** Milliseconds of a clock that never runs backwards, and of the wall's. */
  readonly now: () => number;
  readonly wall: () => number;
  readonly compressor: Compressor;
  readonly askWitness: (claim: Claim) => Promise<Verdict>;
  /** Makes the machine that a standby holds a copy in; an error is a sentence for both sides. */
  readonly prepare: (welcome: MessageOf<'welcome'>) => Promise<Result<ParkedMachine, string>>;
  /** Calls back when that node's life ends, if that can be known here; the returned function ends the watch. */
  readonly watchNode: (node: string, gone: () => void) => () => void;
  readonly listener: ReplicaListener;
}

/** What a node begins with. */
export type Beginning =
  | {
      readonly kind: 'primary';
      readonly first: FirstMachine;
      readonly facts: MachineFacts;
    }
  | { readonly kind: 'standby'; readonly wants: 'standby' | 'watch' };

type WithoutTime<E> = E extends ReplicaEvent ? Omit<E, 'now'> : never;
/** An event whose time is yet to be told. */
export type Happening = WithoutTime<ReplicaEvent>;
