/**
 * The snapshot file: a machine at rest, to be resumed. All numbers are little-endian.
 *
 * ```
 * preamble (48 bytes)  magic "TANDEMSN" · u32 format version · u32 header length · SHA-256 of the header
 * header               SHA-256 of the guest's recipe · u64 RAM bytes · text command line
 *                      u32 sections: text name · u32 version · bytes
 *                      u32 chunks: u32 window · 32 bytes page bitmap · u32 stored length · SHA-256 of what is stored
 * chunks               in the header's order, nothing between or after them: raw DEFLATE of the pages named by the bitmap
 * ```
 *
 * A chunk covers one window of 256 pages of 4 KiB of RAM; pages of zeros are left out, windows of zeros have no
 * chunk. Each is compressed and digested on its own, so that several threads can unpack them while
 * the rest is still on its way. Magic, version, length cap and digest are checked before anything
 * is parsed (R8); sections have names and versions (R9).
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';

export const SNAPSHOT_VERSION = 1;
export const PREAMBLE_BYTES = 48;
export const PAGE_BYTES = 4096;
/** 1 MiB of RAM: some 300 KiB when compressed, so that 100 chunks keep several threads evenly busy. */
export const WINDOW_PAGES = 256;
export const WINDOW_BYTES = WINDOW_PAGES * PAGE_BYTES;
export const DIGEST_BYTES = 32;

/** Device sections are some KiB; the cap is for damaged lengths (R7, R8). */
export const MAX_HEADER_BYTES = 16 << 20;
export const MAX_RAM_BYTES = 2 ** 31;
const MAX_WINDOWS = MAX_RAM_BYTES / WINDOW_BYTES;
const MAX_SECTIONS = 256;
const MAX_NAME_BYTES = 64;
const MAX_COMMAND_LINE_BYTES = 4096;
/** DEFLATE grows what it cannot compress by 5 bytes per 64 KiB at most; this allows a lot more. */
export const MAX_STORED_BYTES = WINDOW_BYTES + 4096;
const BITMAP_BYTES = WINDOW_PAGES / 8;
const MAGIC = new TextEncoder().encode('TANDEMSN');

export type SnapshotErrorKind =
  | 'not-a-snapshot'
  | 'other-version'
  | 'other-guest'
  | 'truncated'
  | 'too-large'
  | 'damaged'
  | 'trailing-bytes';

/** Why a snapshot cannot be used; `message` is a sentence for people. */
export interface SnapshotError {
  readonly kind: SnapshotErrorKind;
  readonly message: string;
}

/** One saved part of the machine, under its name (R9). */
export interface Section {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface ChunkEntry {
  /** RAM offset of the window in units of WINDOW_BYTES. */
  readonly window: number;
  /** One bit a page, least significant first: set = stored in this chunk. */
  readonly bitmap: Uint8Array;
  readonly storedBytes: number;
  readonly digest: Uint8Array;
}

export interface SnapshotHeader {
  /** SHA-256 that names the guest this is a state of: its files and command line. */
  readonly guestDigest: Uint8Array;
  readonly ramBytes: number;
  readonly commandLine: string;
  readonly sections: ReadonlyMap<string, Section>;
  readonly chunks: readonly ChunkEntry[];
}

/** Bytes of the whole file that a header announces. */
export function snapshotBytes(headerBytes: number, chunks: readonly ChunkEntry[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.storedBytes, PREAMBLE_BYTES + headerBytes);
}

/** Pages that a bitmap names. */
export function countPages(bitmap: Uint8Array): number {
  let pages = 0;
  for (let byte of bitmap) {
    for (; byte !== 0; byte &= byte - 1) pages += 1;
  }
  return pages;
}

export const snapshotError = (kind: SnapshotErrorKind, message: string): SnapshotError => ({
  kind,
  message,
});
const fail = (kind: SnapshotErrorKind, message: string): Result<never, SnapshotError> =>
  err(snapshotError(kind, message));

export interface Preamble {
  readonly headerBytes: number;
  readonly headerDigest: Uint8Array;
}

/** Checks the first PREAMBLE_BYTES of a file. */
export function parsePreamble(bytes: Uint8Array): Result<Preamble, SnapshotError> {
  const start = bytes.subarray(0, MAGIC.length);
  if (start.some((byte, i) => byte !== MAGIC[i])) {
    return fail('not-a-snapshot', 'the file is not a snapshot of a machine');
  }
  if (bytes.length < PREAMBLE_BYTES)
    return fail('truncated', 'the snapshot ends in its first bytes');
  const reader = new ByteReader(bytes.subarray(MAGIC.length, PREAMBLE_BYTES));
  const version = reader.u32();
  if (version < 1 || version > SNAPSHOT_VERSION) {
    return fail(
      'other-version',
      `the snapshot has format version ${String(version)}, this program reads up to ${String(SNAPSHOT_VERSION)}`,
    );
  }
  const headerBytes = reader.u32();
  if (headerBytes > MAX_HEADER_BYTES) {
    return fail('too-large', 'the snapshot announces a header that is too large to be real');
  }
  return ok({ headerBytes, headerDigest: reader.raw(DIGEST_BYTES).slice() });
}

export function encodePreamble(
  headerBytes: number,
  headerDigest: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return new ByteWriter()
    .raw(MAGIC)
    .u32(SNAPSHOT_VERSION)
    .u32(headerBytes)
    .raw(headerDigest)
    .finish();
}

export function encodeHeader(header: SnapshotHeader): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter()
    .raw(header.guestDigest)
    .u64(BigInt(header.ramBytes))
    .text(header.commandLine)
    .u32(header.sections.size);
  for (const [name, section] of header.sections) {
    writer.text(name).u32(section.version).bytes(section.bytes);
  }
  writer.u32(header.chunks.length);
  for (const chunk of header.chunks) {
    writer.u32(chunk.window).raw(chunk.bitmap).u32(chunk.storedBytes).raw(chunk.digest);
  }
  return writer.finish();
}

function parseSections(reader: ByteReader): Map<string, Section> | SnapshotError {
  const count = reader.u32();
  if (count > MAX_SECTIONS) return snapshotError('too-large', 'the snapshot has too many sections');
  const sections = new Map<string, Section>();
  for (let i = 0; i < count; i++) {
    const name = reader.text(MAX_NAME_BYTES);
    const version = reader.u32();
    if (sections.has(name))
      return snapshotError('damaged', `the snapshot has two sections ${name}`);
    sections.set(name, { version, bytes: reader.bytes(MAX_HEADER_BYTES).slice() });
  }
  return sections;
}

function parseChunks(reader: ByteReader, ramBytes: number): ChunkEntry[] | SnapshotError {
  const count = reader.u32();
  if (count > MAX_WINDOWS) return snapshotError('too-large', 'the snapshot has too many chunks');
  const chunks: ChunkEntry[] = [];
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const window = reader.u32();
    const bitmap = reader.raw(BITMAP_BYTES).slice();
    const storedBytes = reader.u32();
    const digest = reader.raw(DIGEST_BYTES).slice();
    const lastPage = bitmap.findLastIndex((byte) => byte !== 0) * 8 + 8;
    if (window <= previous || lastPage <= 0 || storedBytes > MAX_STORED_BYTES) {
      return snapshotError('damaged', 'the snapshot has a chunk that makes no sense');
    }
    const lastBit = 31 - Math.clz32(bitmap[lastPage / 8 - 1] ?? 0);
    if (window * WINDOW_BYTES + (lastPage - 8 + lastBit + 1) * PAGE_BYTES > ramBytes) {
      return snapshotError('damaged', 'the snapshot has pages beyond its RAM');
    }
    previous = window;
    chunks.push({ window, bitmap, storedBytes, digest });
  }
  return chunks;
}

/** Parses a header whose digest was already found right. Never throws. */
export function parseHeader(bytes: Uint8Array): Result<SnapshotHeader, SnapshotError> {
  const reader = new ByteReader(bytes);
  try {
    const guestDigest = reader.raw(DIGEST_BYTES).slice();
    const ramBytes = Number(reader.u64());
    if (ramBytes === 0 || ramBytes > MAX_RAM_BYTES || ramBytes % PAGE_BYTES !== 0) {
      return fail('damaged', 'the snapshot names a RAM size that no machine has');
    }
    const commandLine = reader.text(MAX_COMMAND_LINE_BYTES);
    const sections = parseSections(reader);
    if (!(sections instanceof Map)) return err(sections);
    const chunks = parseChunks(reader, ramBytes);
    if (!Array.isArray(chunks)) return err(chunks);
    if (reader.remaining > 0) return fail('damaged', 'the header of the snapshot is too long');
    return ok({ guestDigest, ramBytes, commandLine, sections, chunks });
  } catch (error) {
    // A reader that runs dry, or text that is no UTF-8: the header is not what its writer meant.
    return fail('damaged', `the header of the snapshot cannot be read (${String(error)})`);
  }
}
