export interface Pacing {
    /** Milliseconds between captures while commits keep up. */
    readonly intervalMs: number;
    /** The guest has run since the last capture. */
    readonly changed: boolean;
    readonly capturedAt: number;
    /** At least 1: how much longer than the interval epochs are just now. */
    readonly stretch: number;
    readonly stagingFull: boolean;
}
/** What a decision depends on besides. */
export interface Pressure {
    /** A capture was asked for, or its copy is not complete. */
    readonly copying: boolean;
    /** Captured epochs that are not committed. */
    readonly inFlight: number;
    readonly outputWaits: boolean;
}
export declare const newPacing: (intervalMs: number, now: number) => Pacing;
/** The time at which the next capture is due; undefined: not before something else happens. */
export declare function captureDue(pacing: Pacing, pressure: Pressure): number | undefined;
/** The length of an epoch just now. */
export declare const epochMs: (pacing: Pacing) => number;
export declare const afterCapture: (pacing: Pacing, now: number) => Pacing;
/** Adapts to how long a checkpoint took from capture to commit. */
export declare function afterCommit(pacing: Pacing, commitMs: number): Pacing;
//# sourceMappingURL=pacing.d.ts.map