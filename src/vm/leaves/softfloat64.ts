/**
 * binary64 add, subtract, multiply, divide and square root.
 *
 * Round-to-nearest-even with everyday operands is done by the host, whose arithmetic is IEEE 754's;
 * only the inexact flag has to be found, and each function says how. All else is integer arithmetic.
 */
import {
  DZ,
  FRACTION64,
  HIDDEN64,
  INFINITY64,
  MAGNITUDE64,
  NX,
  ONE64,
  RDN,
  RNE,
  RTZ,
  RUP,
  SIGN64,
  accrue,
  exponent64,
  is_nan64,
  multiply_high,
  nan_result64,
  round64,
  shift_right_sticky,
  significand64,
} from './softfloat-core.ts';

/** a + b. */
export function f64_add(a: u64, b: u64, rm: i32): u64 {
  if (rm == RNE) {
    const x = reinterpret<f64>(a);
    const y = reinterpret<f64>(b);
    const sum = x + y;
    // An infinite or NaN sum makes this difference NaN, which equals nothing.
    if (sum - sum == 0) {
      // The rounding error of a sum is itself a number of the format, and the difference below is
      // exact when the larger operand is subtracted first (Dekker 1971). Sums are never inexact and
      // subnormal at once, so NX is the only flag.
      const larger = (a & MAGNITUDE64) < (b & MAGNITUDE64) ? y : x;
      const smaller = (a & MAGNITUDE64) < (b & MAGNITUDE64) ? x : y;
      if (sum - larger != smaller) accrue(NX);
      return reinterpret<u64>(sum);
    }
  }
  return add_integer(a, b, rm);
}

/** a - b. */
export function f64_sub(a: u64, b: u64, rm: i32): u64 {
  return f64_add(a, b ^ SIGN64, rm);
}

function add_integer(a: u64, b: u64, rm: i32): u64 {
  if ((a & MAGNITUDE64) < (b & MAGNITUDE64)) {
    const swap = a;
    a = b;
    b = swap;
  }
  const sign = a & SIGN64;
  let exponent_a = i32(a >> 52) & 0x7ff;
  let exponent_b = i32(b >> 52) & 0x7ff;
  if (exponent_a == 0x7ff) {
    const opposite_infinities = (a ^ b) == SIGN64;
    return is_nan64(a) || is_nan64(b) || opposite_infinities ? nan_result64(a, b) : a;
  }
  const fraction_a = (a & FRACTION64) | (exponent_a == 0 ? 0 : HIDDEN64);
  const fraction_b = (b & FRACTION64) | (exponent_b == 0 ? 0 : HIDDEN64);
  exponent_a += i32(exponent_a == 0);
  exponent_b += i32(exponent_b == 0);
  // Ten places of room: when `smaller` loses bits, at most one place of the difference cancels.
  const larger = fraction_a << 10;
  const smaller = shift_right_sticky(fraction_b << 10, exponent_a - exponent_b);
  const same_sign = ((a ^ b) & SIGN64) == 0;
  const sum = same_sign ? larger + smaller : larger - smaller;
  if (sum == 0) return same_sign ? sign : rm == RDN ? SIGN64 : 0;
  const shift = i32(clz(sum));
  return round64(sign, exponent_a + 1 - shift, sum << shift, rm);
}

/** a * b. */
export function f64_mul(a: u64, b: u64, rm: i32): u64 {
  const exponent_a = i32(a >> 52) & 0x7ff;
  const exponent_b = i32(b >> 52) & 0x7ff;
  if (rm == RNE && u32(exponent_a - 1) < 0x7fe && u32(exponent_b - 1) < 0x7fe) {
    const product = reinterpret<u64>(reinterpret<f64>(a) * reinterpret<f64>(b));
    const exponent = i32(product >> 52) & 0x7ff;
    // A product with exponent field 1 may have been tiny before rounding.
    if (u32(exponent - 2) < 0x7fd) {
      // The 106-bit product of the significands is exact when its lower 52 places are zero, or 53
      // when it reaches 2^105 (then the exponent is one larger than the operands' sum; with zeros
      // below bit 52 no rounding can have raised it).
      const low = ((a & FRACTION64) | HIDDEN64) * ((b & FRACTION64) | HIDDEN64);
      const places = 12 - (exponent - (exponent_a + exponent_b - 1023));
      if (low << places != 0) accrue(NX);
      return product;
    }
  }
  return mul_integer(a, b, rm);
}

function mul_integer(a: u64, b: u64, rm: i32): u64 {
  const sign = (a ^ b) & SIGN64;
  const any_zero = a << 1 == 0 || b << 1 == 0;
  if ((a & INFINITY64) == INFINITY64 || (b & INFINITY64) == INFINITY64) {
    if (is_nan64(a) || is_nan64(b) || any_zero) return nan_result64(a, b);
    return sign | INFINITY64;
  }
  if (any_zero) return sign;
  const x = significand64(a);
  const y = significand64(b);
  let exponent = exponent64(a) + exponent64(b) - 1022;
  let high = multiply_high(x, y);
  let low = x * y;
  if (i64(high) >= 0) {
    high = (high << 1) | (low >> 63);
    low <<= 1;
    exponent--;
  }
  return round64(sign, exponent, high | u64(low != 0), rm);
}

/** a / b. */
export function f64_div(a: u64, b: u64, rm: i32): u64 {
  const exponent_a = i32(a >> 52) & 0x7ff;
  const exponent_b = i32(b >> 52) & 0x7ff;
  if (rm == RNE && u32(exponent_a - 1) < 0x7fe && u32(exponent_b - 1) < 0x7fe) {
    const quotient = reinterpret<u64>(reinterpret<f64>(a) / reinterpret<f64>(b));
    const exponent = i32(quotient >> 52) & 0x7ff;
    // A quotient with exponent field 1 may have been tiny before rounding.
    if (u32(exponent - 2) < 0x7fd) {
      if (remainder(a, quotient, b, exponent_a - exponent_b + 1075 - exponent) != 0) accrue(NX);
      return quotient;
    }
  }
  return div_rest(a, b, rm);
}

/**
 * The significands' `a * 2^shift - quotient * b` for a quotient rounded to nearest. It is at most half
 * of b's significand, so 64 bits hold it although both terms have 106.
 */
function remainder(a: u64, quotient: u64, b: u64, shift: i32): i64 {
  const product = ((quotient & FRACTION64) | HIDDEN64) * ((b & FRACTION64) | HIDDEN64);
  return ((((a & FRACTION64) | HIDDEN64) << shift) - product) as i64;
}

function div_rest(a: u64, b: u64, rm: i32): u64 {
  const sign = (a ^ b) & SIGN64;
  if (is_nan64(a) || is_nan64(b)) return nan_result64(a, b);
  const a_infinite = a << 1 == INFINITY64 << 1;
  const b_infinite = b << 1 == INFINITY64 << 1;
  const a_zero = a << 1 == 0;
  const b_zero = b << 1 == 0;
  if ((a_infinite && b_infinite) || (a_zero && b_zero)) return nan_result64(a, b);
  if (a_infinite) return sign | INFINITY64;
  if (a_zero || b_infinite) return sign;
  if (b_zero) {
    accrue(DZ);
    return sign | INFINITY64;
  }
  // Both scaled into [1, 2): the host's quotient is in (0.5, 2), and the sign of the remainder says
  // on which side of it the true one lies. That is never the far side of a power of two.
  const x = ONE64 | ((significand64(a) >> 11) & FRACTION64);
  const y = ONE64 | ((significand64(b) >> 11) & FRACTION64);
  const quotient = reinterpret<u64>(reinterpret<f64>(x) / reinterpret<f64>(y));
  const exponent = i32(quotient >> 52);
  const rest = remainder(x, quotient, y, 1075 - exponent);
  const significand =
    (((quotient & FRACTION64) | HIDDEN64) << 11) + ((rest >> 63) | i64(rest != 0));
  return round64(sign, exponent64(a) - exponent64(b) + exponent, significand, rm);
}

/** The square root of a. Never overflows or underflows. */
export function f64_sqrt(a: u64, rm: i32): u64 {
  if (a << 1 == 0 || a == INFINITY64) return a;
  // The sign bit makes negative numbers larger than infinity, as NaNs are.
  if (a > INFINITY64) return nan_result64(a, a);
  const root = reinterpret<u64>(sqrt(reinterpret<f64>(a)));
  // As in a division, the remainder of the rounded root is smaller than the root itself.
  const shift = exponent64(a) + 1075 - 2 * i32(root >> 52);
  const integer_root = (root & FRACTION64) | HIDDEN64;
  const rest = (((significand64(a) >> 11) << shift) - integer_root * integer_root) as i64;
  if (rest == 0) return root;
  accrue(NX);
  if (rm == RUP) return root + u64(rest > 0);
  if (rm == RTZ || rm == RDN) return root - u64(rest < 0);
  // A root is never half-way between two numbers, so both modes to nearest agree.
  return root;
}
