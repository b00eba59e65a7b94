/**
 * The digest of a whole checkpoint: a chain over its parts, so that both sides compute it as the
 * parts come and go. The hash is the host's (SHA-256, or the engine's page hash); this wing only
 * says what is hashed.
 */
import { ByteWriter } from '../base/bytes.ts';
import type { PlacedOutput } from './messages.ts';

/** Continues a digest over some bytes: a pure function. At most 32 bytes. */
export type ExtendDigest = (previous: Uint8Array, bytes: Uint8Array) => Uint8Array;

const encodeNumbers = (...numbers: readonly number[]): Uint8Array => {
  const writer = new ByteWriter();
  for (const number of numbers) writer.u64(BigInt(number));
  return writer.finish();
};

/** A checkpoint is bound to its term and to the state that it is a difference to. */
export const startDigest = (
  extend: ExtendDigest,
  term: number,
  epoch: number,
  base: number,
): Uint8Array => extend(new Uint8Array(0), encodeNumbers(term, epoch, base));

/** Adds chunk number `index`. */
export const extendByChunk = (
  extend: ExtendDigest,
  previous: Uint8Array,
  index: number,
  bytes: Uint8Array,
): Uint8Array => extend(extend(previous, encodeNumbers(index, bytes.length)), bytes);

/** Adds a list of outputs, which takes one index like a chunk. */
export function extendByOutputs(
  extend: ExtendDigest,
  previous: Uint8Array,
  index: number,
  items: readonly PlacedOutput[],
): Uint8Array {
  const writer = new ByteWriter();
  for (const { device, kind, position, bytes } of items) {
    writer.text(device).text(kind).u64(BigInt(position)).bytes(bytes);
  }
  return extendByChunk(extend, previous, index, writer.finish());
}

export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
