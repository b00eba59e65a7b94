import type { ByteReader, ByteWriter } from '../base/bytes.ts';
/** A value that no sender of ours writes. */
export declare class FieldError extends Error {
    readonly name = "FieldError";
}
export interface Field<T> {
    readonly write: (writer: ByteWriter, value: T) => void;
    readonly read: (reader: ByteReader) => T;
}
/** The value type of a field. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;
/** The values of a record of fields. */
export type ValuesOf<F> = {
    readonly [K in keyof F]: ValueOf<F[K]>;
};
/** A whole number in [0, 2^32). */
export declare const u32: Field<number>;
/** A whole number in [0, 2^53), in 8 bytes: terms, epochs, positions. */
export declare const counter: Field<number>;
export declare const u64: Field<bigint>;
export declare const flag: Field<boolean>;
/** UTF-8 of at most `cap` bytes. */
export declare function text(cap: number): Field<string>;
/** At most `cap` bytes. What is read is a view of the frame, not a copy. */
export declare function bytes(cap: number): Field<Uint8Array>;
/** One of a few words, sent as its place in the list: append new ones, never reorder (R9). */
export declare function oneOf<const T extends readonly string[]>(...words: T): Field<T[number]>;
/** Fields one after the other. */
export declare function record<const F extends Readonly<Record<string, unknown>>>(fields: F): Field<ValuesOf<F>>;
/** At most `cap` values of one type. */
export declare function list<T>(item: Field<T>, cap: number): Field<readonly T[]>;
//# sourceMappingURL=fields.d.ts.map