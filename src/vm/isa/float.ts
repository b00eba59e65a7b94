/**
 * F and D: floating point (unprivileged manual, chapters F and D), both widths from one
 * description. The host's arithmetic is used where result and flags are provably the same: round
 * to nearest, inexact already set, and a result that cannot have overflowed or underflowed; the
 * softfloat leaves do the rest.
 */
import type { Expr, I32, I64, Stmt } from '../wasm/ast.ts';
import { when } from '../wasm/ast.ts';
import { f32, f64, i32, i64, select } from '../wasm/ops.ts';
import type { SemanticContext, Semantics } from './context.ts';
import {
  FCOMPARE,
  FLOAD,
  FR,
  FR1,
  FR4,
  FR_NO_RM,
  FSTORE,
  F_TO_X,
  type Format,
  MOVE_F_TO_X,
  MOVE_X_TO_F,
  X_TO_F,
} from './formats.ts';
import type { Instruction } from './instruction.ts';
import type { FloatLeaf } from './leaf-signatures.ts';

const OP_FP = 0x53;
const INEXACT = 1;
const BOX = 0xffffffff00000000n;
const CANONICAL_NAN_32 = 0x7fc00000;

type Width = 'f32' | 'f64';
type Bits<W extends Width> = W extends 'f32' ? I32 : I64;

/** What differs between the two widths. */
interface WidthOps<W extends Width> {
  readonly width: W;
  readonly extension: 'F' | 'D';
  readonly suffix: 's' | 'd';
  /** The fmt field: 0 single, 1 double. */
  readonly fmt: 0 | 1;
  /** Raw register to operand bits: a single that is not NaN-boxed reads as the canonical NaN. */
  readonly unbox: (raw: I64) => Bits<W>;
  readonly box: (bits: Bits<W>) => I64;
  /** True when the exponent says: normal, and not the smallest one (which may have been tiny). */
  readonly safelyNormal: (bits: Bits<W>) => I32;
  readonly signBit: Bits<W>;
  readonly xor: (a: Bits<W>, b: Bits<W>) => Bits<W>;
  readonly and: (a: Bits<W>, b: Bits<W>) => Bits<W>;
  readonly or: (a: Bits<W>, b: Bits<W>) => Bits<W>;
  readonly notSign: Bits<W>;
}

const single: WidthOps<'f32'> = {
  width: 'f32',
  extension: 'F',
  suffix: 's',
  fmt: 0,
  unbox: (raw) =>
    select(i32.wrapI64(raw), i32.const(CANONICAL_NAN_32), i64.geU(raw, i64.const(BOX))),
  box: (bits) => i64.or(i64.extendI32U(bits), i64.const(BOX)),
  safelyNormal: (bits) =>
    i32.ltU(
      i32.sub(i32.and(i32.shrU(bits, i32.const(23)), i32.const(0xff)), i32.const(2)),
      i32.const(0xfd),
    ),
  signBit: i32.const(0x80000000),
  notSign: i32.const(0x7fffffff),
  xor: i32.xor,
  and: i32.and,
  or: i32.or,
};

const double: WidthOps<'f64'> = {
  width: 'f64',
  extension: 'D',
  suffix: 'd',
  fmt: 1,
  unbox: (raw) => raw,
  box: (bits) => bits,
  safelyNormal: (bits) =>
    i32.ltU(
      i32.sub(i32.and(i32.wrapI64(i64.shrU(bits, i64.const(52))), i32.const(0x7ff)), i32.const(2)),
      i32.const(0x7fd),
    ),
  signBit: i64.const(0x8000000000000000n),
  notSign: i64.const(0x7fffffffffffffffn),
  xor: i64.xor,
  and: i64.and,
  or: i64.or,
};

/** Calls `name` of this width: the leaves are typed by name, the widths are not. */
const leafOf = <R extends Expr>(
  context: SemanticContext,
  w: { readonly width: Width },
  name: string,
  ...args: readonly Expr[]
): R =>
  (context.floatLeaf as (leaf: FloatLeaf, ...a: readonly Expr[]) => Expr)(
    `${w.width}_${name}` as FloatLeaf,
    ...args,
  ) as R;

/** The host's arithmetic on raw bits. */
const hostOperation = <W extends Width>(
  w: WidthOps<W>,
  name: 'add' | 'sub' | 'mul' | 'div' | 'sqrt',
  args: readonly Bits<W>[],
): Bits<W> => {
  if (w.width === 'f32') {
    const operation = f32[name] as (...a: readonly Expr<'f32'>[]) => Expr<'f32'>;
    return i32.reinterpretF32(
      operation(...args.map((a) => f32.reinterpretI32(a as I32))),
    ) as Bits<W>;
  }
  const operation = f64[name] as (...a: readonly Expr<'f64'>[]) => Expr<'f64'>;
  return i64.reinterpretF64(operation(...args.map((a) => f64.reinterpretI64(a as I64)))) as Bits<W>;
};

const bits = <W extends Width>(
  _: WidthOps<W>,
  context: SemanticContext,
  value: Bits<W>,
  rest: (v: Bits<W>) => Stmt,
): Stmt => context.bind(value as Expr, (bound) => rest(bound as Bits<W>));

const arithmetic =
  <W extends Width>(w: WidthOps<W>, name: 'add' | 'sub' | 'mul' | 'div' | 'sqrt'): Semantics =>
  (context) => {
    const { frs1, frs2, setFrd, roundingMode, fflags } = context;
    const withOperands = (rest: (...operands: readonly Bits<W>[]) => Stmt): Stmt =>
      bits(w, context, w.unbox(frs1), (a) =>
        name === 'sqrt' ? rest(a) : bits(w, context, w.unbox(frs2), (b) => rest(a, b)),
      );
    return roundingMode((mode) =>
      withOperands((...operands) => {
        const exact = setFrd(
          w.box(leafOf(context, w, name, ...(operands as readonly Expr[]), mode)),
        );
        // mode 0 is round to nearest even; NX is the flag of value 1.
        const hostMay = i32.eq(
          i32.or(mode, i32.xor(i32.and(fflags, i32.const(INEXACT)), i32.const(INEXACT))),
          i32.const(0),
        );
        return when(
          hostMay,
          bits(w, context, hostOperation(w, name, operands), (result) =>
            when(w.safelyNormal(result), setFrd(w.box(result)), exact),
          ),
          exact,
        );
      }),
    );
  };

const fpEncoding = (funct5: number, fmt: number): number => (funct5 << 27) | (fmt << 25) | OP_FP;
const RM_FREE = 0xfe00007f | 0;
const RM_FREE_RS2_FIXED = 0xfff0007f | 0;
const RM_FIXED = 0xfe00707f | 0;
const RM_AND_RS2_FIXED = 0xfff0707f | 0;

const instructionsOf = <W extends Width>(w: WidthOps<W>): Instruction[] => {
  const define = (
    name: string,
    mask: number,
    match: number,
    format: Format,
    semantics: Semantics,
  ): Instruction => ({
    name: `${name}.${w.suffix}`,
    extension: w.extension,
    mask,
    match,
    format,
    semantics,
  });

  const arithmeticOf = (name: 'add' | 'sub' | 'mul' | 'div', funct5: number): Instruction =>
    define(`f${name}`, RM_FREE, fpEncoding(funct5, w.fmt), FR, arithmetic(w, name));

  /** Fused: negations are sign flips of the inputs, so that there is one rounding (chapter F). */
  const fused = (
    name: string,
    opcode: number,
    flipProduct: boolean,
    flipAddend: boolean,
  ): Instruction =>
    define(name, 0x0600007f, (w.fmt << 25) | opcode, FR4, (context) =>
      context.roundingMode((mode) => {
        const a = w.unbox(context.frs1);
        const c = w.unbox(context.frs3);
        return context.setFrd(
          w.box(
            leafOf(
              context,
              w,
              'fma',
              flipProduct ? w.xor(a, w.signBit) : a,
              w.unbox(context.frs2),
              flipAddend ? w.xor(c, w.signBit) : c,
              mode,
            ),
          ),
        );
      }),
    );

  const inject = (
    name: string,
    funct3: number,
    sign: (a: Bits<W>, b: Bits<W>) => Bits<W>,
  ): Instruction =>
    define(name, RM_FIXED, fpEncoding(4, w.fmt) | (funct3 << 12), FR_NO_RM, (context) =>
      bits(w, context, w.unbox(context.frs1), (a) =>
        bits(w, context, w.unbox(context.frs2), (b) =>
          context.setFrd(w.box(w.or(w.and(a, w.notSign), w.and(sign(a, b), w.signBit)))),
        ),
      ),
    );

  const extreme = (name: 'min' | 'max', funct3: number): Instruction =>
    define(`f${name}`, RM_FIXED, fpEncoding(5, w.fmt) | (funct3 << 12), FR_NO_RM, (context) =>
      context.setFrd(w.box(leafOf(context, w, name, w.unbox(context.frs1), w.unbox(context.frs2)))),
    );

  const compare = (name: 'eq' | 'lt' | 'le', funct3: number): Instruction =>
    define(`f${name}`, RM_FIXED, fpEncoding(20, w.fmt) | (funct3 << 12), FCOMPARE, (context) =>
      context.setRd(leafOf(context, w, name, w.unbox(context.frs1), w.unbox(context.frs2))),
    );

  const toInteger = (suffix: string, leaf: string, rs2: number): Instruction => ({
    ...define('', RM_FREE_RS2_FIXED, fpEncoding(24, w.fmt) | (rs2 << 20), F_TO_X, (context) =>
      context.roundingMode((mode) =>
        context.setRd(leafOf(context, w, `to_${leaf}`, w.unbox(context.frs1), mode)),
      ),
    ),
    name: `fcvt.${suffix}.${w.suffix}`,
  });

  const fromInteger = (suffix: string, leaf: string, rs2: number): Instruction => ({
    ...define('', RM_FREE_RS2_FIXED, fpEncoding(26, w.fmt) | (rs2 << 20), X_TO_F, (context) =>
      context.roundingMode((mode) =>
        context.setFrd(
          w.box(leafOf(context, { width: leaf as Width }, `to_${w.width}`, context.rs1, mode)),
        ),
      ),
    ),
    name: `fcvt.${w.suffix}.${suffix}`,
  });

  return [
    arithmeticOf('add', 0),
    arithmeticOf('sub', 1),
    arithmeticOf('mul', 2),
    arithmeticOf('div', 3),
    define('fsqrt', RM_FREE_RS2_FIXED, fpEncoding(11, w.fmt), FR1, arithmetic(w, 'sqrt')),
    fused('fmadd', 0x43, false, false),
    fused('fmsub', 0x47, false, true),
    fused('fnmsub', 0x4b, true, false),
    fused('fnmadd', 0x4f, true, true),
    inject('fsgnj', 0, (_, b) => b),
    inject('fsgnjn', 1, (_, b) => w.xor(b, w.signBit)),
    inject('fsgnjx', 2, (a, b) => w.xor(a, b)),
    extreme('min', 0),
    extreme('max', 1),
    compare('le', 0),
    compare('lt', 1),
    compare('eq', 2),
    define('fclass', RM_AND_RS2_FIXED, fpEncoding(28, w.fmt) | (1 << 12), MOVE_F_TO_X, (context) =>
      context.setRd(leafOf(context, w, 'class', w.unbox(context.frs1))),
    ),
    toInteger('w', 'i32', 0),
    toInteger('wu', 'u32', 1),
    toInteger('l', 'i64', 2),
    toInteger('lu', 'u64', 3),
    fromInteger('w', 'i32', 0),
    fromInteger('wu', 'u32', 1),
    fromInteger('l', 'i64', 2),
    fromInteger('lu', 'u64', 3),
  ];
};

/** Loads, stores and moves copy bits: a stored single need not be boxed, a loaded one is. */
const transfers: readonly Instruction[] = [
  {
    name: 'flw',
    extension: 'F',
    mask: 0x707f,
    match: 0x2007,
    format: FLOAD,
    semantics: ({ rs1, imm, load, setFrd }) =>
      load(2, 'zero', i64.add(rs1, imm), (value) => setFrd(i64.or(value, i64.const(BOX)))),
  },
  {
    name: 'fld',
    extension: 'D',
    mask: 0x707f,
    match: 0x3007,
    format: FLOAD,
    semantics: ({ rs1, imm, load, setFrd }) => load(3, 'signed', i64.add(rs1, imm), setFrd),
  },
  {
    name: 'fsw',
    extension: 'F',
    mask: 0x707f,
    match: 0x2027,
    format: FSTORE,
    semantics: ({ rs1, imm, frs2, store }) => store(2, i64.add(rs1, imm), frs2),
  },
  {
    name: 'fsd',
    extension: 'D',
    mask: 0x707f,
    match: 0x3027,
    format: FSTORE,
    semantics: ({ rs1, imm, frs2, store }) => store(3, i64.add(rs1, imm), frs2),
  },
  {
    name: 'fmv.x.w',
    extension: 'F',
    mask: RM_AND_RS2_FIXED,
    match: fpEncoding(28, 0),
    format: MOVE_F_TO_X,
    semantics: ({ frs1, setRd }) => setRd(i64.extend32S(frs1)),
  },
  {
    name: 'fmv.x.d',
    extension: 'D',
    mask: RM_AND_RS2_FIXED,
    match: fpEncoding(28, 1),
    format: MOVE_F_TO_X,
    semantics: ({ frs1, setRd }) => setRd(frs1),
  },
  {
    name: 'fmv.w.x',
    extension: 'F',
    mask: RM_AND_RS2_FIXED,
    match: fpEncoding(30, 0),
    format: MOVE_X_TO_F,
    semantics: ({ rs1, setFrd }) => setFrd(i64.or(rs1, i64.const(BOX))),
  },
  {
    name: 'fmv.d.x',
    extension: 'D',
    mask: RM_AND_RS2_FIXED,
    match: fpEncoding(30, 1),
    format: MOVE_X_TO_F,
    semantics: ({ rs1, setFrd }) => setFrd(rs1),
  },
  {
    name: 'fcvt.s.d',
    extension: 'D',
    mask: RM_FREE_RS2_FIXED,
    match: fpEncoding(8, 0) | (1 << 20),
    format: FR1,
    semantics: ({ frs1, setFrd, roundingMode, floatLeaf }) =>
      roundingMode((mode) => setFrd(single.box(floatLeaf('f64_to_f32', frs1, mode)))),
  },
  {
    name: 'fcvt.d.s',
    extension: 'D',
    mask: RM_FREE_RS2_FIXED,
    match: fpEncoding(8, 1),
    format: FR1,
    // Exact, but a reserved rounding mode is still an illegal instruction.
    semantics: ({ frs1, setFrd, roundingMode, floatLeaf }) =>
      roundingMode(() => setFrd(floatLeaf('f32_to_f64', single.unbox(frs1)))),
  },
];

export const floatingPoint: readonly Instruction[] = [
  ...transfers,
  ...instructionsOf(single),
  ...instructionsOf(double),
];
