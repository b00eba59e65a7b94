/** Writes a snapshot. See `snapshot-format.ts` for the layout. */
import {
  encodeHeader,
  encodePreamble,
  PAGE_BYTES,
  WINDOW_BYTES,
  WINDOW_PAGES,
  type ChunkEntry,
  type SnapshotHeader,
} from './snapshot-format.ts';

/** What the host lends the writer. */
export interface SnapshotEncoder {
  /** SHA-256. */
  digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Raw DEFLATE. */
  deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** Chunks that are compressed at the same time: enough for a few threads, few enough for memory (R7). */
const CHUNKS_IN_FLIGHT = 8;

interface PackedChunk {
  readonly entry: ChunkEntry;
  readonly stored: Uint8Array<ArrayBuffer>;
}

function isZero(words: BigUint64Array): boolean {
  for (const word of words) if (word !== 0n) return false;
  return true;
}

/** The pages of a window that are not zero, and their bitmap. */
function gatherPages(
  ram: Uint8Array,
  window: number,
): { bitmap: Uint8Array; pages: Uint8Array<ArrayBuffer> } {
  const bitmap = new Uint8Array(WINDOW_PAGES / 8);
  const start = window * WINDOW_BYTES;
  const present: number[] = [];
  for (let page = 0; page < WINDOW_PAGES; page++) {
    const at = start + page * PAGE_BYTES;
    if (at >= ram.length) break;
    if (isZero(new BigUint64Array(ram.buffer, ram.byteOffset + at, PAGE_BYTES / 8))) continue;
    bitmap[page >> 3] = (bitmap[page >> 3] ?? 0) | (1 << (page & 7));
    present.push(at);
  }
  const pages = new Uint8Array(present.length * PAGE_BYTES);
  present.forEach((at, i) => {
    pages.set(ram.subarray(at, at + PAGE_BYTES), i * PAGE_BYTES);
  });
  return { bitmap, pages };
}

async function packWindow(
  encoder: SnapshotEncoder,
  ram: Uint8Array,
  window: number,
): Promise<PackedChunk | undefined> {
  const { bitmap, pages } = gatherPages(ram, window);
  if (pages.length === 0) return undefined;
  const stored = await encoder.deflate(pages);
  const digest = await encoder.digest(stored);
  return { entry: { window, bitmap, storedBytes: stored.length, digest }, stored };
}

/**
 * Packs a machine at rest: `ram` must not change meanwhile, starts at an 8-byte boundary and is a
 * multiple of a page long. Returns the parts of the file in order.
 */
export async function packSnapshot(
  contents: Omit<SnapshotHeader, 'chunks' | 'ramBytes'>,
  ram: Uint8Array,
  encoder: SnapshotEncoder,
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const packed: PackedChunk[] = [];
  const windows = Math.ceil(ram.length / WINDOW_BYTES);
  for (let first = 0; first < windows; first += CHUNKS_IN_FLIGHT) {
    const count = Math.min(CHUNKS_IN_FLIGHT, windows - first);
    const group = Array.from({ length: count }, (_, i) => packWindow(encoder, ram, first + i));
    for (const chunk of await Promise.all(group)) if (chunk !== undefined) packed.push(chunk);
  }
  const header = encodeHeader({
    ...contents,
    ramBytes: ram.length,
    chunks: packed.map((chunk) => chunk.entry),
  });
  const preamble = encodePreamble(header.length, await encoder.digest(header));
  return [preamble, header, ...packed.map((chunk) => chunk.stored)];
}
