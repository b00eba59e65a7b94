import { bitLength } from '../bits.ts';
import {
  bias,
  infinityBits,
  largestFiniteBits,
  maximumExponent,
  minimumExponent,
  NX,
  OF,
  RDN,
  RMM,
  RNE,
  RTZ,
  RUP,
  signBit,
  UF,
  zeroBits,
} from './format.ts';
import type { Format, Rounded } from './format.ts';

/** A whole number chosen for numerator / denominator, and whether that lost anything. */
export interface RoundedInteger {
  readonly value: bigint;
  readonly exact: boolean;
}

/** Rounds the magnitude numerator / denominator of a number with the given sign to a whole number. */
export function roundToInteger(
  negative: boolean,
  numerator: bigint,
  denominator: bigint,
  mode: number,
): RoundedInteger {
  const floor = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return { value: floor, exact: true };
  return {
    value: roundsAway(negative, floor, 2n * remainder - denominator, mode) ? floor + 1n : floor,
    exact: false,
  };
}

/** `aboveHalf` is negative, zero or positive as the discarded part is below, at or above one half. */
function roundsAway(negative: boolean, floor: bigint, aboveHalf: bigint, mode: number): boolean {
  switch (mode) {
    case RNE:
      return aboveHalf > 0n || (aboveHalf === 0n && floor % 2n === 1n);
    case RTZ:
      return false;
    case RDN:
      return negative;
    case RUP:
      return !negative;
    case RMM:
      return aboveHalf >= 0n;
    default:
      throw new RangeError(`no such rounding mode: ${mode}`);
  }
}

/** floor(log2(numerator / denominator)) of a positive fraction. */
function binaryExponent(numerator: bigint, denominator: bigint): number {
  const guess = bitLength(numerator) - bitLength(denominator);
  const scaled = scale(numerator, denominator, guess);
  return scaled.numerator < scaled.denominator ? guess - 1 : guess;
}

/** The fraction divided by 2^exponent. */
function scale(
  numerator: bigint,
  denominator: bigint,
  exponent: number,
): { readonly numerator: bigint; readonly denominator: bigint } {
  return exponent >= 0
    ? { numerator, denominator: denominator << BigInt(exponent) }
    : { numerator: numerator << BigInt(-exponent), denominator };
}

/** Rounds the fraction to a multiple of 2^quantum; the value counts those quanta. */
function roundToQuantum(
  negative: boolean,
  numerator: bigint,
  denominator: bigint,
  quantum: number,
  mode: number,
): RoundedInteger {
  const scaled = scale(numerator, denominator, quantum);
  return roundToInteger(negative, scaled.numerator, scaled.denominator, mode);
}

/**
 * The number of the format for an exact non-negative fraction and a sign, rounded once. Raises NX,
 * OF and UF; tininess is detected after rounding, as the F chapter demands. A zero keeps the sign.
 */
export function round(
  format: Format,
  negative: boolean,
  numerator: bigint,
  denominator: bigint,
  mode: number,
): Rounded {
  if (numerator === 0n) return { bits: zeroBits(format, negative), flags: 0 };
  const { fractionBits } = format;
  const smallest = minimumExponent(format);
  const exponent = binaryExponent(numerator, denominator);
  const quantum = Math.max(exponent, smallest) - fractionBits;
  const rounded = roundToQuantum(negative, numerator, denominator, quantum, mode);
  const hidden = 1n << BigInt(fractionBits);

  // Rounding may carry into the next power of two.
  const carried = rounded.value === hidden << 1n;
  const significand = carried ? hidden : rounded.value;
  const finalExponent = quantum + fractionBits + (carried ? 1 : 0);
  if (finalExponent > maximumExponent(format)) {
    const awayFromZero = mode === RNE || mode === RMM || mode === (negative ? RDN : RUP);
    return {
      bits: awayFromZero ? infinityBits(format, negative) : largestFiniteBits(format, negative),
      flags: OF | NX,
    };
  }

  let flags = rounded.exact ? 0 : NX;
  if (!rounded.exact && exponent < smallest) {
    // Tiny unless rounding with an unbounded exponent range reaches the smallest normal number.
    const unbounded = roundToQuantum(
      negative,
      numerator,
      denominator,
      exponent - fractionBits,
      mode,
    );
    const reachesNormal = exponent === smallest - 1 && unbounded.value === hidden << 1n;
    if (!reachesNormal) flags |= UF;
  }
  const isNormal = significand >= hidden;
  const exponentField = isNormal ? BigInt(finalExponent + bias(format)) : 0n;
  const fraction = isNormal ? significand - hidden : significand;
  return {
    bits: signBit(format, negative) | (exponentField << BigInt(fractionBits)) | fraction,
    flags,
  };
}
