/**
 * The one table of messages. From an entry come the message's type, its encoder and decoder, its
 * length cap, the channel it travels on, and who may send it.
 *
 * A release that adds a message or appends a word to a list raises PROTOCOL_VERSION; one that changes the
 * meaning of a field also raises OLDEST_VERSION. `reject` never changes: it is how two versions
 * tell each other that they do not fit.
 */
import { type Field, type ValueOf } from './fields.ts';
/** The version that this program writes. */
export declare const PROTOCOL_VERSION = 1;
/** The oldest version that this program still reads. */
export declare const OLDEST_VERSION = 1;
/** What a party is to the one it talks to. A joiner is none of the others yet. */
export type Party = 'primary' | 'standby' | 'watcher' | 'joiner';
/** Ordered and reliable each; nothing is said about the order between two of them. */
export type Channel = 'control' | 'bulk' | 'heartbeat';
/** A console's bytes from a position of its stream, or one frame of a network device. */
export declare const outputField: Field<import("./fields.ts").ValuesOf<{
    readonly device: Field<string>;
    readonly kind: Field<"console" | "frame">;
    /** Bytes (console) or frames that this device had put out before. */
    readonly position: Field<number>;
    readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
}>>;
/** A piece of output, as it lies in the stream of its device. */
export type PlacedOutput = ValueOf<typeof outputField>;
/** A piece of input: what it means is known to the host only. */
export declare const inputField: Field<import("./fields.ts").ValuesOf<{
    /** The keyboard: one for each life of a tab. */
    readonly source: Field<string>;
    /** A queue of the machine: items of one lane are taken in order, lanes are independent. */
    readonly lane: Field<string>;
    /** 1, 2, 3 … for each source and lane. */
    readonly sequence: Field<number>;
    readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
}>>;
export type InputItem = ValueOf<typeof inputField>;
/** How far a checkpoint has consumed one source's lane. */
export declare const appliedField: Field<import("./fields.ts").ValuesOf<{
    readonly source: Field<string>;
    readonly lane: Field<string>;
    readonly sequence: Field<number>;
}>>;
export type AppliedInput = ValueOf<typeof appliedField>;
/** How far a terminal has shown a device's output. */
export declare const shownField: Field<import("./fields.ts").ValuesOf<{
    readonly device: Field<string>;
    readonly position: Field<number>;
}>>;
export type ShownPosition = ValueOf<typeof shownField>;
/** Why somebody is turned away or a checkpoint is not taken. */
export declare const rejectCode: Field<"other-version" | "other-machine" | "too-little-memory" | "full" | "corrupt" | "unexpected" | "old-term" | "not-primary" | "bad-checkpoint" | "dropped" | "wrong-secret" | "gone">;
export type RejectCode = ValueOf<typeof rejectCode>;
interface Entry<F> {
    readonly number: number;
    readonly from: readonly Party[];
    readonly channel: Channel;
    /** Longest payload in bytes. */
    readonly cap: number;
    readonly fields: Field<F>;
}
/** Messages with a higher term than ours come from parties whose role we do not know yet. */
export declare const messageTable: {
    /** "I want to join." The answer is `welcome` or `reject`. */
    readonly hello: Entry<import("./fields.ts").ValuesOf<{
        readonly machine: Field<string>;
        readonly node: Field<string>;
        readonly wants: Field<"standby" | "watch">;
        /** Grows with each hello of a node: a doubled one is no news. */
        readonly attempt: Field<number>;
        /** Guest RAM that the joiner can hold, in bytes. */
        readonly ramBytes: Field<number>;
        /** What its terminal has shown already. */
        readonly shown: Field<readonly import("./fields.ts").ValuesOf<{
            readonly device: Field<string>;
            readonly position: Field<number>;
        }>[]>;
    }>>;
    readonly welcome: Entry<import("./fields.ts").ValuesOf<{
        readonly as: Field<"standby" | "watcher" | "queued">;
        readonly node: Field<string>;
        readonly ramBytes: Field<number>;
        /** Names the state that every RAM page is compared with; empty: none. */
        readonly baseline: Field<Uint8Array<ArrayBufferLike>>;
        /** What the host needs to build the same machine. */
        readonly description: Field<Uint8Array<ArrayBufferLike>>;
    }>>;
    /** The joiner has made its machine; `baseline` is what its RAM holds now (empty: zeros). */
    readonly ready: Entry<import("./fields.ts").ValuesOf<{
        readonly baseline: Field<Uint8Array<ArrayBufferLike>>;
    }>>;
    /** A checkpoint begins. It is to be applied to the state that `base` left (0: to the baseline). */
    readonly begin: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
        readonly base: Field<number>;
    }>>;
    /** The checkpoint wing's bytes; `index` counts the chunks and outputs of a checkpoint together. */
    readonly pages: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
        readonly index: Field<number>;
        readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
    }>>;
    /** CPU and devices, encoded by the checkpoint wing. */
    readonly sections: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
        readonly index: Field<number>;
        readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
    }>>;
    /** A part of a checkpoint: what its epoch has put out. */
    readonly outputs: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
        readonly index: Field<number>;
        readonly items: Field<readonly import("./fields.ts").ValuesOf<{
            readonly device: Field<string>;
            readonly kind: Field<"console" | "frame">;
            /** Bytes (console) or frames that this device had put out before. */
            readonly position: Field<number>;
            readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
        }>[]>;
    }>>;
    readonly commit: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
        /** Messages between begin and commit. */
        readonly chunks: Field<number>;
        /** Over the payloads of all of them, see digest.ts. */
        readonly digest: Field<Uint8Array<ArrayBufferLike>>;
        /** No output after this checkpoint leaves before the next is committed: it may be taken over. */
        readonly protects: Field<boolean>;
        readonly instructions: Field<bigint>;
        readonly guestTime: Field<bigint>;
        /** What has been consumed since `base`; in a first copy, ever. */
        readonly applied: Field<readonly import("./fields.ts").ValuesOf<{
            readonly source: Field<string>;
            readonly lane: Field<string>;
            readonly sequence: Field<number>;
        }>[]>;
        /** In a first copy: where each device's output goes on. */
        readonly positions: Field<readonly import("./fields.ts").ValuesOf<{
            readonly device: Field<string>;
            readonly position: Field<number>;
        }>[]>;
    }>>;
    /** The standby holds this checkpoint, and with it all before. */
    readonly acknowledge: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
    }>>;
    /** Understood by every version. `epoch` is 0 unless a checkpoint is meant. */
    readonly reject: Entry<import("./fields.ts").ValuesOf<{
        readonly code: Field<"other-version" | "other-machine" | "too-little-memory" | "full" | "corrupt" | "unexpected" | "old-term" | "not-primary" | "bad-checkpoint" | "dropped" | "wrong-secret" | "gone">;
        readonly epoch: Field<number>;
        readonly sentence: Field<string>;
    }>>;
    /** This checkpoint and those after it will not be finished. */
    readonly abort: Entry<import("./fields.ts").ValuesOf<{
        readonly epoch: Field<number>;
    }>>;
    readonly heartbeat: Entry<import("./fields.ts").ValuesOf<{
        /** Newest committed epoch of the sender; a lost acknowledgement is made good by it. */
        readonly committed: Field<number>;
        /** The epoch that a standby rejected and still waits to see again; 0: none. */
        readonly rejected: Field<number>;
        /** Milliseconds since the machine's worker gave a sign of life; 0 on a standby. */
        readonly machineAge: Field<number>;
    }>>;
    /** Keys on their way to the guest, or (from the primary) keys to keep until they are committed. */
    readonly inputs: Entry<import("./fields.ts").ValuesOf<{
        /** From a primary: what is consumed already, so that `items` follow without a hole. */
        readonly since: Field<readonly import("./fields.ts").ValuesOf<{
            readonly source: Field<string>;
            readonly lane: Field<string>;
            readonly sequence: Field<number>;
        }>[]>;
        readonly items: Field<readonly import("./fields.ts").ValuesOf<{
            /** The keyboard: one for each life of a tab. */
            readonly source: Field<string>;
            /** A queue of the machine: items of one lane are taken in order, lanes are independent. */
            readonly lane: Field<string>;
            /** 1, 2, 3 … for each source and lane. */
            readonly sequence: Field<number>;
            readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
        }>[]>;
    }>>;
    readonly takeover: Entry<import("./fields.ts").ValuesOf<{
        /** `request`: the primary stopped after `epoch` and wants the standby to go on. `announce`: done. */
        readonly what: Field<"request" | "announce">;
        readonly epoch: Field<number>;
        readonly node: Field<string>;
    }>>;
    /** The last word of a party that goes: nothing follows. */
    readonly shutdown: Entry<import("./fields.ts").ValuesOf<{
        readonly reason: Field<"leaving" | "halted">;
        readonly sentence: Field<string>;
    }>>;
    /** To those who watch or queue: output that is committed, and keys of theirs that are. */
    readonly released: Entry<import("./fields.ts").ValuesOf<{
        /** Nothing older is left: a terminal shows these even after a hole. */
        readonly oldest: Field<boolean>;
        readonly items: Field<readonly import("./fields.ts").ValuesOf<{
            readonly device: Field<string>;
            readonly kind: Field<"console" | "frame">;
            /** Bytes (console) or frames that this device had put out before. */
            readonly position: Field<number>;
            readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
        }>[]>;
        readonly applied: Field<readonly import("./fields.ts").ValuesOf<{
            readonly source: Field<string>;
            readonly lane: Field<string>;
            readonly sequence: Field<number>;
        }>[]>;
    }>>;
    /** Figures for people, of the primary's host for the others' hosts: what they mean is known there only. */
    readonly telemetry: Entry<import("./fields.ts").ValuesOf<{
        readonly bytes: Field<Uint8Array<ArrayBufferLike>>;
    }>>;
    /** A watcher's (or queued joiner's) terminal lacks output from these positions on. */
    readonly watch: Entry<import("./fields.ts").ValuesOf<{
        readonly shown: Field<readonly import("./fields.ts").ValuesOf<{
            readonly device: Field<string>;
            readonly position: Field<number>;
        }>[]>;
    }>>;
};
export type MessageName = keyof typeof messageTable;
type FieldsOf<N extends MessageName> = (typeof messageTable)[N]['fields'];
/** One message of the table, with its fields. */
export type MessageOf<N extends MessageName> = {
    readonly [K in N]: {
        readonly kind: K;
    } & ValueOf<FieldsOf<K>>;
}[N];
export type Message = MessageOf<MessageName>;
export {};
//# sourceMappingURL=messages.d.ts.map