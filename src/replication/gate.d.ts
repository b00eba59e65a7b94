/**
 * The output gate (R3). Output belongs to the epoch in which the guest made it; a closed gate holds
 * it until that epoch is committed. An open gate (the machine is unprotected and says so) lets it
 * through at once, and still remembers it until the next capture, because a standby in its first
 * copy must know it too.
 */
import type { MachineOutput } from './events.ts';
import type { PlacedOutput, ShownPosition } from './messages.ts';
interface HeldEpoch {
    readonly epoch: number;
    readonly items: readonly PlacedOutput[];
    readonly bytes: number;
    /** When its first output came, in milliseconds. */
    readonly since: number;
}
export interface Gate {
    readonly open: boolean;
    /** Where each device's stream goes on. */
    readonly positions: ReadonlyMap<string, number>;
    /** Output of the epoch that runs. */
    readonly current: readonly PlacedOutput[];
    readonly currentBytes: number;
    readonly currentSince: number | undefined;
    /** Closed gate only: output of captured epochs, oldest first. */
    readonly held: readonly HeldEpoch[];
    readonly heldBytes: number;
    /** Released output, for terminals that come late; oldest first, at most BACKLOG_BYTES. */
    readonly backlog: readonly PlacedOutput[];
    readonly backlogBytes: number;
}
export interface Released {
    readonly gate: Gate;
    readonly items: readonly PlacedOutput[];
    /** How long the oldest of them waited, in milliseconds; undefined when there are none. */
    readonly waitedSince: number | undefined;
}
export declare const newGate: () => Gate;
/** True while output waits for a checkpoint that has not been captured yet. */
export declare const outputWaits: (gate: Gate) => boolean;
/** True when the guest has to wait: its output has nowhere to go. */
export declare const gateIsFull: (gate: Gate) => boolean;
/** The machine puts something out, in the epoch that runs. */
export declare function putOut(gate: Gate, outputs: readonly MachineOutput[], now: number): Released;
export interface GateCapture {
    readonly gate: Gate;
    /** The captured epoch's output, for the standby. */
    readonly items: readonly PlacedOutput[];
}
/** A capture ends epoch `epoch`. `close`: from here on output waits. */
export declare function captureGate(gate: Gate, epoch: number, close: boolean): GateCapture;
/** Epochs up to `epoch` are committed. */
export declare function release(gate: Gate, epoch: number): Released;
/**
 * Epochs from `epoch` on will not be committed; `items` is their output. It belongs to the epoch that
 * runs now, in front of what that has put out itself.
 */
export declare function reclaim(gate: Gate, epoch: number, items: readonly PlacedOutput[]): Gate;
/** The machine is unprotected from now on: all that is held goes out, and what follows does at once. */
export declare function openGate(gate: Gate): Released;
/** What a stopped primary throws away, in bytes. */
export declare const unreleasedBytes: (gate: Gate) => number;
/** Where each device's output goes on. */
export declare const streamPositions: (gate: Gate) => ShownPosition[];
/** A standby learns the output of a committed checkpoint; `known`: positions that a first copy names. */
export declare function commitOutputs(gate: Gate, items: readonly PlacedOutput[], known: readonly ShownPosition[]): Gate;
/** Released output from these positions on; all of it for devices that are not named. */
export declare function backlogFrom(gate: Gate, shown: readonly ShownPosition[]): PlacedOutput[];
export {};
//# sourceMappingURL=gate.d.ts.map