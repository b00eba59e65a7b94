/**
 * Field types of messages: each says once how a value is written and read, and the value's
 * TypeScript type follows from it. Readers throw {@link TruncatedError} or {@link FieldError};
 * `frame.ts` turns both into a typed reason (R8).
 */
import { assert } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';

/** A value that no sender of ours writes. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

export interface Field<T> {
  readonly write: (writer: ByteWriter, value: T) => void;
  readonly read: (reader: ByteReader) => T;
}

/** The value type of a field. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The values of a record of fields. */
export type ValuesOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> };

const LAST_U32 = 2 ** 32 - 1;

/** A whole number in [0, 2^32). */
export const u32: Field<number> = {
  write: (writer, value) => {
    assert(Number.isInteger(value) && value >= 0 && value <= LAST_U32, `not a u32: ${value}`);
    writer.u32(value);
  },
  read: (reader) => reader.u32(),
};

/** A whole number in [0, 2^53), in 8 bytes: terms, epochs, positions. */
export const counter: Field<number> = {
  write: (writer, value) => {
    assert(Number.isSafeInteger(value) && value >= 0, `not a counter: ${value}`);
    writer.u64(BigInt(value));
  },
  read: (reader) => {
    const value = reader.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FieldError('a counter is over 2^53');
    return Number(value);
  },
};

export const u64: Field<bigint> = {
  write: (writer, value) => writer.u64(value),
  read: (reader) => reader.u64(),
};

export const flag: Field<boolean> = {
  write: (writer, value) => writer.bool(value),
  read: (reader) => {
    const value = reader.u8();
    if (value > 1) throw new FieldError('a flag is neither 0 nor 1');
    return value === 1;
  },
};

/** UTF-8 of at most `cap` bytes. */
export function text(cap: number): Field<string> {
  return {
    write: (writer, value) => {
      const bytes = new TextEncoder().encode(value);
      assert(bytes.length <= cap, `text is over its cap of ${cap} bytes`);
      writer.bytes(bytes);
    },
    read: (reader) => reader.text(cap),
  };
}

/** At most `cap` bytes. What is read is a view of the frame, not a copy. */
export function bytes(cap: number): Field<Uint8Array> {
  return {
    write: (writer, value) => {
      assert(value.length <= cap, `${value.length} bytes are over the cap of ${cap}`);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(cap),
  };
}

/** One of a few words, sent as its place in the list: append new ones, never reorder (R9). */
export function oneOf<const T extends readonly string[]>(...words: T): Field<T[number]> {
  return {
    write: (writer, value) => {
      const index = words.indexOf(value);
      assert(index >= 0, `unknown word ${value}`);
      writer.u8(index);
    },
    read: (reader) => {
      const word = words[reader.u8()];
      if (word === undefined) throw new FieldError('a word is not in its list');
      return word;
    },
  };
}

/** Fields one after the other. */
export function record<const F extends Readonly<Record<string, unknown>>>(
  fields: F,
): Field<ValuesOf<F>> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  return {
    write: (writer, value) => {
      const values = value as Readonly<Record<string, unknown>>;
      for (const [name, field] of entries) field.write(writer, values[name]);
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.read(reader);
      return value as ValuesOf<F>;
    },
  };
}

/** At most `cap` values of one type. */
export function list<T>(item: Field<T>, cap: number): Field<readonly T[]> {
  return {
    write: (writer, values) => {
      assert(values.length <= cap, `${values.length} items are over the cap of ${cap}`);
      writer.u32(values.length);
      for (const value of values) item.write(writer, value);
    },
    read: (reader) => {
      const length = reader.u32();
      if (length > cap) throw new FieldError(`${length} items are over the cap of ${cap}`);
      return Array.from({ length }, () => item.read(reader));
    },
  };
}
