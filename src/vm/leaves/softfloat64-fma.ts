/**
 * binary64 fused multiply-add: a * b + c with a single rounding.
 *
 * WebAssembly has none, and compilers emit it freely, so this is the hottest of the leaves. The host's
 * arithmetic answers nearly always and proves its answer; the rest is 128-bit integer arithmetic.
 */
import { CPU_FFLAGS } from '../layout.ts';
import {
  FRACTION64,
  HIDDEN64,
  INFINITY64,
  NAN64,
  NV,
  NX,
  RDN,
  RNE,
  SIGN64,
  accrue,
  exponent64,
  is_nan64,
  is_signalling64,
  round64,
  shift_right_sticky,
  significand64,
} from './softfloat-core.ts';

/** a * b + c. The negated forms of the instruction flip the signs of a and c beforehand. */
export function f64_fma(a: u64, b: u64, c: u64, rm: i32): u64 {
  const exponent_a = i32(a >> 52) & 0x7ff;
  const exponent_b = i32(b >> 52) & 0x7ff;
  if (rm == RNE && u32(exponent_a - 1) < 0x7fe && u32(exponent_b - 1) < 0x7fe) {
    const product = reinterpret<f64>(a) * reinterpret<f64>(b);
    const product_bits = reinterpret<u64>(product);
    const exponent = i32(product_bits >> 52) & 0x7ff;
    // Far enough from both ends that the errors below are normal numbers and nothing overflows.
    if (u32(exponent - 120) < 1900) {
      // The product's rounding error: a multiple of its exact last place, small enough for 64 bits
      // although both terms of the difference have 106.
      const places = exponent - (exponent_a + exponent_b) + 1075;
      const exact = ((a & FRACTION64) | HIDDEN64) * ((b & FRACTION64) | HIDDEN64);
      const rounded = ((product_bits & FRACTION64) | HIDDEN64) << places;
      const last_place = u64(exponent_a + exponent_b - 1127) << 52;
      const product_error =
        f64(i64(exact - rounded)) * reinterpret<f64>(last_place | (product_bits & SIGN64));

      // The sum's rounding error (Knuth, TAOCP 2, 4.2.2, theorem B).
      const addend = reinterpret<f64>(c);
      const sum = product + addend;
      const addend_part = sum - product;
      const sum_error = product - (sum - addend_part) + (addend - addend_part);

      // The true value is `sum` plus both errors. Their rounded total is right within 2^-53 of
      // itself; rounding is monotonic, so when bounds outside that give one result, it is the result.
      const error = product_error + sum_error;
      const result = sum + error * (1 - 2 * f64.EPSILON);
      const bits = reinterpret<u64>(result);
      if (
        result == sum + error * (1 + 2 * f64.EPSILON) &&
        u32((i32(bits >> 52) & 0x7ff) - 2) < 0x7fc
      ) {
        if ((load<i32>(CPU_FFLAGS) & NX) != 0 || (product_error == 0 && sum_error == 0))
          return bits;
      }
    }
  }
  return fma_rest(a, b, c, rm);
}

function fma_rest(a: u64, b: u64, c: u64, rm: i32): u64 {
  const sign = (a ^ b) & SIGN64;
  const any_special =
    (a & INFINITY64) == INFINITY64 ||
    (b & INFINITY64) == INFINITY64 ||
    (c & INFINITY64) == INFINITY64;
  if (any_special) return fma_special(a, b, c);
  if (a << 1 == 0 || b << 1 == 0) {
    // c alone. Only the sign of a zero sum is left to find.
    if (c << 1 != 0 || (c & SIGN64) == sign) return c;
    return rm == RDN ? SIGN64 : 0;
  }
  const field_c = i32(c >> 52) & 0x7ff;
  return fma_integer(
    sign,
    exponent64(a) + exponent64(b),
    significand64(a) >> 1,
    significand64(b) >> 11,
    c & SIGN64,
    field_c + i32(field_c == 0),
    (c & FRACTION64) | (field_c == 0 ? 0 : HIDDEN64),
    rm,
  );
}

/** An operand is infinite or NaN. */
function fma_special(a: u64, b: u64, c: u64): u64 {
  const product_sign = (a ^ b) & SIGN64;
  const a_infinite = a << 1 == INFINITY64 << 1;
  const b_infinite = b << 1 == INFINITY64 << 1;
  // Infinity times zero is invalid even when c is a quiet NaN (RISC-V F).
  const invalid_product = (a_infinite && b << 1 == 0) || (b_infinite && a << 1 == 0);
  if (is_nan64(a) || is_nan64(b) || is_nan64(c) || invalid_product) {
    if (invalid_product || is_signalling64(a) || is_signalling64(b) || is_signalling64(c)) {
      accrue(NV);
    }
    return NAN64;
  }
  if (!a_infinite && !b_infinite) return c;
  if (c == ((product_sign ^ SIGN64) | INFINITY64)) {
    accrue(NV);
    return NAN64;
  }
  return product_sign | INFINITY64;
}

/**
 * Finite operands and a product that is not zero. `exponent` is the sum of the factors' biased
 * exponents, `x` (in [2^62, 2^63)) and `y` (in [2^52, 2^53)) are their significands; `z` (below 2^53) is
 * c's significand as it is stored.
 */
function fma_integer(
  sign: u64,
  exponent: i32,
  x: u64,
  y: u64,
  sign_c: u64,
  exponent_c: i32,
  z: u64,
  rm: i32,
): u64 {
  // The product lies in [2^114, 2^116); the ten zeros below it keep a sticky bit of c apart.
  const x0 = x & 0xffffffff;
  const x1 = x >> 32;
  const y0 = y & 0xffffffff;
  const y1 = y >> 32;
  const middle = x0 * y1 + x1 * y0;
  let low = x * y;
  let high = x1 * y1 + (middle >> 32) + u64(low < middle << 32);

  // How far c's last place lies above the product's.
  const distance = exponent_c - exponent + 1085;
  let z_low: u64 = 0;
  let z_high: u64 = 0;
  if (distance <= 0) {
    z_low = shift_right_sticky(z, -distance);
  } else if (distance < 64) {
    z_low = z << distance;
    z_high = z >> (64 - distance);
  } else if (distance <= 73) {
    z_high = z << (distance - 64);
  } else {
    // c is far above: it stays at the top, and the product sinks.
    z_high = z << 9;
    exponent = exponent_c + 1012;
    const shift = distance - 73;
    if (shift < 64) {
      low = (high << (64 - shift)) | shift_right_sticky(low, shift);
      high >>= shift;
    } else {
      low = shift_right_sticky(high, shift - 64) | u64(low != 0);
      high = 0;
    }
  }

  if (sign == sign_c) {
    low += z_low;
    high += z_high + u64(low < z_low);
  } else {
    const borrow = u64(low < z_low);
    low -= z_low;
    high -= z_high + borrow;
    if (i64(high) < 0) {
      sign ^= SIGN64;
      high = ~high + u64(low == 0);
      low = 0 - low;
    }
    if ((high | low) == 0) return rm == RDN ? SIGN64 : 0;
  }

  if (high == 0) {
    high = low;
    low = 0;
    exponent -= 64;
  }
  // The sum is below 2^127: a shift by 0 happens only when `low` is 0.
  const shift = clz(high);
  const significand = (high << shift) | (low >> (64 - shift)) | u64(low << shift != 0);
  return round64(sign, exponent - 1010 - i32(shift), significand, rm);
}
