import { anyNaN, canonicalNaN, isZero, NV, signalingFlags, unpack } from './format.ts';
import type { Format, Rounded, Value } from './format.ts';

/** Negative, zero or positive as a is below, equal to or above b; neither is NaN. -0 equals +0. */
function order(a: Value, b: Value): number {
  const infinite = (value: Value): number =>
    value.kind === 'infinity' ? (value.negative ? -1 : 1) : 0;
  if (infinite(a) !== 0 || infinite(b) !== 0) return infinite(a) - infinite(b);
  if (a.kind !== 'finite' || b.kind !== 'finite') throw new TypeError('NaN has no order');
  const left = (a.negative ? -a.numerator : a.numerator) * b.denominator;
  const right = (b.negative ? -b.numerator : b.numerator) * a.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

const truth = (value: boolean, flags: number): Rounded => ({ bits: value ? 1n : 0n, flags });

/** feq: quiet, only a signaling NaN is invalid. */
export function equal(format: Format, left: bigint, right: bigint): Rounded {
  const a = unpack(format, left);
  const b = unpack(format, right);
  if (anyNaN(a, b)) return truth(false, signalingFlags(a, b));
  return truth(order(a, b) === 0, 0);
}

/** flt and fle: signaling, any NaN is invalid. */
export function less(format: Format, left: bigint, right: bigint, orEqual: boolean): Rounded {
  const a = unpack(format, left);
  const b = unpack(format, right);
  if (anyNaN(a, b)) return truth(false, NV);
  const sign = order(a, b);
  return truth(sign < 0 || (orEqual && sign === 0), 0);
}

/**
 * fmin and fmax: minimumNumber and maximumNumber of IEEE 754-2019. A single NaN loses against a
 * number, -0 is below +0, and a signaling NaN raises NV even if a number is the result.
 */
export function minimumMaximum(
  format: Format,
  left: bigint,
  right: bigint,
  maximum: boolean,
): Rounded {
  const a = unpack(format, left);
  const b = unpack(format, right);
  const flags = signalingFlags(a, b);
  if (a.kind === 'nan' && b.kind === 'nan') return { bits: canonicalNaN(format), flags };
  if (a.kind === 'nan') return { bits: right, flags };
  if (b.kind === 'nan') return { bits: left, flags };
  if (isZero(a) && isZero(b)) return { bits: a.negative === maximum ? right : left, flags };
  return { bits: order(a, b) < 0 === maximum ? right : left, flags };
}
