import { bit, field } from '../bits.ts';
import { canonicalNaN, infinityBits, NV, NX, signalingFlags, unpack } from './format.ts';
import type { Format, Rounded } from './format.ts';
import { round, roundToInteger } from './round.ts';

/** An integer type of the fcvt instructions. */
export interface IntegerType {
  readonly width: 32 | 64;
  readonly signed: boolean;
}

export const W: IntegerType = { width: 32, signed: true };
export const WU: IntegerType = { width: 32, signed: false };
export const L: IntegerType = { width: 64, signed: true };
export const LU: IntegerType = { width: 64, signed: false };

const smallest = (type: IntegerType): bigint =>
  type.signed ? -(1n << BigInt(type.width - 1)) : 0n;
const largest = (type: IntegerType): bigint =>
  (1n << BigInt(type.signed ? type.width - 1 : type.width)) - 1n;

/**
 * fcvt.{w,wu,l,lu}.fmt: the rounded integer, or the nearest one of the type with NV (and not NX)
 * when it does not fit. NaN counts as positive infinity. `bits` is the value as a (possibly
 * negative) whole number; the caller sign-extends its low 32 or 64 bits.
 */
export function toInteger(
  format: Format,
  operand: bigint,
  type: IntegerType,
  mode: number,
): Rounded {
  const value = unpack(format, operand);
  if (value.kind === 'nan') return { bits: largest(type), flags: NV };
  if (value.kind === 'infinity')
    return { bits: value.negative ? smallest(type) : largest(type), flags: NV };
  const rounded = roundToInteger(value.negative, value.numerator, value.denominator, mode);
  const integer = value.negative ? -rounded.value : rounded.value;
  if (integer < smallest(type)) return { bits: smallest(type), flags: NV };
  if (integer > largest(type)) return { bits: largest(type), flags: NV };
  return { bits: integer, flags: rounded.exact ? 0 : NX };
}

/** fcvt.fmt.{w,wu,l,lu} of the low bits of a register. */
export function fromInteger(
  format: Format,
  register: bigint,
  type: IntegerType,
  mode: number,
): Rounded {
  const integer = type.signed
    ? BigInt.asIntN(type.width, register)
    : BigInt.asUintN(type.width, register);
  const negative = integer < 0n;
  return round(format, negative, negative ? -integer : integer, 1n, mode);
}

/** fcvt.s.d and fcvt.d.s. */
export function convertFormat(from: Format, to: Format, operand: bigint, mode: number): Rounded {
  const value = unpack(from, operand);
  if (value.kind === 'nan') return { bits: canonicalNaN(to), flags: signalingFlags(value) };
  if (value.kind === 'infinity') return { bits: infinityBits(to, value.negative), flags: 0 };
  return round(to, value.negative, value.numerator, value.denominator, mode);
}

/** fclass: one bit of ten, in the order of the table in chapter F. */
export function classify(format: Format, operand: bigint): bigint {
  const value = unpack(format, operand);
  if (value.kind === 'nan') return value.signaling ? 1n << 8n : 1n << 9n;
  if (value.kind === 'infinity') return value.negative ? 1n << 0n : 1n << 7n;
  if (value.numerator === 0n) return value.negative ? 1n << 3n : 1n << 4n;
  const subnormal = field(operand, format.width - 2, format.fractionBits) === 0n;
  if (subnormal) return value.negative ? 1n << 2n : 1n << 5n;
  return value.negative ? 1n << 1n : 1n << 6n;
}

/** fsgnj, fsgnjn, fsgnjx: a's magnitude with a sign made from both. No flags, no canonical NaNs. */
export function signInject(
  format: Format,
  a: bigint,
  b: bigint,
  how: 'copy' | 'negate' | 'xor',
): bigint {
  const sign = format.width - 1;
  const first = bit(a, sign);
  const second = bit(b, sign);
  const negative = how === 'copy' ? second : how === 'negate' ? !second : first !== second;
  return BigInt.asUintN(sign, a) | (negative ? 1n << BigInt(sign) : 0n);
}
