import {
  anyNaN,
  canonicalNaN,
  DZ,
  infinityBits,
  isZero,
  NV,
  RDN,
  signalingFlags,
  unpack,
  zeroBits,
} from './format.ts';
import type { Finite, Format, Rounded, Value } from './format.ts';
import { round } from './round.ts';

const invalid = (format: Format): Rounded => ({ bits: canonicalNaN(format), flags: NV });
const quietNaN = (format: Format, ...operands: readonly Value[]): Rounded => ({
  bits: canonicalNaN(format),
  flags: signalingFlags(...operands),
});
const infinity = (format: Format, negative: boolean): Rounded => ({
  bits: infinityBits(format, negative),
  flags: 0,
});
const zero = (format: Format, negative: boolean): Rounded => ({
  bits: zeroBits(format, negative),
  flags: 0,
});

const signed = (value: Finite): bigint => (value.negative ? -value.numerator : value.numerator);

/** The exact sum of two finite numbers, rounded once; an exact zero of opposite signs is -0 only in RDN. */
function sumOfFinite(format: Format, a: Finite, b: Finite, mode: number): Rounded {
  const numerator = signed(a) * b.denominator + signed(b) * a.denominator;
  if (numerator === 0n) return zero(format, a.negative === b.negative ? a.negative : mode === RDN);
  const negative = numerator < 0n;
  return round(
    format,
    negative,
    negative ? -numerator : numerator,
    a.denominator * b.denominator,
    mode,
  );
}

function sum(format: Format, a: Value, b: Value, mode: number): Rounded {
  if (a.kind === 'nan' || b.kind === 'nan') return quietNaN(format, a, b);
  if (a.kind === 'infinity') {
    return b.kind === 'infinity' && a.negative !== b.negative
      ? invalid(format)
      : infinity(format, a.negative);
  }
  if (b.kind === 'infinity') return infinity(format, b.negative);
  return sumOfFinite(format, a, b, mode);
}

const negated = (value: Value): Value =>
  value.kind === 'nan' ? value : { ...value, negative: !value.negative };

export const add = (format: Format, a: bigint, b: bigint, mode: number): Rounded =>
  sum(format, unpack(format, a), unpack(format, b), mode);

export const subtract = (format: Format, a: bigint, b: bigint, mode: number): Rounded =>
  sum(format, unpack(format, a), negated(unpack(format, b)), mode);

/** The exact product of two numbers, neither of them NaN, and not zero times infinity. */
function product(a: Value, b: Value): Value {
  if (a.kind === 'nan' || b.kind === 'nan') throw new TypeError('no product of NaN');
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity' || b.kind === 'infinity') return { kind: 'infinity', negative };
  return {
    kind: 'finite',
    negative,
    numerator: a.numerator * b.numerator,
    denominator: a.denominator * b.denominator,
  };
}

const isZeroTimesInfinity = (a: Value, b: Value): boolean =>
  (isZero(a) && b.kind === 'infinity') || (a.kind === 'infinity' && isZero(b));

export function multiply(format: Format, left: bigint, right: bigint, mode: number): Rounded {
  const a = unpack(format, left);
  const b = unpack(format, right);
  if (anyNaN(a, b)) return quietNaN(format, a, b);
  if (isZeroTimesInfinity(a, b)) return invalid(format);
  const exact = product(a, b);
  if (exact.kind !== 'finite') return infinity(format, exact.kind === 'infinity' && exact.negative);
  return round(format, exact.negative, exact.numerator, exact.denominator, mode);
}

export function divide(format: Format, left: bigint, right: bigint, mode: number): Rounded {
  const a = unpack(format, left);
  const b = unpack(format, right);
  if (a.kind === 'nan' || b.kind === 'nan') return quietNaN(format, a, b);
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity')
    return b.kind === 'infinity' ? invalid(format) : infinity(format, negative);
  if (b.kind === 'infinity') return zero(format, negative);
  if (b.numerator === 0n) {
    if (a.numerator === 0n) return invalid(format);
    return { bits: infinityBits(format, negative), flags: DZ };
  }
  return round(format, negative, a.numerator * b.denominator, a.denominator * b.numerator, mode);
}

/** floor(sqrt(value)), by Newton's iteration from above. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let estimate = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (estimate + value / estimate) / 2n;
    if (next >= estimate) return estimate;
    estimate = next;
  }
}

/** Enough to make the smallest double's root an integer with more than a hundred bits. */
const ROOT_SCALE = 700n;

export function squareRoot(format: Format, operand: bigint, mode: number): Rounded {
  const value = unpack(format, operand);
  if (value.kind === 'nan') return quietNaN(format, value);
  if (isZero(value)) return zero(format, value.negative);
  if (value.negative) return invalid(format);
  if (value.kind === 'infinity') return infinity(format, false);
  const scaled = (value.numerator << (2n * ROOT_SCALE)) / value.denominator;
  const root = integerSquareRoot(scaled);
  // An inexact root lies strictly between root and root + 1: any number there rounds as it does.
  const numerator = 2n * root + (root * root === scaled ? 0n : 1n);
  return round(format, false, numerator, 1n << (ROOT_SCALE + 1n), mode);
}

/**
 * ±(a × b) ± c with one rounding. `negateProduct` and `negateAddend` turn it into fmsub, fnmsub and
 * fnmadd. Zero times infinity is invalid even if c is a quiet NaN.
 */
export function multiplyAdd(
  format: Format,
  operands: readonly [bigint, bigint, bigint],
  negateProduct: boolean,
  negateAddend: boolean,
  mode: number,
): Rounded {
  const a = unpack(format, operands[0]);
  const b = unpack(format, operands[1]);
  const addend = unpack(format, operands[2]);
  if (isZeroTimesInfinity(a, b)) return invalid(format);
  if (anyNaN(a, b, addend)) return quietNaN(format, a, b, addend);
  const exact = product(a, b);
  return sum(
    format,
    negateProduct ? negated(exact) : exact,
    negateAddend ? negated(addend) : addend,
    mode,
  );
}
