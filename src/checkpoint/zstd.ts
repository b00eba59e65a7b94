/**
 * Zstandard (RFC 8878), by the reference implementation compiled to WebAssembly.
 *
 * Why this one: on dirty pages it compresses at 80-130 MB/s and decompresses at over 300, six times as fast
 * as DEFLATE in JavaScript, and to fewer bytes; other packages of the same library copy byte by byte
 * between the two memories, which takes longer than the work.
 */
import { compress, decompress, init } from '@bokuweb/zstd-wasm';
import type { Compressor } from './compression.ts';

/**
 * Level 3 costs some 4 ms of CPU more than level 1 on a megabyte of changed memory, and saves 5 to 10 % of it;
 * a megabyte on the wire costs 120 ms of CPU.
 */
const LEVEL = 3;

const MAGIC = 0xfd2fb528;
const SINGLE_SEGMENT = 0x20;
const DICTIONARY_FLAG = 3;
/** Bytes of the content size, by its flag; 0 in a single segment means 1 byte. */
const SIZE_BYTES = [0, 2, 4, 8] as const;

/**
 * The content size that a frame announces in its header (RFC 8878, 3.1.1.1); undefined when it announces none
 * or is no frame as this program writes them.
 */
export function announcedSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 6) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = view.getUint8(4);
  if ((descriptor & DICTIONARY_FLAG) !== 0) return undefined;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const at = isSingle ? 5 : 6;
  const sizeBytes = SIZE_BYTES[descriptor >>> 6] ?? 0;
  if (bytes.length < at + sizeBytes) return undefined;
  switch (sizeBytes) {
    case 0:
      return isSingle ? view.getUint8(at) : undefined;
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
  }
}

let loaded: Promise<Compressor> | undefined;

/** Loads the library. Only once a thread: a second initialisation breaks what the first one gave. */
export function loadZstd(): Promise<Compressor> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Compressor> {
  await init();
  return {
    compress: (bytes) => compress(bytes, LEVEL),
    decompress: (bytes, length) => {
      // The library allocates what the frame announces: it must be what the caller expects.
      if (length === 0 || announcedSize(bytes) !== length) return undefined;
      try {
        const out = decompress(bytes);
        return out.length === length ? new Uint8Array(out.buffer as ArrayBuffer) : undefined;
      } catch {
        // The library throws for every damage that it finds; which one it is makes no difference here.
        return undefined;
      }
    },
  };
}
