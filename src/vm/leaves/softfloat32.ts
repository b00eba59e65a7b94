/**
 * binary32 add, subtract, multiply, divide, square root, fused multiply-add, and the narrowing of
 * binary64 that all of them end in.
 *
 * binary64 has more than twice the places of binary32, so the host's binary64 result either is exact or
 * can be told apart from every number and every half-way point of binary32; narrowing it then rounds
 * correctly in each mode and finds every flag. Where that needs help (sums), the binary64 result is
 * rounded to odd first.
 */
import {
  DZ,
  INFINITY32,
  NAN32,
  NV,
  NX,
  RDN,
  RNE,
  SIGN32,
  SIGN64,
  accrue,
  is_nan32,
  is_signalling32,
  is_signalling64,
  nan_result32,
  round32,
} from './softfloat-core.ts';

/** The places of a binary64 fraction that binary32 has not, and the half-way point among them. */
const EXCESS: u32 = 0x1fffffff;
const EXCESS_HALF: u32 = 0x10000000;

function widen(a: u32): f64 {
  return f64(reinterpret<f32>(a));
}

/** True for results whose exponent field says that no underflow or overflow can have happened. */
function is_ordinary(bits: u32): bool {
  return ((bits >> 23) & 0xff) - 2 < 0xfd;
}

/** Rounds a binary64 that is not a NaN to binary32. */
function narrow(value: f64, rm: i32): u32 {
  if (rm == RNE) {
    const rounded = f32(value);
    const bits = reinterpret<u32>(rounded);
    if (is_ordinary(bits)) {
      // Without a branch, as exact and inexact results come mixed. NX is 1.
      accrue(i32(f64(rounded) != value));
      return bits;
    }
  }
  const wide = reinterpret<u64>(value);
  const sign = u32(wide >> 32) & SIGN32;
  const exponent = i32(wide >> 52) & 0x7ff;
  if (exponent == 0x7ff) return sign | INFINITY32;
  if (wide << 1 == 0) return sign;
  // A subnormal binary64 counts as its exponent says: it is far below binary32's least anyway.
  const significand = (wide << 11) | SIGN64;
  return round32(sign, exponent - 896, significand, rm);
}

/** a rounded to binary32. */
export function f64_to_f32(a: u64, rm: i32): u32 {
  const value = reinterpret<f64>(a);
  if (value == value) return narrow(value, rm);
  if (is_signalling64(a)) accrue(NV);
  return NAN32;
}

/** The rounding error of a binary64 sum, exact (Knuth, TAOCP 2, 4.2.2, theorem B); NaN for infinities. */
function sum_error(x: f64, y: f64, sum: f64): f64 {
  const y_part = sum - x;
  return x - (sum - y_part) + (y - y_part);
}

/** x + y rounded once to binary32, given their binary64 sum, which is not a NaN. */
function narrow_sum(x: f64, y: f64, sum: f64, rm: i32): u32 {
  if (sum == 0) {
    // A zero sum is exact. Opposite signs make it negative only when rounding down.
    const both = reinterpret<u64>(x) & reinterpret<u64>(y);
    const either = reinterpret<u64>(x) | reinterpret<u64>(y);
    return u32((rm == RDN ? either : both) >> 32) & SIGN32;
  }
  const error = sum_error(x, y, sum);
  if (error == 0 || error != error) return narrow(sum, rm);
  // Round to odd: towards zero, then set the last place.
  let bits = reinterpret<u64>(sum);
  if (((bits ^ reinterpret<u64>(error)) & SIGN64) != 0) bits--;
  return narrow(reinterpret<f64>(bits | 1), rm);
}

/** a + b. */
export function f32_add(a: u32, b: u32, rm: i32): u32 {
  const x = widen(a);
  const y = widen(b);
  const sum = x + y;
  if (rm == RNE && sum_error(x, y, sum) == 0) {
    const rounded = f32(sum);
    const bits = reinterpret<u32>(rounded);
    if (is_ordinary(bits)) {
      accrue(i32(f64(rounded) != sum));
      return bits;
    }
  }
  if (sum != sum) return nan_result32(a, b);
  return narrow_sum(x, y, sum, rm);
}

/** a - b. */
export function f32_sub(a: u32, b: u32, rm: i32): u32 {
  return f32_add(a, b ^ SIGN32, rm);
}

/** a * b. The binary64 product is exact. */
export function f32_mul(a: u32, b: u32, rm: i32): u32 {
  const product = widen(a) * widen(b);
  if (product != product) return nan_result32(a, b);
  return narrow(product, rm);
}

/**
 * a / b. A quotient of two binary32 that is not itself a number of 25 places differs from all of those
 * by more than 2^-50 of its value, so rounding to 53 places never reaches one.
 */
export function f32_div(a: u32, b: u32, rm: i32): u32 {
  const divisor = widen(b);
  const quotient = widen(a) / divisor;
  if (quotient != quotient) return nan_result32(a, b);
  if (divisor == 0 && (a & INFINITY32) != INFINITY32) accrue(DZ);
  return narrow(quotient, rm);
}

/** The square root of a. An inexact root keeps a like distance, more than 2^-52 of its value. */
export function f32_sqrt(a: u32, rm: i32): u32 {
  const root = sqrt(widen(a));
  if (root != root) return nan_result32(a, a);
  return narrow(root, rm);
}

/** a * b + c. The negated forms of the instruction flip the signs of a and c beforehand. */
export function f32_fma(a: u32, b: u32, c: u32, rm: i32): u32 {
  // The product is exact: 48 places, and far from the bounds of binary64's exponent.
  const product = widen(a) * widen(b);
  const addend = widen(c);
  const sum = product + addend;
  if (rm == RNE) {
    // Neither a binary32 nor half-way: the lost places of the binary64 sum cannot matter.
    const excess = u32(reinterpret<u64>(sum)) & EXCESS;
    const bits = reinterpret<u32>(f32(sum));
    if (excess != 0 && excess != EXCESS_HALF && is_ordinary(bits)) {
      accrue(NX);
      return bits;
    }
  }
  if (sum != sum) return fma_nan(a, b, c, product);
  return narrow_sum(product, addend, sum, rm);
}

function fma_nan(a: u32, b: u32, c: u32, product: f64): u32 {
  const factor_is_nan = is_nan32(a) || is_nan32(b);
  // Infinity times zero is invalid even when c is a quiet NaN (RISC-V F).
  const invalid_product = product != product && !factor_is_nan;
  const opposite_infinities = !factor_is_nan && !is_nan32(c);
  const signalling = is_signalling32(a) || is_signalling32(b) || is_signalling32(c);
  if (invalid_product || opposite_infinities || signalling) accrue(NV);
  return NAN32;
}
