import type { PlacedOutput } from './messages.ts';
/** Continues a digest over some bytes: a pure function. At most 32 bytes. */
export type ExtendDigest = (previous: Uint8Array, bytes: Uint8Array) => Uint8Array;
/** A checkpoint is bound to its term and to the state that it is a difference to. */
export declare const startDigest: (extend: ExtendDigest, term: number, epoch: number, base: number) => Uint8Array;
/** Adds chunk number `index`. */
export declare const extendByChunk: (extend: ExtendDigest, previous: Uint8Array, index: number, bytes: Uint8Array) => Uint8Array;
/** Adds a list of outputs, which takes one index like a chunk. */
export declare function extendByOutputs(extend: ExtendDigest, previous: Uint8Array, index: number, items: readonly PlacedOutput[]): Uint8Array;
export declare function sameDigest(a: Uint8Array, b: Uint8Array): boolean;
//# sourceMappingURL=digest.d.ts.map