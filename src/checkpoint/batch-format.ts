/**
 * Some pages of a checkpoint, as they travel. All numbers are little-endian.
 *
 * ```
 * frame   u32 stored length × 2 + (1 if compressed) · u32 length · 16 bytes hash of what is stored · what is stored
 * batch   u32 pages · u32 list length
 *         list        a varint for each page, in ascending order: (pages skipped) × 4 + kind; zeros up to a multiple of 4
 *         line masks  8 bytes for each DELTA
 *         masks       1 byte for each line in these; zeros up to a multiple of 4
 *         values      8 bytes for each bit in those
 *         pages       4096 bytes for each WHOLE
 * ```
 *
 * Things of a kind lie together because they then compress better; a batch is compressed as a whole.
 * Nothing is read before length caps and the hash were found right, and nothing is used before all
 * lengths add up (R8).
 */
import { ByteReader, sameBytes } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { HASH_BYTES, Hasher, PAGE_WORDS } from './digest.ts';
import { PAGE_BYTES } from './capture-area.ts';
import type { Compressor } from './compression.ts';
import { countBits, LINE_MASK_WORDS } from './page-delta.ts';

/** What became of a page. Pages that did not change at all are left out. */
export const PAGE_KIND = { zero: 0, whole: 1, delta: 2 } as const;
export type PageKind = (typeof PAGE_KIND)[keyof typeof PAGE_KIND];
const KIND_BITS = 2;
const KIND_MASK = 3;

/** As many as a slab of staging has. */
export const BATCH_PAGES = 256;

export const FRAME_HEADER_BYTES = 8 + HASH_BYTES;
const BATCH_HEADER_BYTES = 8;
/** A varint of a number below 2^32. */
const MOST_VARINT_BYTES = 5;
const MOST_MASK_BYTES = BATCH_PAGES * (4 * LINE_MASK_WORDS + 64);
/** The longest batch: every page a delta of all its doublewords. */
export const MAX_BATCH_BYTES =
  BATCH_HEADER_BYTES +
  BATCH_PAGES * (MOST_VARINT_BYTES + PAGE_BYTES) +
  MOST_MASK_BYTES +
  2 * PAGE_BYTES;

/** Why a checkpoint cannot be taken over; `sentence` is for people. */
export interface CheckpointError {
  readonly kind:
    'damaged' | 'other-version' | 'too-large' | 'out-of-order' | 'does-not-fit' | 'no-room';
  readonly sentence: string;
}

export const checkpointError = (
  kind: CheckpointError['kind'],
  sentence: string,
): CheckpointError => ({ kind, sentence });

const damaged = (what: string): Result<never, CheckpointError> =>
  err(checkpointError('damaged', `A checkpoint arrived damaged: ${what}.`));

/** A batch whose every length has been checked. The arrays are views of one buffer. */
export interface Batch {
  /** Ascending. */
  readonly pages: Int32Array;
  readonly kinds: Uint8Array;
  /** LINE_MASK_WORDS for each delta. */
  readonly lines: Int32Array;
  readonly masks: Uint8Array;
  readonly values: Int32Array;
  readonly whole: Int32Array;
  /** Length of the batch, for limits. */
  readonly bytes: number;
}

const align = (length: number): number => (length + 3) & ~3;

/** The parts of a batch that the encoder fills; see the layout above. */
export interface BatchParts {
  readonly pageCount: number;
  readonly list: Uint8Array;
  readonly lines: Uint8Array;
  readonly masks: Uint8Array;
  readonly values: Uint8Array;
  readonly whole: Uint8Array;
}

/** Puts the parts together. */
export function joinBatch(parts: BatchParts): Uint8Array<ArrayBuffer> {
  const { list, lines, masks, values, whole } = parts;
  const listBytes = align(list.length);
  const length =
    BATCH_HEADER_BYTES +
    listBytes +
    lines.length +
    align(masks.length) +
    values.length +
    whole.length;
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, parts.pageCount, true);
  view.setUint32(4, listBytes, true);
  let at = BATCH_HEADER_BYTES;
  const put = (bytes: Uint8Array): void => {
    out.set(bytes, at);
    at += align(bytes.length);
  };
  for (const part of [list, lines, masks, values, whole]) put(part);
  return out;
}

/** Reads the list of pages; undefined when it is not one. */
function readList(
  list: Uint8Array,
  count: number,
  totalPages: number,
): { pages: Int32Array; kinds: Uint8Array } | undefined {
  const pages = new Int32Array(count);
  const kinds = new Uint8Array(count);
  let at = 0;
  let page = -1;
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = list[at++];
      if (byte === undefined || scale > 2 ** 28) return undefined;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    const kind = value & KIND_MASK;
    page += Math.floor(value / (1 << KIND_BITS)) + 1;
    if (kind > PAGE_KIND.delta || page >= totalPages) return undefined;
    pages[i] = page;
    kinds[i] = kind;
  }
  if (list.length - at > 3 || list.subarray(at).some((byte) => byte !== 0)) return undefined;
  return { pages, kinds };
}

/** Writes a page's entry of the list; returns the place behind it. */
export function writeListEntry(
  list: Uint8Array,
  at: number,
  skipped: number,
  kind: PageKind,
): number {
  let value = skipped * (1 << KIND_BITS) + kind;
  let to = at;
  for (; value >= 128; value = Math.floor(value / 128)) list[to++] = (value % 128) | 128;
  list[to++] = value;
  return to;
}

const countKind = (kinds: Uint8Array, kind: PageKind): number =>
  kinds.reduce((count, other) => count + (other === kind ? 1 : 0), 0);

const countAllBits = (words: Int32Array | Uint8Array): number => {
  let count = 0;
  for (const word of words) count += countBits(word);
  return count;
};

/**
 * Parses a batch, whose buffer must start at its first byte. Never throws.
 * @param totalPages of RAM
 */
export function parseBatch(
  bytes: Uint8Array<ArrayBuffer>,
  totalPages: number,
): Result<Batch, CheckpointError> {
  if (bytes.length < BATCH_HEADER_BYTES) return damaged('a batch of pages has no header');
  const reader = new ByteReader(bytes);
  const count = reader.u32();
  const listBytes = reader.u32();
  if (count > BATCH_PAGES || listBytes % 4 !== 0 || listBytes > reader.remaining) {
    return damaged('a batch of pages has no list of pages');
  }
  const list = readList(reader.raw(listBytes), count, totalPages);
  if (!list) return damaged('a batch names pages that there are not');
  let at = BATCH_HEADER_BYTES + listBytes;
  const { pages, kinds } = list;

  /** A view of the next words, undefined when the batch ends before. */
  const words = (length: number): Int32Array | undefined => {
    if (at + 4 * length > bytes.length) return undefined;
    const view = new Int32Array(bytes.buffer, at, length);
    at += 4 * length;
    return view;
  };
  const lines = words(countKind(kinds, PAGE_KIND.delta) * LINE_MASK_WORDS);
  if (!lines) return damaged('a batch of pages ends early');
  const maskCount = countAllBits(lines);
  const maskWords = words(align(maskCount) / 4);
  if (!maskWords) return damaged('a batch of pages ends early');
  const padded = new Uint8Array(maskWords.buffer, maskWords.byteOffset, maskWords.byteLength);
  const masks = padded.subarray(0, maskCount);
  if (masks.includes(0) || padded.subarray(maskCount).some((byte) => byte !== 0)) {
    return damaged('a batch of pages contradicts itself');
  }
  const values = words(2 * countAllBits(masks));
  const whole = words(countKind(kinds, PAGE_KIND.whole) * PAGE_WORDS);
  if (!values || !whole) return damaged('a batch of pages ends early');
  if (at !== bytes.length) return damaged('a batch of pages is too long');
  return ok({ pages, kinds, lines, masks, values, whole, bytes: bytes.length });
}

const frameHash = (first: number, length: number, stored: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Hasher().number(first).number(length).bytes(stored).finish();

/** Wraps a batch (or anything else of at most MAX_BATCH_BYTES) into a frame, compressed if that makes it shorter. */
export function encodeFrame(bytes: Uint8Array, compressor: Compressor): Uint8Array<ArrayBuffer> {
  const packed = compressor.compress(bytes);
  const isPacked = packed.length < bytes.length;
  const stored = isPacked ? packed : bytes;
  const first = stored.length * 2 + (isPacked ? 1 : 0);
  const out = new Uint8Array(FRAME_HEADER_BYTES + stored.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, first, true);
  view.setUint32(4, bytes.length, true);
  out.set(frameHash(first, bytes.length, stored), 8);
  out.set(stored, FRAME_HEADER_BYTES);
  return out;
}

/** Length of the frame that begins with these FRAME_HEADER_BYTES; an error when it is over its cap. */
export function frameLength(header: Uint8Array): Result<number, CheckpointError> {
  const reader = new ByteReader(header);
  const stored = reader.u32() >>> 1;
  const length = reader.u32();
  if (length > MAX_BATCH_BYTES || stored > length) {
    return err(checkpointError('too-large', 'A checkpoint announces more than one can have.'));
  }
  return ok(FRAME_HEADER_BYTES + stored);
}

/** Verifies and unpacks a whole frame whose length was found right. Never throws. */
export function decodeFrame(
  frame: Uint8Array,
  compressor: Compressor,
): Result<Uint8Array<ArrayBuffer>, CheckpointError> {
  const reader = new ByteReader(frame);
  const first = reader.u32();
  const length = reader.u32();
  const hash = reader.raw(HASH_BYTES);
  const stored = reader.raw(reader.remaining);
  if (!sameBytes(hash, frameHash(first, length, stored))) {
    return damaged('its hash is not the one it was sent with');
  }
  if ((first & 1) === 0) {
    if (stored.length !== length) return damaged('a part of it has another length');
    return ok(stored.slice());
  }
  const bytes = compressor.decompress(stored, length);
  return bytes ? ok(bytes) : damaged('a part of it does not unpack');
}
