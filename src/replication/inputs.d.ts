import type { AppliedInput, InputItem } from './messages.ts';
/** Highest sequence number by source and lane. */
type Sequences = ReadonlyMap<string, AppliedInput>;
export interface Inputs {
    /** This node's keyboard. */
    readonly source: string;
    /** Items not known to be in a committed checkpoint, in the order in which they were learnt. */
    readonly log: readonly InputItem[];
    readonly logBytes: number;
    /** Learnt, from whomever: a later copy is a double. */
    readonly known: Sequences;
    /** In the newest committed checkpoint. */
    readonly committed: Sequences;
    /** In the newest capture (primary). */
    readonly captured: Sequences;
    /** By lane: items given to the machine that no capture has seen consumed, oldest first. */
    readonly delivered: ReadonlyMap<string, readonly InputItem[]>;
    /** By lane: items that captures have seen consumed in this life of the machine. */
    readonly consumed: ReadonlyMap<string, number>;
}
export declare const newInputs: (source: string) => Inputs;
/** A key typed here: cuts it into items. Undefined when the log has no room for it. */
export declare function typeKey(inputs: Inputs, lane: string, bytes: Uint8Array): {
    readonly inputs: Inputs;
    readonly items: readonly InputItem[];
} | undefined;
export interface Learnt {
    readonly inputs: Inputs;
    /** Those that were new, in order. Doubles, and items after a hole (they come again), are left out. */
    readonly items: readonly InputItem[];
}
/** Items from elsewhere. */
export declare function learn(inputs: Inputs, items: readonly InputItem[]): Learnt;
/** Items go into the machine. Call it with everything that `deliver-inputs` carries, in order. */
export declare function deliver(inputs: Inputs, items: readonly InputItem[]): Inputs;
/** A capture: `applied` counts the items of each lane that the captured state has consumed. */
export declare function captureInputs(inputs: Inputs, applied: Readonly<Record<string, number>>): {
    readonly inputs: Inputs;
    readonly since: readonly AppliedInput[];
};
/** What a checkpoint has consumed ever, for a first copy. */
export declare const capturedEver: (inputs: Inputs) => AppliedInput[];
/** A checkpoint that has consumed `applied` is committed: those items need not be kept. */
export declare function commitInputs(inputs: Inputs, applied: readonly AppliedInput[]): Inputs;
/**
 * The machine runs unprotected and has consumed these: nobody will ever play them again. `applied` as
 * in {@link captureInputs}.
 */
export declare function consumeInputs(inputs: Inputs, applied: Readonly<Record<string, number>>): {
    readonly inputs: Inputs;
    readonly since: readonly AppliedInput[];
};
/** The other side counts these as consumed: what follows them is no hole. */
export declare function skipConsumed(inputs: Inputs, since: readonly AppliedInput[]): Inputs;
/** What a new standby must keep: delivered, not in the capture. */
export declare const notCaptured: (inputs: Inputs) => InputItem[];
/** Keys that no committed checkpoint has consumed, as far as this node knows: sent (again) to a primary. */
export declare const uncommitted: (inputs: Inputs) => InputItem[];
/** A takeover: the machine is in the committed state, and everything in the log is played to it. */
export declare function replay(inputs: Inputs): Learnt;
export {};
//# sourceMappingURL=inputs.d.ts.map