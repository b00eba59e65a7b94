export interface Witness {
    readonly term: number;
    /** The node that won this term; empty before the first. */
    readonly holder: string;
}
export interface Claim {
    /** The term that the claimant lives in. */
    readonly expected: number;
    readonly claimant: string;
}
export interface Verdict {
    readonly expected: number;
    readonly granted: boolean;
    readonly term: number;
    readonly holder: string;
}
export declare const newWitness: () => Witness;
/**
 * Grants `expected + 1` to the first who asks. A winner who asks again (its answer was lost) is
 * told again that it won. Node names are made anew for each life of a node.
 */
export declare function judge(witness: Witness, { expected, claimant }: Claim): {
    readonly witness: Witness;
    readonly verdict: Verdict;
};
/** A claim under way, at the claimant. */
export interface PendingClaim {
    readonly expected: number;
    readonly askedAt: number;
}
export declare const claimIsDue: (claim: PendingClaim, now: number) => boolean;
//# sourceMappingURL=witness.d.ts.map