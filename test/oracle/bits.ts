/**
 * Bit twiddling on BigInt. Registers and memory words of the oracle are unsigned 64-bit BigInts;
 * `s64` and `s32` give them their two's complement meaning.
 */

export const MASK64 = (1n << 64n) - 1n;
export const MASK32 = (1n << 32n) - 1n;

/** The value modulo 2^64: what fits in a register. */
export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
/** The low 64 bits as a signed number. */
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
/** The low 32 bits as an unsigned number. */
export const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
/** The low 32 bits as a signed number. */
export const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
/** A register that holds the sign-extended low 32 bits. */
export const sext32 = (value: bigint): bigint => u64(s32(value));

/** Bits `high`..`low` (inclusive, as the manuals write them) of `value`, shifted down. */
export const field = (value: bigint, high: number, low: number): bigint =>
  BigInt.asUintN(high - low + 1, value >> BigInt(low));

/** Bit `index` of `value`. */
export const bit = (value: bigint, index: number): boolean =>
  ((value >> BigInt(index)) & 1n) === 1n;

/** `value` with the bits of `mask` taken from `source`. */
export const merge = (value: bigint, source: bigint, mask: bigint): bigint =>
  (value & ~mask & MASK64) | (source & mask);

/** `value` with field `high`..`low` replaced. */
export const withField = (value: bigint, high: number, low: number, replacement: bigint): bigint =>
  merge(value, replacement << BigInt(low), ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low));

/** The number of bits needed to write a non-negative `value`; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return (digits.length - 1) * 4 + (32 - Math.clz32(parseInt(digits.charAt(0), 16)));
}

/** Sixteen hexadecimal digits with 0x, as registers are printed. */
export const hex64 = (value: bigint): string => `0x${u64(value).toString(16).padStart(16, '0')}`;
