import type { SeededRandom } from '../../src/base/random.ts';

/** Operands that find mistakes: limits, single bits, and plain noise. */

const INTEGERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  (1n << 63n) - 1n,
  -(1n << 63n),
  (1n << 31n) - 1n,
  -(1n << 31n),
  1n << 31n,
  (1n << 32n) - 1n,
  1n << 32n,
  0x5555555555555555n,
  -0x5555555555555556n,
  0x0123456789abcdefn,
  -0x80000000000000n,
];

export function interestingInteger(random: SeededRandom): bigint {
  switch (random.below(5)) {
    case 0:
      return BigInt.asUintN(64, random.pick(INTEGERS));
    case 1:
      return BigInt.asUintN(64, (1n << BigInt(random.below(64))) - BigInt(random.below(3)));
    case 2:
      return BigInt.asUintN(64, BigInt.asIntN(32, random.u64()));
    case 3:
      return BigInt.asUintN(64, BigInt(random.below(256) - 128));
    default:
      return random.u64();
  }
}

const SINGLES: readonly bigint[] = [
  0x00000000n, // zero
  0x80000000n,
  0x00000001n, // the smallest subnormal
  0x007fffffn, // the largest subnormal
  0x00800000n, // the smallest normal
  0x00800001n,
  0x3f7fffffn,
  0x3f800000n, // one
  0x3f800001n,
  0xbf800000n,
  0x40490fdbn,
  0x4b000000n, // 2^23
  0x4effffffn, // just below 2^31
  0x4f000000n,
  0x5f000000n, // 2^63
  0x5f800000n,
  0x7f7fffffn, // the largest
  0x7f800000n, // infinity
  0xff800000n,
  0x7fc00000n, // quiet NaN
  0x7f800001n, // signaling NaN
  0xffffffffn,
];

const DOUBLES: readonly bigint[] = [
  0x0000000000000000n,
  0x8000000000000000n,
  0x0000000000000001n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x0010000000000001n,
  0x3fefffffffffffffn,
  0x3ff0000000000000n,
  0x3ff0000000000001n,
  0xbff0000000000000n,
  0x36a0000000000000n, // the smallest single
  0x380fffffe0000000n, // just below the smallest normal single
  0x47efffffe0000000n, // the largest single
  0x47effffff0000000n, // halfway to the next
  0x41dfffffffc00000n, // 2^31 - 1
  0x43e0000000000000n, // 2^63
  0x43efffffffffffffn,
  0x7fefffffffffffffn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n,
  0xffffffffffffffffn,
];

/** Bits of a double; a quarter of them special, the others with an exponent that often meets another's. */
export function interestingDouble(random: SeededRandom): bigint {
  if (random.below(4) === 0) return random.pick(DOUBLES);
  const fraction = random.u64() & (random.below(2) === 0 ? 0xfffffffffffffn : 0xfff0000000000n);
  const exponents = [0, 1, 2, 0x3ff, 0x400, 0x41e, 0x43e, 0x7fd, 0x7fe, random.below(0x800)];
  const near = random.pick(exponents) + random.below(4) - 1;
  const exponent = BigInt(Math.min(Math.max(near, 0), 0x7fe));
  return (BigInt(random.below(2)) << 63n) | (exponent << 52n) | fraction;
}

/** Bits of a single, chosen likewise. */
export function interestingSingle(random: SeededRandom): bigint {
  if (random.below(4) === 0) return random.pick(SINGLES);
  const fraction = BigInt(random.u32()) & (random.below(2) === 0 ? 0x7fffffn : 0x7f0000n);
  const exponents = [0, 1, 2, 0x7f, 0x80, 0x9e, 0xbe, 0xfd, 0xfe, random.below(0x100)];
  const near = random.pick(exponents) + random.below(4) - 1;
  const exponent = BigInt(Math.min(Math.max(near, 0), 0xfe));
  return (BigInt(random.below(2)) << 31n) | (exponent << 23n) | fraction;
}

/** An f register: a double, a boxed single, or (seldom) a single that is not properly boxed. */
export function interestingFloat(random: SeededRandom): bigint {
  const kind = random.below(16);
  if (kind < 8) return interestingDouble(random);
  if (kind < 15) return 0xffffffff00000000n | interestingSingle(random);
  return (BigInt(random.u32()) << 32n) | interestingSingle(random);
}
