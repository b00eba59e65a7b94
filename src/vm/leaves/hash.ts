/**
 * A fast 64-bit digest of memory, for comparing machines; not for adversaries. Four lanes take a word
 * each in turn (multiply, rotate, multiply: every step is a bijection of the lane and of the word),
 * and a final avalanche folds them. The multipliers are those of xxHash64 and splitmix64.
 */

const LANE_MULTIPLIER: i64 = 0x9e3779b185ebca87;
const WORD_MULTIPLIER: i64 = 0xc2b2ae3d27d4eb4f;
const SEED_STEP: i64 = 0x9e3779b97f4a7c15;
const BLOCK: u32 = 32;

function mix(lane: i64, word: i64): i64 {
  return rotl(lane + word * WORD_MULTIPLIER, 31) * LANE_MULTIPLIER;
}

/** The finaliser of splitmix64. */
function avalanche(value: i64): i64 {
  let z = value;
  z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >>> 27)) * 0x94d049bb133111eb;
  return z ^ (z >>> 31);
}

/** The last 0 to 7 bytes as a little-endian word. */
function tail(address: i32, length: i32): i64 {
  let word: i64 = 0;
  for (let i = 0; i < length; i++) word |= i64(load<u8>(address + i)) << i64(i << 3);
  return word;
}

/**
 * @param address host address, not a physical one
 * @param length bytes (unsigned)
 * @param seed chains the digests of several ranges
 */
export function hash_range(address: i32, length: i32, seed: i64): i64 {
  let a = avalanche(seed + SEED_STEP);
  let b = avalanche(seed + 2 * SEED_STEP);
  let c = avalanche(seed + 3 * SEED_STEP);
  let d = avalanche(seed + 4 * SEED_STEP);
  let at = address;
  let left = u32(length);
  while (left >= BLOCK) {
    a = mix(a, load<i64>(at));
    b = mix(b, load<i64>(at, 8));
    c = mix(c, load<i64>(at, 16));
    d = mix(d, load<i64>(at, 24));
    at += BLOCK;
    left -= BLOCK;
  }
  while (left >= 8) {
    a = mix(a, load<i64>(at));
    at += 8;
    left -= 8;
  }
  b = mix(b, tail(at, left));
  c = mix(c, i64(u32(length)));
  // Folded one after the other, so that swapped lanes do not cancel.
  return avalanche(mix(mix(mix(a, b), c), d));
}
