/**
 * What people see of a pair: plain data, made ten times a second at most (R12) where the machine runs, and
 * sent to every tab that has to do with it. Times are milliseconds; moments are those of the sender's
 * monotonic clock, so that differences within one sample hold in every tab.
 */
import type { Failover, Totals } from '../../../replication/statistics.ts';
import type { ViewWord } from '../../../replication/view.ts';

export type { Failover, TakeoverWord, Totals } from '../../../replication/statistics.ts';
export type { ViewWord } from '../../../replication/view.ts';

/** What this tab is to the machine, and how the machine is. */
export interface PairStatus {
  readonly role: 'primary' | 'standby' | 'watcher' | 'none';
  readonly word: ViewWord;
  /** The same in a sentence. */
  readonly sentence: string;
  readonly term: number;
}

/** Least, mean and most of what was measured in an interval. */
export interface Spread {
  readonly count: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** The machine over the last interval, as the primary saw it. */
export interface PairSample {
  /** The primary's clock at the end of the interval. */
  readonly at: number;
  /** Length of the interval. */
  readonly intervalMs: number;
  /** The newest epoch that is committed; 0: none. */
  readonly committed: number;
  /** What the guest was paused for a checkpoint. Spreads are over the checkpoints committed in the interval. */
  readonly pauseMs: Spread;
  /** From a capture to its acknowledgement. */
  readonly commitMs: Spread;
  /** How long output waited to be shown; of checkpoints that had any. */
  readonly outputDelayMs: Spread;
  readonly dirtyPages: Spread;
  /** Bytes of all dirty pages of these checkpoints, and what was sent for them. */
  readonly rawBytes: number;
  readonly wireBytes: number;
  /** All bytes given to links since this tab's beginning: checkpoints, beats, figures and what else there is. */
  readonly sentBytes: number;
  /** How old the newest committed checkpoint is: what a crash now would lose. Undefined: everything. */
  readonly exposureMs: number | undefined;
  /** Millions of guest instructions per second of running, and the part of the interval in which it ran. */
  readonly mips: number;
  readonly load: number;
  /** Output and keys that wait for a commit. */
  readonly heldOutputBytes: number;
  readonly keysKept: number;
  /** Checkpoints on their way. */
  readonly inFlight: number;
  /** Others that wait to become the standby, and that only watch. */
  readonly queued: number;
  readonly watchers: number;
  /** What acts because checkpoints are made faster than they can be sent. */
  readonly pressure: PressureWord;
  readonly totals: Totals;
}

export type PressureWord = 'none' | 'lengthen' | 'throttle' | 'drop';

/** Progress of the first copy. */
export interface CopyProgress {
  readonly bytes: number;
  /** Pages that are still to be sent, and of how many; estimates. */
  readonly pagesDone: number;
  readonly pagesTotal: number;
}

/** One takeover of this machine. Times within `failover` are of the clock of the tab that took over. */
export interface TakeoverRecord {
  /** Wall clock at the first instruction, in milliseconds since the epoch. */
  readonly wallMs: number;
  readonly failover: Failover;
}

/** A sentence for people about the pair. */
export interface PairNotice {
  readonly level: 'info' | 'warning';
  readonly sentence: string;
}
