import { beforeAll, describe, expect, it } from 'vitest';
import { FloatLeaves } from '../../../test/softfloat/leaves.ts';
import type { FloatLeaf } from '../isa/leaf-signatures.ts';

const RNE = 0;
const RTZ = 1;
const RDN = 2;
const RUP = 3;
const RMM = 4;

const NX = 1;
const UF = 2;
const OF = 4;
const DZ = 8;
const NV = 16;

const SIGN32 = 0x8000_0000n;
const INFINITY32 = 0x7f80_0000n;
const QUIET32 = 0x7fc0_1234n;
const SIGNALLING32 = 0x7f80_0001n;
const NAN32 = 0x7fc0_0000n;
const SIGNALLING64 = 0xfff0_0000_0000_0001n;
const QUIET64 = 0xfff8_0000_0000_0001n;
const NAN64 = 0x7ff8_0000_0000_0000n;
const MINUS_ONE = 0xffff_ffff_ffff_ffffn;

const view = new DataView(new ArrayBuffer(8));

function f64(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function f32(value: number): bigint {
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

/** What the RISC-V and IEEE 754 texts say in words, one example each. */
describe('softfloat leaves by the book', () => {
  let leaves: FloatLeaves;

  beforeAll(() => {
    leaves = new FloatLeaves();
  });

  function run(leaf: FloatLeaf, operands: readonly bigint[], rm = RNE): [bigint, number] {
    leaves.flags = 0;
    const [a = 0n, b = 0n, c = 0n] = operands;
    const result = leaves.leaf(leaf)(a, b, c, rm);
    return [result, leaves.flags];
  }

  it('returns the canonical NaN, whatever the payloads', () => {
    expect(run('f32_add', [QUIET32, f32(1)])).toEqual([NAN32, 0]);
    expect(run('f64_fma', [QUIET64, f64(1), f64(1)])).toEqual([NAN64, 0]);
    expect(run('f64_mul', [SIGNALLING64, f64(1)])).toEqual([NAN64, NV]);
    expect(run('f32_to_f64', [QUIET32])).toEqual([NAN64, 0]);
    expect(run('f64_to_f32', [SIGNALLING64])).toEqual([NAN32, NV]);
  });

  it('calls infinity times zero invalid although the addend is a quiet NaN', () => {
    expect(run('f32_fma', [INFINITY32, 0n, QUIET32])).toEqual([NAN32, NV]);
    expect(run('f64_fma', [f64(0), f64(-Infinity), QUIET64])).toEqual([NAN64, NV]);
  });

  it('detects tininess after rounding', () => {
    const least = f64(2 ** -1022);
    // (1 + 2^-52) (1 - 2^-52) 2^-1022 is below the least normal number, but no longer when it is
    // rounded to 53 places with an unbounded exponent.
    const above = f64((1 + 2 ** -52) * 2 ** -1000);
    const below = f64((1 - 2 ** -52) * 2 ** -22);
    expect(run('f64_mul', [above, below])).toEqual([least, NX]);
    // (1 - 2^-53) 2^-1022 has 53 places: tiny, although the subnormal format rounds it upwards.
    expect(run('f64_mul', [f64(1 - 2 ** -53), least])).toEqual([least, NX | UF]);
  });

  it('overflows to infinity or to the largest number, as the rounding mode says', () => {
    const most = f64(Number.MAX_VALUE);
    const infinity = f64(Infinity);
    const results = [RNE, RTZ, RDN, RUP, RMM].map((rm) => run('f64_add', [most, most], rm));
    expect(results.map(([result]) => result)).toEqual([infinity, most, most, infinity, infinity]);
    expect(results.map(([, flags]) => flags)).toEqual(results.map(() => OF | NX));
  });

  it('makes an exact zero sum of opposite signs negative only when rounding down', () => {
    for (const rm of [RNE, RTZ, RUP, RMM]) {
      expect(run('f64_sub', [f64(3), f64(3)], rm)).toEqual([0n, 0]);
    }
    expect(run('f64_sub', [f64(3), f64(3)], RDN)).toEqual([f64(-0), 0]);
    expect(run('f32_fma', [f32(2), f32(3), f32(-6)], RDN)).toEqual([SIGN32, 0]);
  });

  it('rounds a fused multiply-add once', () => {
    // (1 + 2^-52)^2 - (1 + 2^-51) = 2^-104: a separate multiplication would have lost it.
    const a = 0x3ff0_0000_0000_0001n;
    expect(run('f64_fma', [a, a, f64(-(1 + 2 ** -51))])).toEqual([f64(2 ** -104), 0]);
  });

  it('divides by zero with DZ, and zero by zero with NV', () => {
    expect(run('f32_div', [f32(-1), 0n])).toEqual([INFINITY32 | SIGN32, DZ]);
    expect(run('f64_div', [f64(0), f64(0)])).toEqual([NAN64, NV]);
    expect(run('f64_div', [f64(Infinity), f64(0)])).toEqual([f64(Infinity), 0]);
    expect(run('f64_sqrt', [f64(-0)])).toEqual([f64(-0), 0]);
    expect(run('f64_sqrt', [f64(-1)])).toEqual([NAN64, NV]);
  });

  it('saturates conversions to integers, with NV alone', () => {
    expect(run('f64_to_i32', [f64(2 ** 31)])).toEqual([0x7fff_ffffn, NV]);
    expect(run('f64_to_i32', [f64(-(2 ** 31) - 0.5)], RTZ)).toEqual([0xffff_ffff_8000_0000n, NX]);
    expect(run('f64_to_u32', [f64(-0.5)], RTZ)).toEqual([0n, NX]);
    expect(run('f64_to_u32', [f64(-0.5)], RMM)).toEqual([0n, NV]);
    expect(run('f64_to_u64', [f64(-1)])).toEqual([0n, NV]);
    expect(run('f32_to_i64', [SIGNALLING32])).toEqual([MINUS_ONE >> 1n, NV]);
    expect(run('f32_to_u64', [QUIET32 | SIGN32])).toEqual([MINUS_ONE, NV]);
  });

  it('sign-extends 32-bit results, the unsigned too', () => {
    expect(run('f64_to_u32', [f64(0x8000_0000)])).toEqual([0xffff_ffff_8000_0000n, 0]);
    expect(run('f64_to_u32', [f64(2 ** 32)])).toEqual([MINUS_ONE, NV]);
  });

  it('reads only the lower half of a 32-bit integer', () => {
    expect(run('i32_to_f64', [0x1_ffff_ffffn])).toEqual([f64(-1), 0]);
    expect(run('u32_to_f32', [0x7_0000_0001n])).toEqual([f32(1), 0]);
  });

  it('compares quietly for equality and signals otherwise', () => {
    expect(run('f32_eq', [QUIET32, f32(1)])).toEqual([0n, 0]);
    expect(run('f32_eq', [SIGNALLING32, f32(1)])).toEqual([0n, NV]);
    expect(run('f32_lt', [QUIET32, f32(1)])).toEqual([0n, NV]);
    expect(run('f64_le', [f64(-0), f64(0)])).toEqual([1n, 0]);
  });

  it('prefers numbers to NaNs in minimum and maximum, and orders the zeros', () => {
    expect(run('f32_min', [SIGNALLING32, f32(1)])).toEqual([f32(1), NV]);
    expect(run('f32_max', [f32(1), QUIET32])).toEqual([f32(1), 0]);
    expect(run('f64_max', [QUIET64, QUIET64])).toEqual([NAN64, 0]);
    expect(run('f64_min', [f64(0), f64(-0)])).toEqual([f64(-0), 0]);
    expect(run('f64_max', [f64(-0), f64(0)])).toEqual([0n, 0]);
  });

  it('classifies into ten classes', () => {
    const values = [-Infinity, -1, -Number.MIN_VALUE, -0, 0, Number.MIN_VALUE, 1, Infinity];
    const classes = [...values.map(f64), SIGNALLING64, QUIET64].map((a) => run('f64_class', [a]));
    expect(classes).toEqual(classes.map((_, bit) => [1n << BigInt(bit), 0]));
  });
});
