import { bit, field } from '../bits.ts';

/**
 * IEEE 754 numbers as exact fractions (RISC-V unprivileged manual, chapters F and D). Nothing in
 * this folder uses the host's floating point.
 */

/** An IEEE 754 binary interchange format. */
export interface Format {
  readonly width: 32 | 64;
  readonly exponentBits: number;
  readonly fractionBits: number;
}

export const SINGLE: Format = { width: 32, exponentBits: 8, fractionBits: 23 };
export const DOUBLE: Format = { width: 64, exponentBits: 11, fractionBits: 52 };

/** fflags bits. */
export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

/** Rounding modes as encoded in rm and frm. */
export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;

/** What a bit pattern stands for. The magnitude of a finite number is numerator / denominator. */
export type Value =
  | { readonly kind: 'nan'; readonly signaling: boolean }
  | { readonly kind: 'infinity'; readonly negative: boolean }
  | Finite;

export interface Finite {
  readonly kind: 'finite';
  readonly negative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A result's bit pattern and the flags its computation raised. */
export interface Rounded {
  readonly bits: bigint;
  readonly flags: number;
}

export const bias = (format: Format): number => 2 ** (format.exponentBits - 1) - 1;
/** The exponent of the smallest normal number. */
export const minimumExponent = (format: Format): number => 1 - bias(format);
/** The exponent of the largest finite number. */
export const maximumExponent = bias;

const allOnesExponent = (format: Format): bigint => (1n << BigInt(format.exponentBits)) - 1n;

/** The NaN every operation returns: positive, quiet, no payload. */
export const canonicalNaN = (format: Format): bigint =>
  (allOnesExponent(format) << BigInt(format.fractionBits)) |
  (1n << BigInt(format.fractionBits - 1));

export const infinityBits = (format: Format, negative: boolean): bigint =>
  signBit(format, negative) | (allOnesExponent(format) << BigInt(format.fractionBits));

export const zeroBits = (format: Format, negative: boolean): bigint => signBit(format, negative);

export const largestFiniteBits = (format: Format, negative: boolean): bigint =>
  infinityBits(format, negative) - 1n;

export const signBit = (format: Format, negative: boolean): bigint =>
  negative ? 1n << BigInt(format.width - 1) : 0n;

/** Reads a bit pattern of the format's width. */
export function unpack(format: Format, bits: bigint): Value {
  const { fractionBits, width } = format;
  const negative = bit(bits, width - 1);
  const exponent = field(bits, width - 2, fractionBits);
  const fraction = field(bits, fractionBits - 1, 0);
  if (exponent === allOnesExponent(format)) {
    if (fraction === 0n) return { kind: 'infinity', negative };
    return { kind: 'nan', signaling: !bit(fraction, fractionBits - 1) };
  }
  const normal = exponent !== 0n;
  const significand = normal ? fraction | (1n << BigInt(fractionBits)) : fraction;
  // A subnormal has the exponent of the smallest normal number.
  const power = (normal ? Number(exponent) : 1) - bias(format) - fractionBits;
  return power >= 0
    ? { kind: 'finite', negative, numerator: significand << BigInt(power), denominator: 1n }
    : { kind: 'finite', negative, numerator: significand, denominator: 1n << BigInt(-power) };
}

export const isZero = (value: Value): boolean => value.kind === 'finite' && value.numerator === 0n;

/** NV if any operand is a signaling NaN, else nothing. */
export const signalingFlags = (...values: readonly Value[]): number =>
  values.some((value) => value.kind === 'nan' && value.signaling) ? NV : 0;

export const anyNaN = (...values: readonly Value[]): boolean =>
  values.some((value) => value.kind === 'nan');

/** A single in a 64-bit register: valid only if the upper half is all ones, else it counts as the canonical NaN. */
export const unbox = (format: Format, register: bigint): bigint => {
  if (format.width === 64) return register;
  return field(register, 63, 32) === 0xffffffffn ? field(register, 31, 0) : canonicalNaN(SINGLE);
};

/** Puts a result into a 64-bit register, with ones above a single. */
export const box = (format: Format, bits: bigint): bigint =>
  format.width === 64 ? bits : bits | 0xffffffff00000000n;
