import { sext32, u64 } from '../bits.ts';
import { add, divide, multiply, multiplyAdd, squareRoot, subtract } from '../float/arithmetic.ts';
import { equal, less, minimumMaximum } from '../float/compare.ts';
import {
  classify,
  convertFormat,
  fromInteger,
  L,
  LU,
  signInject,
  toInteger,
  W,
  WU,
} from '../float/convert.ts';
import { box, DOUBLE, RMM, SINGLE, unbox } from '../float/format.ts';
import type { Format, Rounded } from '../float/format.ts';
import type { Hart } from '../hart.ts';
import type { Instruction } from '../instruction.ts';
import { IllegalInstruction } from '../trap.ts';
import type { Execute } from './integer.ts';
import { markFloatDirty, requireFloat } from './memory.ts';

const DYNAMIC = 7;

/**
 * The rounding mode of an instruction: its own or frm's; 5 and 6 (and 7 in frm) are reserved. FS
 * becomes Dirty even if it is frm's mode that is reserved: the manual lets it be set without need.
 */
function roundingMode(hart: Hart, rm: number | undefined): number {
  if (rm === DYNAMIC) markFloatDirty(hart);
  const mode = rm === DYNAMIC ? hart.frm : (rm ?? 0);
  if (mode > RMM) throw new IllegalInstruction();
  return mode;
}

export const floatInstructions = new Map<string, Execute>();

type Body = (hart: Hart, instruction: Instruction, mode: number) => void;

function define(name: string, body: Body): void {
  floatInstructions.set(name, (hart, instruction) => {
    requireFloat(hart);
    const mode = roundingMode(hart, instruction.rm);
    markFloatDirty(hart);
    body(hart, instruction, mode);
  });
}

/** Writes a result into an f register and its flags into fflags. */
function finish(hart: Hart, rd: number, format: Format, { bits, flags }: Rounded): void {
  hart.fflags |= flags;
  hart.setF(rd, box(format, bits));
}

/** Writes an integer result. */
function finishInteger(hart: Hart, rd: number, { bits, flags }: Rounded): void {
  hart.fflags |= flags;
  hart.setX(rd, u64(bits));
}

for (const format of [SINGLE, DOUBLE]) {
  const suffix = format === SINGLE ? '.s' : '.d';
  const operand = (hart: Hart, index: number): bigint => unbox(format, hart.getF(index));

  for (const [name, operation] of Object.entries({
    fadd: add,
    fsub: subtract,
    fmul: multiply,
    fdiv: divide,
  })) {
    define(name + suffix, (hart, { rd, rs1, rs2 }, mode) => {
      finish(hart, rd, format, operation(format, operand(hart, rs1), operand(hart, rs2), mode));
    });
  }
  define('fsqrt' + suffix, (hart, { rd, rs1 }, mode) => {
    finish(hart, rd, format, squareRoot(format, operand(hart, rs1), mode));
  });

  /** Whether the product and the addend change their sign. */
  const fused: Readonly<Record<string, readonly [boolean, boolean]>> = {
    fmadd: [false, false],
    fmsub: [false, true],
    fnmsub: [true, false],
    fnmadd: [true, true],
  };
  for (const [name, [negateProduct, negateAddend]] of Object.entries(fused)) {
    define(name + suffix, (hart, { rd, rs1, rs2, rs3 }, mode) => {
      const operands = [operand(hart, rs1), operand(hart, rs2), operand(hart, rs3)] as const;
      finish(hart, rd, format, multiplyAdd(format, operands, negateProduct, negateAddend, mode));
    });
  }

  for (const [name, how] of [
    ['fsgnj', 'copy'],
    ['fsgnjn', 'negate'],
    ['fsgnjx', 'xor'],
  ] as const) {
    define(name + suffix, (hart, { rd, rs1, rs2 }) => {
      const bits = signInject(format, operand(hart, rs1), operand(hart, rs2), how);
      finish(hart, rd, format, { bits, flags: 0 });
    });
  }
  for (const [name, maximum] of [
    ['fmin', false],
    ['fmax', true],
  ] as const) {
    define(name + suffix, (hart, { rd, rs1, rs2 }) => {
      finish(
        hart,
        rd,
        format,
        minimumMaximum(format, operand(hart, rs1), operand(hart, rs2), maximum),
      );
    });
  }

  define('feq' + suffix, (hart, { rd, rs1, rs2 }) => {
    finishInteger(hart, rd, equal(format, operand(hart, rs1), operand(hart, rs2)));
  });
  for (const [name, orEqual] of [
    ['flt', false],
    ['fle', true],
  ] as const) {
    define(name + suffix, (hart, { rd, rs1, rs2 }) => {
      finishInteger(hart, rd, less(format, operand(hart, rs1), operand(hart, rs2), orEqual));
    });
  }
  define('fclass' + suffix, (hart, { rd, rs1 }) => {
    finishInteger(hart, rd, { bits: classify(format, operand(hart, rs1)), flags: 0 });
  });

  for (const [name, type] of Object.entries({ w: W, wu: WU, l: L, lu: LU })) {
    define(`fcvt.${name}${suffix}`, (hart, { rd, rs1 }, mode) => {
      const { bits, flags } = toInteger(format, operand(hart, rs1), type, mode);
      // Also the unsigned 32-bit result is sign-extended.
      finishInteger(hart, rd, { bits: type.width === 32 ? sext32(bits) : bits, flags });
    });
    define(`fcvt${suffix}.${name}`, (hart, { rd, rs1 }, mode) => {
      finish(hart, rd, format, fromInteger(format, hart.getX(rs1), type, mode));
    });
  }
}

define('fcvt.s.d', (hart, { rd, rs1 }, mode) => {
  finish(hart, rd, SINGLE, convertFormat(DOUBLE, SINGLE, hart.getF(rs1), mode));
});
define('fcvt.d.s', (hart, { rd, rs1 }, mode) => {
  finish(hart, rd, DOUBLE, convertFormat(SINGLE, DOUBLE, unbox(SINGLE, hart.getF(rs1)), mode));
});
// The moves copy bits: no check of the boxing, no change of a NaN.
define('fmv.x.w', (hart, { rd, rs1 }) => {
  hart.setX(rd, sext32(hart.getF(rs1)));
});
define('fmv.x.d', (hart, { rd, rs1 }) => {
  hart.setX(rd, hart.getF(rs1));
});
define('fmv.w.x', (hart, { rd, rs1 }) => {
  hart.setF(rd, box(SINGLE, BigInt.asUintN(32, hart.getX(rs1))));
});
define('fmv.d.x', (hart, { rd, rs1 }) => {
  hart.setF(rd, hart.getX(rs1));
});
