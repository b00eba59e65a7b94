/**
 * Operands on which floating-point implementations err: special values, exponents at the bounds,
 * half-way points, cancellations. Deterministic for a given seed.
 */
import type { SeededRandom } from '../../src/base/random.ts';
import type { OperandKind } from './operations.ts';

/** Raw operands of one instruction; those it does not use are 0. */
export interface Operands {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
}

/** An IEEE 754 binary interchange format. */
export class Format {
  readonly fractionBits: number;
  readonly exponentBits: number;
  readonly maxExponent: number;
  readonly bias: number;
  readonly sign: bigint;
  readonly hidden: bigint;

  constructor(exponentBits: number, fractionBits: number) {
    this.exponentBits = exponentBits;
    this.fractionBits = fractionBits;
    this.maxExponent = 2 ** exponentBits - 1;
    this.bias = 2 ** (exponentBits - 1) - 1;
    this.sign = 1n << BigInt(exponentBits + fractionBits);
    this.hidden = 1n << BigInt(fractionBits);
  }

  /** Puts fields together; an exponent outside the format is brought to its nearest bound. */
  compose(negative: boolean, exponent: number, fraction: bigint): bigint {
    const field = Math.min(Math.max(exponent, 0), this.maxExponent);
    return (
      (negative ? this.sign : 0n) |
      (BigInt(field) << BigInt(this.fractionBits)) |
      (fraction & (this.hidden - 1n))
    );
  }

  exponent(bits: bigint): number {
    return Number((bits >> BigInt(this.fractionBits)) & BigInt(this.maxExponent));
  }

  significand(bits: bigint): bigint {
    const fraction = bits & (this.hidden - 1n);
    return this.exponent(bits) === 0 ? fraction : fraction | this.hidden;
  }

  negative(bits: bigint): boolean {
    return (bits & this.sign) !== 0n;
  }

  /** `bits` moved by some last places within the format. */
  step(bits: bigint, places: number): bigint {
    return (bits + BigInt(places)) & (this.sign * 2n - 1n);
  }
}

export const BINARY32 = new Format(8, 23);
export const BINARY64 = new Format(11, 52);

const around = (random: SeededRandom, centre: number, radius: number): number =>
  centre - radius + random.below(2 * radius + 1);

/** Fractions that are random, sparse, dense, or a run of ones. */
function fraction(random: SeededRandom, format: Format): bigint {
  const bits = format.fractionBits;
  const bit = (): bigint => 1n << BigInt(random.below(bits));
  switch (random.below(8)) {
    case 0:
      return 0n;
    case 1:
      return format.hidden - 1n;
    case 2:
      return bit();
    case 3:
      return (bit() | bit() | bit()) & (format.hidden - 1n);
    case 4:
      return format.hidden - bit();
    case 5:
      return random.u64() & (format.hidden - bit());
    default:
      return random.u64() & (format.hidden - 1n);
  }
}

function exponent(random: SeededRandom, format: Format): number {
  switch (random.below(6)) {
    case 0:
      return around(random, format.bias, 2);
    case 1:
      return random.below(4);
    case 2:
      return format.maxExponent - 1 - random.below(3);
    case 3:
      return around(random, format.bias, 2 * format.fractionBits + 4);
    case 4:
      // The range of the integers, and a little beyond.
      return format.bias - 2 + random.below(69);
    default:
      return random.below(format.maxExponent);
  }
}

function special(random: SeededRandom, format: Format): bigint {
  const negative = random.below(2) === 1;
  const limit = format.maxExponent;
  const quiet = format.hidden >> 1n;
  const payload = random.u64() & (quiet - 1n);
  const [field, part] = random.pick<readonly [number, bigint]>([
    // Twice, as pairs of zeros have rules of their own.
    [0, 0n],
    [0, 0n],
    [0, 1n],
    [0, format.hidden - 1n],
    [1, 0n],
    [1, 1n],
    [format.bias, 0n],
    [format.bias, 1n],
    [format.bias - 1, format.hidden - 1n],
    [limit - 1, format.hidden - 1n],
    [limit - 1, 0n],
    [limit, 0n],
    [limit, quiet],
    [limit, quiet | payload],
    [limit, 1n],
    [limit, payload | 1n],
  ]);
  return format.compose(negative, field, part);
}

/** Next to a bound of the integer types, or next to half of a small integer. */
function nearInteger(random: SeededRandom, format: Format): bigint {
  const negative = random.below(2) === 1;
  if (random.below(2) === 0) {
    const power = random.pick([31, 32, 63, 64]);
    const bound = format.compose(negative, format.bias + power, 0n);
    if (random.below(2) === 0) return bound;
    // Below the bound the last places are half as large, so twice as many make the same distance.
    const half = Math.floor(2 ** (format.fractionBits - power - 1));
    return format.step(bound, random.below(9) - 4 + random.pick([-4, -2, -1, 0, 1]) * half);
  }
  const halves = BigInt(random.below(2 ** (1 + random.below(12))));
  if (halves === 0n) return format.compose(negative, 0, BigInt(random.below(2)));
  const length = halves.toString(2).length;
  const aligned = halves << BigInt(format.fractionBits + 1 - length);
  return format.step(
    format.compose(negative, format.bias + length - 2, aligned),
    random.below(4) === 0 ? random.below(3) - 1 : 0,
  );
}

function float(random: SeededRandom, format: Format): bigint {
  switch (random.below(10)) {
    case 0:
      return special(random, format);
    case 1:
      return format.compose(random.below(2) === 1, 0, fraction(random, format));
    case 2:
      return random.u64() & (format.sign * 2n - 1n);
    case 3:
      return nearInteger(random, format);
    default:
      return format.compose(
        random.below(2) === 1,
        exponent(random, format),
        fraction(random, format),
      );
  }
}

/** A second operand that stands in some relation to the first. */
function partner(random: SeededRandom, format: Format, a: bigint): bigint {
  const negative = random.below(2) === 1;
  const field = format.exponent(a);
  const part = fraction(random, format);
  switch (random.below(6)) {
    case 0: // Equal, or a few places apart.
      return format.step(negative ? a ^ format.sign : a, random.below(7) - 3);
    case 1: // Alignment distances of a sum.
      return format.compose(negative, around(random, field, format.fractionBits + 4), part);
    case 2: {
      // Products at the bounds of the exponent.
      const bound =
        random.below(2) === 0 ? format.maxExponent : -random.below(format.fractionBits + 3);
      return format.compose(negative, bound + format.bias - field + random.below(5) - 3, part);
    }
    case 3: {
      // Quotients at the bounds of the exponent.
      const bound =
        random.below(2) === 0 ? format.maxExponent : -random.below(format.fractionBits + 3);
      return format.compose(negative, field + format.bias - bound + random.below(5) - 2, part);
    }
    default:
      return float(random, format);
  }
}

/**
 * Two factors whose product lies within a few places of a power of two, seen with twice the places:
 * (2^f + k) (2^(f+1) - 2k + j) = 2^(2f+1) + j 2^f - 2k^2 + jk. Such a product is next to half a last
 * place of something larger, or next to the least normal number.
 */
function nearPowerOfTwo(random: SeededRandom, format: Format): readonly [bigint, bigint] {
  const j = random.below(4);
  const balanced = Math.floor(Math.sqrt(j * 2 ** (format.fractionBits - 1)));
  const k =
    random.below(2) === 0
      ? random.below(2 ** (Math.ceil(format.fractionBits / 2) + random.below(2)))
      : Math.max(balanced + random.below(3) - 1, 0);
  const field = exponent(random, format);
  const target = random.pick([0, 0, 0, 1, exponent(random, format), exponent(random, format)]);
  return [
    format.compose(random.below(2) === 1, field, BigInt(k)),
    format.compose(random.below(2) === 1, target - field + format.bias, BigInt(j - 2 * k)),
  ];
}

/** An addend at a chosen place relative to the product. */
function addend(random: SeededRandom, format: Format, a: bigint, b: bigint): bigint {
  const product = format.significand(a) * format.significand(b);
  const choice = random.below(6);
  if (product === 0n || choice === 0) return float(random, format);
  const negative = random.below(2) === 1;
  const unit = Math.max(format.exponent(a), 1) + Math.max(format.exponent(b), 1);
  const length = product.toString(2).length;
  const field = unit - format.bias - 2 * format.fractionBits + length - 1;
  if (choice <= 2) {
    const reach = 2 * format.fractionBits + 8;
    return format.compose(negative, around(random, field, reach), fraction(random, format));
  }
  if (choice === 3) {
    // The product reaches just below the addend's last place.
    const above = format.fractionBits + 1 + random.below(3);
    return format.compose(negative, field + above, fraction(random, format));
  }
  // Cancels the leading part of the product.
  const excess = length - format.fractionBits - 1;
  const leading = excess >= 0 ? product >> BigInt(excess) : product << BigInt(-excess);
  const opposite = format.negative(a) === format.negative(b);
  return format.step(
    format.compose(opposite, field, leading),
    random.below(2) === 0 ? 0 : random.below(7) - 3,
  );
}

/** A binary64 close to what binary32 can and cannot hold. */
function narrowing(random: SeededRandom): bigint {
  if (random.below(3) === 0) return float(random, BINARY64);
  const excess = BigInt(BINARY64.fractionBits - BINARY32.fractionBits);
  const half = 1n << (excess - 1n);
  const low = random.pick([0n, 1n, half - 1n, half, half + 1n, 2n * half - 1n, random.u64()]);
  const high = fraction(random, BINARY32) << excess;
  const field = random.pick([
    random.below(BINARY32.maxExponent),
    -random.below(BINARY32.fractionBits + 4),
    0,
    1,
    BINARY32.maxExponent - random.below(3),
  ]);
  const part = high | (low & (2n * half - 1n));
  // Subnormal results keep fewer places: let the pattern follow them.
  const shift = field < 0 && random.below(2) === 0 ? BigInt(-field) : 0n;
  return BINARY64.compose(
    random.below(2) === 1,
    field + BINARY64.bias - BINARY32.bias,
    (part << shift) & (BINARY64.hidden - 1n),
  );
}

/** Integers of all lengths, and those half-way between two floats. */
function integer(random: SeededRandom): bigint {
  const shift = BigInt(random.below(64));
  const mask = (1n << 64n) - 1n;
  const significant = random.u64() >> shift;
  switch (random.below(6)) {
    case 0:
      return significant;
    case 1:
      return -significant & mask;
    case 2:
      return ((1n << shift) + BigInt(random.below(5) - 2)) & mask;
    case 3: {
      // Some places, then a half (or a little more or less) of the last one.
      const places = random.pick([24n, 53n]);
      const length = places + 1n + BigInt(random.below(Number(64n - places)));
      const below = length - places;
      const kept = (1n << (places - 1n)) | (random.u64() & ((1n << (places - 1n)) - 1n));
      const value = (kept << below) + (1n << (below - 1n)) + BigInt(random.below(3) - 1);
      return (random.below(2) === 0 ? value : -value) & mask;
    }
    case 4:
      return (mask << shift) & mask;
    default:
      return random.u64();
  }
}

/** Operands for one instruction. */
export function drawOperands(random: SeededRandom, kind: OperandKind): Operands {
  if (kind.kind === 'integer') return { a: integer(random), b: 0n, c: 0n };
  if (kind.kind === 'narrowing') return { a: narrowing(random), b: 0n, c: 0n };
  const { format } = kind;
  let a = float(random, format);
  if (kind.count === 1) return { a, b: 0n, c: 0n };
  let b = partner(random, format, a);
  const choice = random.below(16);
  if (choice <= 1) [a, b] = nearPowerOfTwo(random, format);
  else if (choice <= 3) [a, b] = [special(random, format), special(random, format)];
  if (kind.count === 2) return { a, b, c: 0n };
  return { a, b, c: addend(random, format, a, b) };
}
