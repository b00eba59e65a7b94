export interface Silence {
    /** Observed milliseconds since the last sign of life. */
    readonly ms: number;
    /** When we last looked at the clock. */
    readonly seenAt: number;
    /** When the last sign of life came. */
    readonly heardAt: number;
}
export declare const newSilence: (now: number) => Silence;
/** Time has passed. */
export declare function listen(silence: Silence, now: number): Silence;
/** Something came from it. */
export declare const heard: (_silence: Silence, now: number) => Silence;
//# sourceMappingURL=silence.d.ts.map