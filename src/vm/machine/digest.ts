/** Hashing of host-side bytes with the leaves' hash, through a scratch area of the memory. */
import type { Leaves } from '../cpu/leaves.ts';
import { HASH_SCRATCH, HASH_SCRATCH_BYTES } from '../layout.ts';

/** Continues `seed` over `bytes`. */
export function hashBytes(
  memory: WebAssembly.Memory,
  leaves: Leaves,
  bytes: Uint8Array,
  seed: bigint,
): bigint {
  const scratch = new Uint8Array(memory.buffer, HASH_SCRATCH, HASH_SCRATCH_BYTES);
  let hash = seed;
  for (let at = 0; at < bytes.length; at += HASH_SCRATCH_BYTES) {
    const part = bytes.subarray(at, at + HASH_SCRATCH_BYTES);
    scratch.set(part);
    hash = leaves.hash_range(HASH_SCRATCH, part.length, hash);
  }
  return hash;
}
