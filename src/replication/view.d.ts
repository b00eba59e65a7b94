/** The state of a replica as people see it: one word, one sentence, and the figures of the moment. */
import type { ReplicaState } from './state.ts';
import type { Failover, Totals } from './statistics.ts';
/** The five colours of the dashboard, and what comes before and after them. */
export type ViewWord = 'starting' | 'joining' | 'watching' | 'unprotected' | 'copying' | 'protected' | 'deciding' | 'lost' | 'ended';
export interface ReplicaView {
    readonly role: 'primary' | 'standby' | 'watcher' | 'none';
    readonly word: ViewWord;
    readonly sentence: string;
    readonly term: number;
    /** Since when, by the events' clock; undefined when it does not matter. */
    readonly since: number | undefined;
}
export declare function viewOf(state: ReplicaState): ReplicaView;
/** Figures of the moment. */
export interface Figures {
    readonly term: number;
    /** The epoch that runs (primary), or the newest that is held. */
    readonly epoch: number;
    readonly committed: number;
    /** Age of the newest commit, in milliseconds: what a crash would lose. Undefined: everything. */
    readonly exposureMs: number | undefined;
    readonly inFlight: number;
    readonly heldOutputBytes: number;
    readonly keysKept: number;
    readonly queued: number;
    readonly watchers: number;
    readonly throttled: boolean;
    /** Bytes of checkpoints received (standby). */
    readonly receivedBytes: number;
    readonly totals: Totals | undefined;
    readonly lastFailover: Failover | undefined;
}
/** `now` by the events' clock. */
export declare function figuresOf(state: ReplicaState, now: number): Figures;
//# sourceMappingURL=view.d.ts.map