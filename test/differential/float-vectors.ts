import { SeededRandom } from '../../src/base/random.ts';
import { interestingDouble, interestingInteger, interestingSingle } from '../fuzz/values.ts';
import { ENCODINGS } from '../oracle/decode.ts';
import type { Encoding } from '../oracle/decode.ts';
import type { Format } from '../oracle/float/format.ts';
import { bias, DOUBLE, SINGLE } from '../oracle/float/format.ts';

/**
 * Operands for every floating-point instruction, and a program that executes each with all of them in
 * every rounding mode and writes results and flags. The instructions are given as bits, so that QEMU
 * also judges the oracle's encodings.
 */

/** One instruction in one rounding mode. */
export interface FloatRun {
  readonly name: string;
  readonly bits: number;
  readonly mode: number;
  readonly table: TableName;
  /** Whether the result is in an x register. */
  readonly toInteger: boolean;
}

type TableName = 'single' | 'double' | 'integer';
export type Triple = readonly [bigint, bigint, bigint];
export type Tables = Readonly<Record<TableName, readonly Triple[]>>;

/** Operands are in f10, f11, f12 (the first in x10 too); the result is in f13 or x13. */
export const FIRST_OPERAND = 10;
export const RESULT = 13;
const DYNAMIC = 7;
/** A record of the output: the result, and the flags as a doubleword. */
export const RECORD_BYTES = 16;

const BOX = 0xffffffff00000000n;

/** A number whose exponent is `exponent` (biased and clamped into the format), with a noisy or a bare fraction. */
function withExponent(random: SeededRandom, format: Format, exponent: number): bigint {
  const largest = 2 ** format.exponentBits - 2;
  const clamped = BigInt(Math.min(Math.max(exponent, 0), largest));
  const ones = (1n << BigInt(format.fractionBits)) - 1n;
  const fraction = random.pick([0n, 1n, ones, ones - 1n, random.u64() & ones, random.u64() & ones]);
  const sign = BigInt(random.below(2)) << BigInt(format.width - 1);
  return sign | (clamped << BigInt(format.fractionBits)) | fraction;
}

/** Three operands whose product, quotient and sum come near a limit of the format or cancel. */
function nearLimits(random: SeededRandom, format: Format): Triple {
  const middle = bias(format);
  const spread = (width: number): number => random.below(2 * width + 1) - width;
  const first = random.below(2 ** format.exponentBits - 1);
  const product =
    random.pick([1, 1, 1 - format.fractionBits, 2 * middle, middle, first]) + spread(3);
  const second = random.below(4) === 0 ? first + spread(2) : product - first + middle;
  const third = random.pick([
    product + spread(2),
    product + spread(format.fractionBits + 2),
    random.below(2 * middle),
  ]);
  const make = (exponent: number): bigint => withExponent(random, format, exponent);
  return [make(first), make(second), make(third)];
}

function triple(random: SeededRandom, format: Format): Triple {
  const interesting = (): bigint =>
    format === SINGLE ? interestingSingle(random) : interestingDouble(random);
  const bits: Triple =
    random.below(2) === 0
      ? nearLimits(random, format)
      : [interesting(), interesting(), interesting()];
  if (format === DOUBLE) return bits;
  const boxed = ([a, b, c]: Triple): Triple => [BOX | a, BOX | b, BOX | c];
  // Now and then one that is not a proper single.
  return random.below(32) === 0 ? [bits[0], BOX | bits[1], BOX | bits[2]] : boxed(bits);
}

/** The operands: `count` triples a table. */
export function operandTables(seed: number, count: number): Tables {
  const random = new SeededRandom(seed);
  const make = (one: () => Triple): readonly Triple[] => Array.from({ length: count }, one);
  return {
    single: make(() => triple(random, SINGLE)),
    double: make(() => triple(random, DOUBLE)),
    integer: make(() => [interestingInteger(random), 0n, 0n]),
  };
}

const isFloat = ({ name, format }: Encoding): boolean =>
  name.startsWith('f') && ['R4', 'fp', 'fp1'].includes(format);

function tableOf(name: string): TableName {
  if (/^fcvt\.[sd]\.[wl]|^fmv\.[wd]\.x/.test(name)) return 'integer';
  return /\.d$|^fmv\.x\.d/.test(name) ? 'double' : 'single';
}

/** Every instruction in every rounding mode it has. */
export const FLOAT_RUNS: readonly FloatRun[] = ENCODINGS.filter(isFloat).flatMap((encoding) => {
  const { name, match, mask, rounds } = encoding;
  const operands =
    (RESULT << 7) |
    (FIRST_OPERAND << 15) |
    ((FIRST_OPERAND + 1) << 20) |
    ((FIRST_OPERAND + 2) << 27);
  const noise = rounds ? operands | (DYNAMIC << 12) : operands;
  const run = {
    name,
    bits: (match | (noise & ~mask)) >>> 0,
    table: tableOf(name),
    toInteger: /^(feq|flt|fle|fclass|fmv\.x|fcvt\.(w|wu|l|lu)\.)/.test(name),
  };
  return (rounds ? [0, 1, 2, 3, 4] : [0]).map((mode) => ({ ...run, mode }));
});

/** The operands as they are placed in the program. */
export const tableBytes = (triples: readonly Triple[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(triples.flat()).buffer);

/** The program; `count` triples of each table are in files that the assembler finds by these names. */
export function floatProgram(count: number): string {
  const tables = (['single', 'double', 'integer'] as const).map(
    (name) => `        .balign 8\n${name}: .incbin "${name}.bin"`,
  );
  const runs = FLOAT_RUNS.map(
    ({ bits, mode, table, toInteger }, index) => `
        la      s0, ${table}
        li      s1, ${count}
        la      s2, results
        fsrmi   ${mode}
1:      fld     f10, 0(s0)
        fld     f11, 8(s0)
        fld     f12, 16(s0)
        ld      x10, 0(s0)
        fsflags zero
        .word   0x${bits.toString(16)}          # ${index}
        frflags t1
        ${toInteger ? 'sd      x13, 0(s2)' : 'fsd     f13, 0(s2)'}
        sd      t1, 8(s2)
        addi    s0, s0, 24
        addi    s2, s2, ${RECORD_BYTES}
        addi    s1, s1, -1
        bnez    s1, 1b
        call    write_results`,
  );
  return `
        .globl  main
        .text
main:   mv      s11, ra
${runs.join('\n')}
        li      a0, 0
        jr      s11
write_results:
        li      a7, 64
        li      a0, 1
        la      a1, results
        li      a2, ${count * RECORD_BYTES}
        ecall
        ret
        .data
${tables.join('\n')}
        .bss
        .balign 16
results: .skip  ${count * RECORD_BYTES}
`;
}
