/** Reads a snapshot as its bytes arrive, and unpacks its chunks. See `snapshot-format.ts` for the layout. */
import { sameBytes } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import {
  countPages,
  PAGE_BYTES,
  parseHeader,
  parsePreamble,
  PREAMBLE_BYTES,
  snapshotBytes,
  snapshotError,
  WINDOW_BYTES,
  WINDOW_PAGES,
  type ChunkEntry,
  type Preamble,
  type SnapshotError,
  type SnapshotHeader,
} from './snapshot-format.ts';

/** What the host lends this wing: digests and (de)compression, by Node's or the browser's own library. */
export interface SnapshotCodec {
  /** SHA-256. */
  digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Raw DEFLATE. Rejects when the input is damaged or would give more than `length` bytes. */
  inflate(bytes: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array>;
}

export type SnapshotPiece =
  | {
      readonly kind: 'header';
      readonly header: SnapshotHeader;
      readonly totalBytes: number;
      /** Of the header, which has the digests of all chunks: it names the snapshot. */
      readonly digest: Uint8Array;
    }
  /** One whole chunk, not yet verified; the bytes are the callee's own. */
  | {
      readonly kind: 'chunk';
      readonly entry: ChunkEntry;
      readonly stored: Uint8Array<ArrayBuffer>;
    };

const truncated = (): Result<never, SnapshotError> =>
  err(snapshotError('truncated', 'the snapshot is not complete'));

/** Collects a byte stream of parts of any size into pieces of known sizes. */
class Collector {
  #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** A copy of the first `count` bytes, which must be there. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(count);
    let at = 0;
    let used = 0;
    for (const part of this.#parts) {
      const piece = part.subarray(0, count - at);
      out.set(piece, at);
      at += piece.length;
      if (piece.length < part.length) {
        this.#parts[used] = part.subarray(piece.length);
        break;
      }
      used += 1;
    }
    this.#parts.splice(0, used);
    this.#length -= count;
    return out;
  }
}

/** Cuts a stream of bytes into the header and the chunks of a snapshot; digests of chunks are the unpacker's. */
export class SnapshotReader {
  readonly #codec: SnapshotCodec;
  readonly #collector = new Collector();
  #preamble: Preamble | undefined;
  #header: SnapshotHeader | undefined;
  #next = 0;

  constructor(codec: SnapshotCodec) {
    this.#codec = codec;
  }

  /** Takes the next bytes of the file (the array must not change later); gives what became whole by them. */
  async push(part: Uint8Array): Promise<Result<readonly SnapshotPiece[], SnapshotError>> {
    const pieces: SnapshotPiece[] = [];
    this.#collector.push(part);
    if (this.#preamble === undefined) {
      if (this.#collector.length < PREAMBLE_BYTES) return ok(pieces);
      const preamble = parsePreamble(this.#collector.take(PREAMBLE_BYTES));
      if (!preamble.ok) return preamble;
      this.#preamble = preamble.value;
    }
    if (this.#header === undefined) {
      if (this.#collector.length < this.#preamble.headerBytes) return ok(pieces);
      const header = await this.#readHeader(this.#preamble);
      if (!header.ok) return header;
      this.#header = header.value;
      const totalBytes = snapshotBytes(this.#preamble.headerBytes, header.value.chunks);
      const digest = this.#preamble.headerDigest;
      pieces.push({ kind: 'header', header: header.value, totalBytes, digest });
    }
    const { chunks } = this.#header;
    for (;;) {
      const entry = chunks[this.#next];
      if (entry === undefined) break;
      if (this.#collector.length < entry.storedBytes) return ok(pieces);
      pieces.push({ kind: 'chunk', entry, stored: this.#collector.take(entry.storedBytes) });
      this.#next += 1;
    }
    if (this.#collector.length > 0) {
      return err(snapshotError('trailing-bytes', 'the snapshot is longer than it should be'));
    }
    return ok(pieces);
  }

  /** To be called at the end of the stream: whether the file was complete. */
  finish(): Result<SnapshotHeader, SnapshotError> {
    if (this.#preamble === undefined) {
      // Shorter than the preamble: it may still be recognisable as something else.
      const preamble = parsePreamble(this.#collector.take(this.#collector.length));
      return preamble.ok ? truncated() : preamble;
    }
    const header = this.#header;
    if (header === undefined || this.#next < header.chunks.length) return truncated();
    return ok(header);
  }

  async #readHeader(preamble: Preamble): Promise<Result<SnapshotHeader, SnapshotError>> {
    const bytes = this.#collector.take(preamble.headerBytes);
    if (!sameBytes(await this.#codec.digest(bytes), preamble.headerDigest)) {
      return err(snapshotError('damaged', 'the header of the snapshot is damaged'));
    }
    return parseHeader(bytes);
  }
}

/**
 * Verifies, unpacks and places one chunk. `ram` is all of guest RAM and holds zeros where the
 * snapshot does; several threads may do this at once with different chunks.
 */
export async function unpackChunk(
  codec: SnapshotCodec,
  entry: ChunkEntry,
  stored: Uint8Array<ArrayBuffer>,
  ram: Uint8Array,
): Promise<Result<undefined, SnapshotError>> {
  if (!sameBytes(await codec.digest(stored), entry.digest)) {
    return err(snapshotError('damaged', 'a part of the snapshot is damaged'));
  }
  const length = countPages(entry.bitmap) * PAGE_BYTES;
  let pages: Uint8Array;
  try {
    pages = await codec.inflate(stored, length);
  } catch (error) {
    return err(
      snapshotError('damaged', `a part of the snapshot cannot be unpacked (${String(error)})`),
    );
  }
  if (pages.length !== length) {
    return err(snapshotError('damaged', 'a part of the snapshot has the wrong length'));
  }
  scatterPages(entry, pages, ram);
  return ok(undefined);
}

/** Copies a chunk's pages to their places, runs of neighbours at once. */
function scatterPages(entry: ChunkEntry, pages: Uint8Array, ram: Uint8Array): void {
  const base = entry.window * WINDOW_BYTES;
  const isSet = (page: number): boolean =>
    ((entry.bitmap[page >> 3] ?? 0) & (1 << (page & 7))) !== 0;
  let from = 0;
  for (let page = 0; page < WINDOW_PAGES;) {
    let end = page;
    while (end < WINDOW_PAGES && isSet(end)) end += 1;
    if (end > page) {
      const length = (end - page) * PAGE_BYTES;
      ram.set(pages.subarray(from, from + length), base + page * PAGE_BYTES);
      from += length;
    }
    page = end + 1;
  }
}
