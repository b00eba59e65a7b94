/**
 * Conversions between floating point and integers, and binary32 to binary64.
 *
 * Out-of-range inputs and NaNs give the limits of the manual's table "Domains of float-to-integer
 * conversions" and raise NV alone. 32-bit results, unsigned ones too, are sign-extended to 64 bits.
 */
import {
  NAN64,
  NV,
  NX,
  RDN,
  RMM,
  RNE,
  RTZ,
  SIGN32,
  SIGN64,
  accrue,
  is_signalling32,
  round32,
  round64,
} from './softfloat-core.ts';

/** Rounds to an integer, still as a float. NaN and infinity stay as they are. */
function round_to_integer(value: f64, rm: i32): f64 {
  if (rm == RTZ) return trunc(value);
  if (rm == RNE) return nearest(value);
  if (rm == RDN) return floor(value);
  if (rm != RMM) return ceil(value);
  const towards_zero = trunc(value);
  // The difference is exact. An infinity's is NaN, which is not below one half either.
  return abs(value - towards_zero) >= 0.5 ? towards_zero + copysign<f64>(1, value) : towards_zero;
}

/** NV, and the limit on the value's side; a NaN counts as large. */
function out_of_range(value: f64, least: i64, greatest: i64): i64 {
  accrue(NV);
  return value < 0 ? least : greatest;
}

function to_i32(value: f64, rm: i32): i64 {
  const rounded = round_to_integer(value, rm);
  if (!(rounded >= -2147483648 && rounded <= 2147483647)) {
    return out_of_range(value, -2147483648, 2147483647);
  }
  if (rounded != value) accrue(NX);
  return i64(i32(rounded));
}

function to_u32(value: f64, rm: i32): i64 {
  const rounded = round_to_integer(value, rm);
  if (!(rounded >= 0 && rounded <= 4294967295)) return out_of_range(value, 0, -1);
  if (rounded != value) accrue(NX);
  return i64(i32(u32(rounded)));
}

function to_i64(value: f64, rm: i32): i64 {
  const rounded = round_to_integer(value, rm);
  if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)) {
    return out_of_range(value, i64.MIN_VALUE, i64.MAX_VALUE);
  }
  if (rounded != value) accrue(NX);
  return i64(rounded);
}

function to_u64(value: f64, rm: i32): i64 {
  const rounded = round_to_integer(value, rm);
  if (!(rounded >= 0 && rounded < 18446744073709551616.0)) return out_of_range(value, 0, -1);
  if (rounded != value) accrue(NX);
  return u64(rounded) as i64;
}

/** FCVT.W.D */
export function f64_to_i32(a: u64, rm: i32): i64 {
  return to_i32(reinterpret<f64>(a), rm);
}

/** FCVT.WU.D */
export function f64_to_u32(a: u64, rm: i32): i64 {
  return to_u32(reinterpret<f64>(a), rm);
}

/** FCVT.L.D */
export function f64_to_i64(a: u64, rm: i32): i64 {
  return to_i64(reinterpret<f64>(a), rm);
}

/** FCVT.LU.D */
export function f64_to_u64(a: u64, rm: i32): i64 {
  return to_u64(reinterpret<f64>(a), rm);
}

/** FCVT.W.S */
export function f32_to_i32(a: u32, rm: i32): i64 {
  return to_i32(f64(reinterpret<f32>(a)), rm);
}

/** FCVT.WU.S */
export function f32_to_u32(a: u32, rm: i32): i64 {
  return to_u32(f64(reinterpret<f32>(a)), rm);
}

/** FCVT.L.S */
export function f32_to_i64(a: u32, rm: i32): i64 {
  return to_i64(f64(reinterpret<f32>(a)), rm);
}

/** FCVT.LU.S */
export function f32_to_u64(a: u32, rm: i32): i64 {
  return to_u64(f64(reinterpret<f32>(a)), rm);
}

/** FCVT.D.W: always exact, so the rounding mode does not matter. */
export function i32_to_f64(a: i64, _rm: i32): u64 {
  return reinterpret<u64>(f64(i32(a)));
}

/** FCVT.D.WU: always exact, so the rounding mode does not matter. */
export function u32_to_f64(a: i64, _rm: i32): u64 {
  return reinterpret<u64>(f64(u32(a)));
}

/** True when the significant bits of a non-zero magnitude number at most `places`. */
function fits(magnitude: u64, places: u64): bool {
  return clz(magnitude) + ctz(magnitude) >= 64 - places;
}

// The host converts integers by rounding to nearest even, in one step; overflow is impossible.

/** FCVT.D.L */
export function i64_to_f64(a: i64, rm: i32): u64 {
  const magnitude = (a < 0 ? 0 - a : a) as u64;
  if (!fits(magnitude, 53)) {
    if (rm != RNE) return round_magnitude64(a < 0 ? SIGN64 : 0, magnitude, rm);
    accrue(NX);
  }
  return reinterpret<u64>(f64(a));
}

/** FCVT.D.LU */
export function u64_to_f64(a: i64, rm: i32): u64 {
  if (!fits(a, 53)) {
    if (rm != RNE) return round_magnitude64(0, a, rm);
    accrue(NX);
  }
  return reinterpret<u64>(f64(u64(a)));
}

/** FCVT.S.L */
export function i64_to_f32(a: i64, rm: i32): u32 {
  const magnitude = (a < 0 ? 0 - a : a) as u64;
  if (!fits(magnitude, 24)) {
    if (rm != RNE) return round_magnitude32(a < 0 ? SIGN32 : 0, magnitude, rm);
    accrue(NX);
  }
  return reinterpret<u32>(f32(a));
}

/** FCVT.S.LU */
export function u64_to_f32(a: i64, rm: i32): u32 {
  if (!fits(a, 24)) {
    if (rm != RNE) return round_magnitude32(0, a, rm);
    accrue(NX);
  }
  return reinterpret<u32>(f32(u64(a)));
}

/** FCVT.S.W: the lower 32 bits of a. */
export function i32_to_f32(a: i64, rm: i32): u32 {
  return i64_to_f32(i64(i32(a)), rm);
}

/** FCVT.S.WU: the lower 32 bits of a. */
export function u32_to_f32(a: i64, rm: i32): u32 {
  return u64_to_f32(i64(u32(a)), rm);
}

function round_magnitude64(sign: u64, magnitude: u64, rm: i32): u64 {
  const shift = i32(clz(magnitude));
  return round64(sign, 1023 + 63 - shift, magnitude << shift, rm);
}

function round_magnitude32(sign: u32, magnitude: u64, rm: i32): u32 {
  const shift = i32(clz(magnitude));
  return round32(sign, 127 + 63 - shift, magnitude << shift, rm);
}

/** FCVT.D.S: exact. */
export function f32_to_f64(a: u32): u64 {
  const value = f64(reinterpret<f32>(a));
  if (value == value) return reinterpret<u64>(value);
  if (is_signalling32(a)) accrue(NV);
  return NAN64;
}
