import { describe, expect, it } from 'vitest';
import {
  add,
  divide,
  integerSquareRoot,
  multiply,
  multiplyAdd,
  squareRoot,
  subtract,
} from './float/arithmetic.ts';
import { equal, less, minimumMaximum } from './float/compare.ts';
import { classify, convertFormat, fromInteger, L, LU, toInteger, W, WU } from './float/convert.ts';
import {
  DOUBLE,
  DZ,
  NV,
  NX,
  OF,
  RDN,
  RMM,
  RNE,
  RTZ,
  RUP,
  SINGLE,
  UF,
  unbox,
} from './float/format.ts';

// Worked out by hand from the definition of the formats.
const ONE = 0x3f800000n;
const TWO = 0x40000000n;
const THREE = 0x40400000n;
const MINUS_ZERO = 0x80000000n;
const INFINITY = 0x7f800000n;
const MINUS_INFINITY = 0xff800000n;
const QUIET = 0x7fc00000n;
const SIGNALING = 0x7f800001n;
const LARGEST = 0x7f7fffffn;
const SMALLEST_NORMAL = 0x00800000n;
const SMALLEST = 0x00000001n;
/** 2^-24: half the distance from 1 to the next single. */
const HALF_STEP = 0x33800000n;
const NEXT_AFTER_ONE = 0x3f800001n;

describe('rounding', () => {
  it.each([
    ['to nearest, ties to even', RNE, ONE],
    ['towards zero', RTZ, ONE],
    ['down', RDN, ONE],
    ['up', RUP, NEXT_AFTER_ONE],
    ['to nearest, ties away from zero', RMM, NEXT_AFTER_ONE],
  ])('1 + 2^-24 %s', (_name, mode, expected) => {
    expect(add(SINGLE, ONE, HALF_STEP, mode)).toEqual({ bits: expected, flags: NX });
  });

  it.each([
    ['RNE', RNE, INFINITY],
    ['RTZ', RTZ, LARGEST],
    ['RDN', RDN, LARGEST],
    ['RUP', RUP, INFINITY],
    ['RMM', RMM, INFINITY],
  ])('overflows by rule: %s', (_name, mode, expected) => {
    expect(multiply(SINGLE, LARGEST, TWO, mode)).toEqual({ bits: expected, flags: OF | NX });
  });

  it('keeps an exact subnormal without a flag', () => {
    expect(divide(SINGLE, SMALLEST_NORMAL, TWO, RNE)).toEqual({ bits: 0x00400000n, flags: 0 });
  });

  it('raises underflow for a tiny inexact result', () => {
    expect(divide(SINGLE, SMALLEST, TWO, RNE)).toEqual({ bits: 0n, flags: UF | NX });
    expect(divide(SINGLE, SMALLEST, TWO, RUP)).toEqual({ bits: SMALLEST, flags: UF | NX });
  });

  it('detects tininess after rounding', () => {
    // (2 - 2^-23) × 2^-127: 24 bits, rounded as a subnormal to 2^-126. With an unbounded exponent
    // it is exact and still below 2^-126: tiny.
    expect(divide(SINGLE, 0x00ffffffn, TWO, RNE)).toEqual({
      bits: SMALLEST_NORMAL,
      flags: UF | NX,
    });
    // (1 - 2^-25) × 2^-126 rounds to 2^-126 with 24 bits already: not tiny.
    const factor = 0x3fefffffe0000000n; // 1 - 2^-24 as a double, cut below
    const nearlyOne = convertFormat(DOUBLE, SINGLE, factor, RNE).bits;
    expect(nearlyOne).toBe(0x3f7fffffn);
    // smallest normal × (1 - 2^-24) = exactly between: unbounded it is exact, hence tiny.
    expect(multiply(SINGLE, SMALLEST_NORMAL, nearlyOne, RNE).flags).toBe(UF | NX);
    // 2^-126 - 2^-152 (fused) rounds up to 2^-126 already with 24 bits: not tiny.
    const halfOfHalfStep = 0x33000000n; // 2^-25
    const fused = multiplyAdd(
      SINGLE,
      [SMALLEST_NORMAL, halfOfHalfStep, SMALLEST_NORMAL],
      true,
      false,
      RNE,
    );
    expect(fused).toEqual({ bits: SMALLEST_NORMAL, flags: NX });
  });
});

describe('arithmetic', () => {
  it('divides', () => {
    expect(divide(SINGLE, ONE, THREE, RNE)).toEqual({ bits: 0x3eaaaaabn, flags: NX });
    expect(divide(SINGLE, ONE, 0n, RNE)).toEqual({ bits: INFINITY, flags: DZ });
    expect(divide(SINGLE, 0n, MINUS_ZERO, RNE)).toEqual({ bits: QUIET, flags: NV });
    expect(divide(SINGLE, ONE, MINUS_INFINITY, RNE)).toEqual({ bits: MINUS_ZERO, flags: 0 });
  });

  it('takes roots', () => {
    expect(squareRoot(SINGLE, 0x40800000n, RNE)).toEqual({ bits: TWO, flags: 0 });
    expect(squareRoot(DOUBLE, 0x4000000000000000n, RNE)).toEqual({
      bits: 0x3ff6a09e667f3bcdn,
      flags: NX,
    });
    expect(squareRoot(DOUBLE, 1n, RNE)).toEqual({ bits: 0x1e60000000000000n, flags: 0 });
    expect(squareRoot(SINGLE, MINUS_ZERO, RNE)).toEqual({ bits: MINUS_ZERO, flags: 0 });
    expect(squareRoot(SINGLE, 0xbf800000n, RNE)).toEqual({ bits: QUIET, flags: NV });
    expect(integerSquareRoot(99n)).toBe(9n);
    expect(integerSquareRoot(100n)).toBe(10n);
  });

  it('gives an exact zero its sign', () => {
    expect(subtract(SINGLE, ONE, ONE, RNE).bits).toBe(0n);
    expect(subtract(SINGLE, ONE, ONE, RDN).bits).toBe(MINUS_ZERO);
    expect(add(SINGLE, MINUS_ZERO, MINUS_ZERO, RNE).bits).toBe(MINUS_ZERO);
    expect(add(SINGLE, MINUS_ZERO, 0n, RNE).bits).toBe(0n);
  });

  it('rounds a fused multiply-add once', () => {
    // (1 + 2^-23)² - (1 + 2^-22) = 2^-46, which a rounded product would lose.
    const operands = [NEXT_AFTER_ONE, NEXT_AFTER_ONE, 0x3f800002n] as const;
    expect(multiplyAdd(SINGLE, operands, false, true, RNE)).toEqual({
      bits: 0x28800000n,
      flags: 0,
    });
  });

  it('treats NaN and infinity as the standard says', () => {
    expect(add(SINGLE, SIGNALING, ONE, RNE)).toEqual({ bits: QUIET, flags: NV });
    expect(add(SINGLE, 0xffffffffn, ONE, RNE)).toEqual({ bits: QUIET, flags: 0 });
    expect(add(SINGLE, INFINITY, MINUS_INFINITY, RNE)).toEqual({ bits: QUIET, flags: NV });
    expect(multiply(SINGLE, 0n, INFINITY, RNE)).toEqual({ bits: QUIET, flags: NV });
    expect(multiplyAdd(SINGLE, [0n, INFINITY, QUIET], false, false, RNE)).toEqual({
      bits: QUIET,
      flags: NV,
    });
  });
});

describe('comparison', () => {
  it('orders numbers', () => {
    expect(less(SINGLE, MINUS_ZERO, 0n, false).bits).toBe(0n);
    expect(less(SINGLE, MINUS_ZERO, 0n, true).bits).toBe(1n);
    expect(less(SINGLE, MINUS_INFINITY, ONE, false).bits).toBe(1n);
    expect(equal(SINGLE, MINUS_ZERO, 0n).bits).toBe(1n);
  });

  it('raises NV quietly or loudly', () => {
    expect(equal(SINGLE, QUIET, ONE)).toEqual({ bits: 0n, flags: 0 });
    expect(equal(SINGLE, SIGNALING, ONE)).toEqual({ bits: 0n, flags: NV });
    expect(less(SINGLE, QUIET, ONE, true)).toEqual({ bits: 0n, flags: NV });
  });

  it('chooses the smaller and the larger number', () => {
    expect(minimumMaximum(SINGLE, MINUS_ZERO, 0n, false).bits).toBe(MINUS_ZERO);
    expect(minimumMaximum(SINGLE, MINUS_ZERO, 0n, true).bits).toBe(0n);
    expect(minimumMaximum(SINGLE, QUIET, ONE, false)).toEqual({ bits: ONE, flags: 0 });
    expect(minimumMaximum(SINGLE, ONE, SIGNALING, false)).toEqual({ bits: ONE, flags: NV });
    expect(minimumMaximum(SINGLE, 0xffffffffn, QUIET, true)).toEqual({ bits: QUIET, flags: 0 });
    expect(minimumMaximum(SINGLE, ONE, TWO, false).bits).toBe(ONE);
    expect(minimumMaximum(SINGLE, ONE, TWO, true).bits).toBe(TWO);
  });
});

describe('conversion', () => {
  it('to integers', () => {
    expect(toInteger(SINGLE, 0x40200000n, W, RNE)).toEqual({ bits: 2n, flags: NX }); // 2.5
    expect(toInteger(SINGLE, 0x40200000n, W, RMM)).toEqual({ bits: 3n, flags: NX });
    expect(toInteger(SINGLE, 0xbf000000n, WU, RTZ)).toEqual({ bits: 0n, flags: NX }); // -0.5
    expect(toInteger(SINGLE, 0xbf800000n, WU, RTZ)).toEqual({ bits: 0n, flags: NV }); // -1
    expect(toInteger(SINGLE, QUIET, L, RTZ)).toEqual({ bits: 0x7fffffffffffffffn, flags: NV });
    expect(toInteger(SINGLE, MINUS_INFINITY, W, RTZ)).toEqual({ bits: -0x80000000n, flags: NV });
    expect(toInteger(DOUBLE, 0x43f0000000000000n, LU, RTZ)).toEqual({
      bits: (1n << 64n) - 1n,
      flags: NV,
    });
  });

  it('from integers', () => {
    expect(fromInteger(SINGLE, 0x1000001n, W, RNE)).toEqual({ bits: 0x4b800000n, flags: NX });
    expect(fromInteger(SINGLE, 0x1000001n, W, RUP)).toEqual({ bits: 0x4b800001n, flags: NX });
    expect(fromInteger(DOUBLE, (1n << 64n) - 1n, L, RNE)).toEqual({
      bits: 0xbff0000000000000n,
      flags: 0,
    });
    expect(fromInteger(DOUBLE, (1n << 64n) - 1n, LU, RNE)).toEqual({
      bits: 0x43f0000000000000n,
      flags: NX,
    });
  });

  it('between formats', () => {
    expect(convertFormat(SINGLE, DOUBLE, SMALLEST, RNE)).toEqual({
      bits: 0x36a0000000000000n,
      flags: 0,
    });
    expect(convertFormat(DOUBLE, SINGLE, 0x3fb999999999999an, RNE)).toEqual({
      bits: 0x3dcccccdn,
      flags: NX,
    });
    expect(convertFormat(SINGLE, DOUBLE, 0xff800001n, RNE)).toEqual({
      bits: 0x7ff8000000000000n,
      flags: NV,
    });
  });

  it('classifies', () => {
    const inOrder = [
      MINUS_INFINITY,
      0xbf800000n,
      0x80000001n,
      MINUS_ZERO,
      0n,
      SMALLEST,
      ONE,
      INFINITY,
      SIGNALING,
      QUIET,
    ];
    expect(inOrder.map((bits) => classify(SINGLE, bits))).toEqual(
      inOrder.map((_bits, index) => 1n << BigInt(index)),
    );
  });

  it('unboxes only what is boxed', () => {
    expect(unbox(SINGLE, 0xffffffff3f800000n)).toBe(ONE);
    expect(unbox(SINGLE, 0xfffffffe3f800000n)).toBe(QUIET);
    expect(unbox(DOUBLE, 0xfffffffe3f800000n)).toBe(0xfffffffe3f800000n);
  });
});
