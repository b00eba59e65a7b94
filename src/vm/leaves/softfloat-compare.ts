/**
 * Comparisons, minimum and maximum, and classification.
 *
 * FEQ is a quiet comparison: only signalling NaNs are invalid. FLT and FLE are signalling: every NaN is.
 */
import {
  NAN32,
  NAN64,
  NV,
  accrue,
  is_nan32,
  is_nan64,
  is_signalling32,
  is_signalling64,
} from './softfloat-core.ts';

/** True when an operand is a NaN. */
function unordered<T>(x: T, y: T): bool {
  return x != x || y != y;
}

/** FEQ.D: 1 when a equals b. */
export function f64_eq(a: u64, b: u64): i64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (unordered(x, y) && (is_signalling64(a) || is_signalling64(b))) accrue(NV);
  return i64(x == y);
}

/** FLT.D: 1 when a is less than b. */
export function f64_lt(a: u64, b: u64): i64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (unordered(x, y)) accrue(NV);
  return i64(x < y);
}

/** FLE.D: 1 when a is less than or equal to b. */
export function f64_le(a: u64, b: u64): i64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (unordered(x, y)) accrue(NV);
  return i64(x <= y);
}

/** FEQ.S: 1 when a equals b. */
export function f32_eq(a: u32, b: u32): i64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (unordered(x, y) && (is_signalling32(a) || is_signalling32(b))) accrue(NV);
  return i64(x == y);
}

/** FLT.S: 1 when a is less than b. */
export function f32_lt(a: u32, b: u32): i64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (unordered(x, y)) accrue(NV);
  return i64(x < y);
}

/** FLE.S: 1 when a is less than or equal to b. */
export function f32_le(a: u32, b: u32): i64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (unordered(x, y)) accrue(NV);
  return i64(x <= y);
}

/** The number when the other operand is a NaN, the canonical NaN when both are. */
function not_nan64(a: u64, b: u64): u64 {
  if (is_signalling64(a) || is_signalling64(b)) accrue(NV);
  if (!is_nan64(a)) return a;
  return is_nan64(b) ? NAN64 : b;
}

function not_nan32(a: u32, b: u32): u32 {
  if (is_signalling32(a) || is_signalling32(b)) accrue(NV);
  if (!is_nan32(a)) return a;
  return is_nan32(b) ? NAN32 : b;
}

// Of two equal operands only zeros can differ, in their signs: OR makes a minimum, AND a maximum.

/** FMIN.D: IEEE 754-2019 minimumNumber. */
export function f64_min(a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (unordered(x, y)) return not_nan64(a, b);
  const unequal = select(a, b, x < y);
  return select(a | b, unequal, x == y);
}

/** FMAX.D: IEEE 754-2019 maximumNumber. */
export function f64_max(a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (unordered(x, y)) return not_nan64(a, b);
  const unequal = select(a, b, x > y);
  return select(a & b, unequal, x == y);
}

/** FMIN.S: IEEE 754-2019 minimumNumber. */
export function f32_min(a: u32, b: u32): u32 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (unordered(x, y)) return not_nan32(a, b);
  const unequal = select(a, b, x < y);
  return select(a | b, unequal, x == y);
}

/** FMAX.S: IEEE 754-2019 maximumNumber. */
export function f32_max(a: u32, b: u32): u32 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (unordered(x, y)) return not_nan32(a, b);
  const unequal = select(a, b, x > y);
  return select(a & b, unequal, x == y);
}

// FCLASS result bits (manual, table "Format of result of FCLASS instruction"): 0 to 3 are negative
// infinity, normal, subnormal and zero, 4 to 7 the positive ones from zero up.
const CLASS_SIGNALLING: i64 = 1 << 8;
const CLASS_QUIET: i64 = 1 << 9;

function class_bit(negative: bool, step: i32): i64 {
  return 1 << i64(negative ? 3 - step : 4 + step);
}

/** FCLASS.D: a mask of ten bits, exactly one of them set. */
export function f64_class(a: u64): i64 {
  const negative = i64(a) < 0;
  const field = (a >> 52) & 0x7ff;
  const fraction = a << 12;
  if (field == 0) return class_bit(negative, i32(fraction != 0));
  if (field != 0x7ff) return class_bit(negative, 2);
  if (fraction == 0) return class_bit(negative, 3);
  return is_signalling64(a) ? CLASS_SIGNALLING : CLASS_QUIET;
}

/** FCLASS.S: a mask of ten bits, exactly one of them set. */
export function f32_class(a: u32): i64 {
  const negative = i32(a) < 0;
  const field = (a >> 23) & 0xff;
  const fraction = a << 9;
  if (field == 0) return class_bit(negative, i32(fraction != 0));
  if (field != 0xff) return class_bit(negative, 2);
  if (fraction == 0) return class_bit(negative, 3);
  return is_signalling32(a) ? CLASS_SIGNALLING : CLASS_QUIET;
}
