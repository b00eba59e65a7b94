/** Figures for the dashboard, gathered where they arise. Totals are named as QEMU's `info migrate` names them. */
/** One checkpoint, when it was committed. Times are milliseconds. */
export interface CheckpointReport {
    readonly term: number;
    readonly epoch: number;
    readonly first: boolean;
    readonly capturedAt: number;
    readonly committedAt: number;
    readonly pauseMs: number;
    readonly copyMs: number;
    /** From the capture to the acknowledgement. */
    readonly commitMs: number;
    /** How long the oldest output of the epoch waited; undefined when it had none (or the gate was open). */
    readonly outputDelayMs: number | undefined;
    /** From this capture back to the one before: the length of the epoch. */
    readonly epochMs: number;
    readonly dirtyPages: number;
    readonly rawBytes: number;
    readonly wireBytes: number;
}
/** How one takeover went, by the new primary's clock in milliseconds. */
export interface Failover {
    readonly term: number;
    /** The checkpoint that it went on from. */
    readonly epoch: number;
    readonly why: TakeoverWord;
    /** When the newest checkpoint was committed here. */
    readonly lastCommitAt: number;
    /** The last sign of life from the old primary. */
    readonly lastHeardAt: number;
    readonly noticedAt: number;
    readonly witnessWonAt: number;
    readonly firstInstructionAt: number;
    /** Undefined while the guest has put out nothing. */
    readonly firstOutputAt: number | undefined;
    /** The guest did not run from the last sign of life to the first instruction here. */
    readonly downtimeMs: number;
    /** Work done by the old primary after the last commit is lost: at most this much. */
    readonly exposureMs: number;
    readonly replayedKeys: number;
}
/** What made a party believe that the other is gone. */
export type SuspicionWord = 
/** It released its lock, or its link: early words, and often the truth. */
'lock-released' | 'channel-closed'
/** It said that it goes. */
 | 'bye'
/** Nothing was heard for too long. */
 | 'silent'
/** It beats, but the machine behind it does not move. */
 | 'hung'
/** It began to join anew: it has lost its copy. */
 | 'joined-anew'
/** Somebody speaks of a later term than ours. */
 | 'higher-term'
/** It holds up commits: rejects all, acknowledges none, or staging is full and the policy is to drop it. */
 | 'rejects' | 'no-commit' | 'staging'
/** It did not take the machine that it was offered. */
 | 'no-hand-over';
/** What made a standby take over. */
export type TakeoverWord = SuspicionWord | 'hand-over';
/** Sums since this node had the machine. Names are those of `info migrate` where it has one. */
export interface Totals {
    /** Guest RAM, in bytes. */
    readonly totalRam: number;
    /** Bytes sent in checkpoints that were committed. */
    readonly transferredRam: number;
    readonly normalPages: number;
    /** Pages of zeros ("duplicate" in `info migrate`). */
    readonly duplicatePages: number;
    readonly normalBytes: number;
    /** Captures: each synchronizes the dirty map. */
    readonly dirtySyncCount: number;
    readonly commits: number;
    readonly aborts: number;
    /** Milliseconds from the standby's hello to the end of the newest first copy. */
    readonly setupMs: number;
    /** Milliseconds that the guest was paused for captures, in all, and the longest. */
    readonly pauseMs: number;
    readonly longestPauseMs: number;
    /** Bytes of output released and thrown away. */
    readonly releasedBytes: number;
    readonly discardedBytes: number;
    readonly keysDelivered: number;
    /** Takeovers that this node has seen. */
    readonly failovers: number;
}
export declare const newTotals: (totalRam: number) => Totals;
/** Adds to the named sums. */
export declare function add(totals: Totals, more: Partial<Totals>): Totals;
export declare const countPause: (totals: Totals, pauseMs: number) => Totals;
//# sourceMappingURL=statistics.d.ts.map