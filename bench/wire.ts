/** What checkpoints cost on the wire, against compressors of all dirty pages. */
import { gzipSync } from 'node:zlib';
import { compress } from '@bokuweb/zstd-wasm';
import type { Shipment } from './protector.ts';

const PAGE_BYTES = 4096;
/** Both compressors at the level that others use for migration. */
const FAST = 1;
/** The library's memory is small; our own batches are as long. */
const PIECE_BYTES = 1 << 20;

/** Bytes of all checkpoints that were weighed. */
export interface Weights {
  readonly checkpoints: number;
  /** Of all dirty pages as they are. */
  readonly raw: number;
  readonly wire: number;
  readonly zstd1: number;
  readonly gzip1: number;
}

export const NOTHING: Weights = { checkpoints: 0, raw: 0, wire: 0, zstd1: 0, gzip1: 0 };

/**
 * Weighs one checkpoint; `zstd` must be loaded.
 * @param ram of a guest that stands still since the capture
 */
export function weigh(ram: Uint8Array, { pages, facts }: Shipment): Weights {
  const raw = new Uint8Array(pages.length * PAGE_BYTES);
  pages.forEach((page, i) => {
    raw.set(ram.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), i * PAGE_BYTES);
  });
  let weights: Weights = { ...NOTHING, checkpoints: 1, raw: raw.length, wire: facts.wireBytes };
  for (let at = 0; at < raw.length; at += PIECE_BYTES) {
    const piece = raw.subarray(at, at + PIECE_BYTES);
    const zstd1 = weights.zstd1 + compress(piece, FAST).length;
    const gzip1 = weights.gzip1 + gzipSync(piece, { level: FAST }).length;
    weights = { ...weights, zstd1, gzip1 };
  }
  return weights;
}

export const sum = (a: Weights, b: Weights): Weights => ({
  checkpoints: a.checkpoints + b.checkpoints,
  raw: a.raw + b.raw,
  wire: a.wire + b.wire,
  zstd1: a.zstd1 + b.zstd1,
  gzip1: a.gzip1 + b.gzip1,
});
