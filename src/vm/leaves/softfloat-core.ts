/**
 * What all floating-point leaves share: formats, flags, rounding and packing.
 *
 * Written from IEEE 754-2019 and the RISC-V unprivileged manual, chapters F and D. Values travel as
 * raw bits (u32 for binary32, u64 for binary64). Tininess is detected after rounding, and every NaN
 * result is the canonical one, as RISC-V demands.
 */
import { CPU_FFLAGS } from '../layout.ts';

// Resolved rounding modes (manual, table "Rounding mode encoding").
/** To nearest, ties to even. */
export const RNE: i32 = 0;
/** Towards zero. */
export const RTZ: i32 = 1;
/** Towards minus infinity. */
export const RDN: i32 = 2;
/** Towards plus infinity. */
export const RUP: i32 = 3;
/** To nearest, ties away from zero. */
export const RMM: i32 = 4;

// Accrued exception flags (manual, table "Accrued exception flag encoding").
export const NX: i32 = 1;
export const UF: i32 = 2;
export const OF: i32 = 4;
export const DZ: i32 = 8;
export const NV: i32 = 16;

export const SIGN64: u64 = 0x8000000000000000;
/** All bits but the sign. */
export const MAGNITUDE64: u64 = 0x7fffffffffffffff;
/** Infinity, and the mask of the exponent field. */
export const INFINITY64: u64 = 0x7ff0000000000000;
export const FRACTION64: u64 = 0x000fffffffffffff;
/** The leading bit of a normal significand, which the format does not store. */
export const HIDDEN64: u64 = 0x0010000000000000;
export const QUIET64: u64 = 0x0008000000000000;
export const NAN64: u64 = 0x7ff8000000000000;
export const ONE64: u64 = 0x3ff0000000000000;

export const SIGN32: u32 = 0x80000000;
export const MAGNITUDE32: u32 = 0x7fffffff;
export const INFINITY32: u32 = 0x7f800000;
export const QUIET32: u32 = 0x00400000;
export const NAN32: u32 = 0x7fc00000;

/** ORs exception flags into fflags. */
export function accrue(flags: i32): void {
  store<i32>(CPU_FFLAGS, load<i32>(CPU_FFLAGS) | flags);
}

/** True for NaNs of both kinds. */
export function is_nan64(a: u64): bool {
  return (a & MAGNITUDE64) > INFINITY64;
}

/** True for signalling NaNs: quiet bit clear, the rest of the fraction not zero. */
export function is_signalling64(a: u64): bool {
  return (a & NAN64) == INFINITY64 && (a & (QUIET64 - 1)) != 0;
}

/** {@link is_nan64} for binary32. */
export function is_nan32(a: u32): bool {
  return (a & MAGNITUDE32) > INFINITY32;
}

/** {@link is_signalling64} for binary32. */
export function is_signalling32(a: u32): bool {
  return (a & NAN32) == INFINITY32 && (a & (QUIET32 - 1)) != 0;
}

/**
 * The canonical NaN as the result of an operation on two operands: invalid when one of them signals,
 * or when neither is a NaN (then the operation itself was invalid).
 */
export function nan_result64(a: u64, b: u64): u64 {
  if (is_signalling64(a) || is_signalling64(b) || !(is_nan64(a) || is_nan64(b))) accrue(NV);
  return NAN64;
}

/** {@link nan_result64} for binary32. */
export function nan_result32(a: u32, b: u32): u32 {
  if (is_signalling32(a) || is_signalling32(b) || !(is_nan32(a) || is_nan32(b))) accrue(NV);
  return NAN32;
}

/** `value >> distance`, with bit 0 set when a one was shifted out. `distance` may be any size. */
export function shift_right_sticky(value: u64, distance: u32): u64 {
  if (distance == 0) return value;
  if (distance > 63) return u64(value != 0);
  // The shift to the left takes its count modulo 64.
  return (value >> distance) | u64(value << (0 - distance) != 0);
}

/** The biased exponent of a finite non-zero number's leading one, as if exponents had no bound. */
export function exponent64(a: u64): i32 {
  const field = i32(a >> 52) & 0x7ff;
  return field != 0 ? field : 12 - i32(clz(a & FRACTION64));
}

/** The significand of a finite non-zero number, its leading one in bit 63. */
export function significand64(a: u64): u64 {
  if ((a & INFINITY64) != 0) return (a << 11) | SIGN64;
  const fraction = a & FRACTION64;
  return fraction << clz(fraction);
}

/** The upper half of the 128-bit product. */
export function multiply_high(x: u64, y: u64): u64 {
  const x0 = x & 0xffffffff;
  const x1 = x >> 32;
  const y0 = y & 0xffffffff;
  const y1 = y >> 32;
  const middle = x1 * y0 + ((x0 * y0) >> 32);
  const carry = x0 * y1 + (middle & 0xffffffff);
  return x1 * y1 + (middle >> 32) + (carry >> 32);
}

/**
 * What to add to the bits below the last kept place, so that the carry out of them is the rounding.
 * `half` is the weight of half a last place, `odd` the last kept bit.
 */
function rounding_addend(negative: bool, odd: u64, rm: i32, half: u64): u64 {
  if (rm == RNE) return half - 1 + odd;
  if (rm == RMM) return half;
  if (rm == RTZ) return 0;
  return (rm == RDN) == negative ? half + half - 1 : 0;
}

/** True when an overflow gives infinity, false when it gives the largest finite number. */
function overflows_to_infinity(negative: bool, rm: i32): bool {
  return rm == RNE || rm == RMM || rm == (negative ? RDN : RUP);
}

// A significand comes to the two functions below with its leading one in bit 63 and a sticky bit 0;
// `exponent` is the biased exponent that this leading one would have in an unbounded format.

/** Rounds to binary64 and accrues OF, UF and NX. `sign` is 0 or SIGN64. */
export function round64(sign: u64, exponent: i32, significand: u64, rm: i32): u64 {
  const negative = sign != 0;
  let kept = significand >> 11;
  const carry = ((significand & 0x7ff) + rounding_addend(negative, kept & 1, rm, 0x400)) >> 11;
  if (u32(exponent - 1) < 0x7fe) {
    // The kept leading bit adds one to the exponent field; so does a carry out of the fraction.
    const bits = (u64(exponent - 1) << 52) + kept + carry;
    if ((significand & 0x7ff) != 0) {
      // Only a rounding upwards gets here from below, so the bits are infinity's already.
      accrue(bits == INFINITY64 ? OF | NX : NX);
    }
    return sign | bits;
  }
  if (exponent > 0) {
    accrue(OF | NX);
    return sign | (INFINITY64 - u64(!overflows_to_infinity(negative, rm)));
  }
  const tiny = exponent < 0 || kept + carry < HIDDEN64 << 1;
  const denormal = shift_right_sticky(significand, 1 - exponent);
  const rest = denormal & 0x7ff;
  if (rest != 0) accrue(tiny ? UF | NX : NX);
  kept = denormal >> 11;
  return sign | (kept + ((rest + rounding_addend(negative, kept & 1, rm, 0x400)) >> 11));
}

/** Rounds to binary32 and accrues OF, UF and NX. `sign` is 0 or SIGN32. */
export function round32(sign: u32, exponent: i32, significand: u64, rm: i32): u32 {
  const negative = sign != 0;
  const half: u64 = 1 << 39;
  const below: u64 = (1 << 40) - 1;
  let kept = significand >> 40;
  const carry = ((significand & below) + rounding_addend(negative, kept & 1, rm, half)) >> 40;
  if (u32(exponent - 1) < 0xfe) {
    const bits = (u32(exponent - 1) << 23) + u32(kept + carry);
    if ((significand & below) != 0) accrue(bits == INFINITY32 ? OF | NX : NX);
    return sign | bits;
  }
  if (exponent > 0) {
    accrue(OF | NX);
    return sign | (INFINITY32 - u32(!overflows_to_infinity(negative, rm)));
  }
  const tiny = exponent < 0 || kept + carry < 1 << 24;
  const denormal = shift_right_sticky(significand, 1 - exponent);
  const rest = denormal & below;
  if (rest != 0) accrue(tiny ? UF | NX : NX);
  kept = denormal >> 40;
  return sign | u32(kept + ((rest + rounding_addend(negative, kept & 1, rm, half)) >> 40));
}
