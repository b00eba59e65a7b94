/**
 * F and D: floating point (unprivileged manual, chapters F and D), both widths from one
 * description. The host's arithmetic is used where result and flags are provably the same: round
 * to nearest, inexact already set, and a result that cannot have overflowed or underflowed; the
 * softfloat leaves do the rest.
 */
import type { Expr, I32, Stmt } from '../wasm/ast.ts';
import { likely } from '../wasm/ast.ts';
import { defined } from '../../base/assert.ts';
import { f32, f64, i32, i64 } from '../wasm/ops.ts';
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
import {
  type Arithmetic,
  BOX,
  TO_NEAREST,
  type Bits,
  type Width,
  type WidthOps,
  double,
  hostRounds,
  single,
  withFloats,
} from './float-widths.ts';

const OP_FP = 0x53;

const arithmetic =
  <W extends Width>(w: WidthOps<W>, name: Arithmetic): Semantics =>
  (context) => {
    const { frs1, frs2, setFrd, roundedByHost } = context;
    const raw = name === 'sqrt' ? [frs1] : [frs1, frs2];
    return withFloats(w, context, raw, (...operands) => {
      const [a, b] = operands;
      const first = defined(a, 'operand');
      const value =
        name === 'sqrt' ? w.host.sqrt(first) : w.host[name](first, defined(b, 'operand'));
      const exact = (mode: I32): Stmt =>
        setFrd(w.box(w.leaf(context, name, ...operands.map(w.toBits), mode)));
      return roundedByHost(
        () =>
          w.bindFloat(context, value, (result) =>
            likely(
              w.safelyNormal(w.toBits(result)),
              setFrd(w.box(w.toBits(result))),
              exact(i32.const(TO_NEAREST)),
            ),
          ),
        exact,
      );
    });
  };

const fpEncoding = (funct5: number, fmt: number): number => (funct5 << 27) | (fmt << 25) | OP_FP;
const RM_FREE = 0xfe00007f | 0;
const RM_FREE_RS2_FIXED = 0xfff0007f | 0;
const RM_FIXED = 0xfe00707f | 0;
const RM_AND_RS2_FIXED = 0xfff0707f | 0;

/** Puts the pieces of an instruction of this width together. */
const definer =
  <W extends Width>(w: WidthOps<W>) =>
  (
    name: string,
    mask: number,
    match: number,
    format: Format,
    semantics: Semantics,
  ): Instruction => ({
    name: name.includes('.') ? name : `${name}.${w.suffix}`,
    extension: w.extension,
    mask,
    match,
    format,
    semantics,
  });

const arithmeticOf = <W extends Width>(w: WidthOps<W>): Instruction[] => {
  const define = definer(w);
  const two = (name: 'add' | 'sub' | 'mul' | 'div', funct5: number): Instruction =>
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
        const b = w.unbox(context.frs2);
        const c = w.unbox(context.frs3);
        const product = flipProduct ? w.xor(a, w.signBit) : a;
        const addend = flipAddend ? w.xor(c, w.signBit) : c;
        return context.setFrd(w.box(w.leaf(context, 'fma', product, b, addend, mode)));
      }),
    );
  return [
    two('add', 0),
    two('sub', 1),
    two('mul', 2),
    two('div', 3),
    define('fsqrt', RM_FREE_RS2_FIXED, fpEncoding(11, w.fmt), FR1, arithmetic(w, 'sqrt')),
    fused('fmadd', 0x43, false, false),
    fused('fmsub', 0x47, false, true),
    fused('fnmsub', 0x4b, true, false),
    fused('fnmadd', 0x4f, true, true),
  ];
};

/** Compares on the host where no operand is a NaN: nothing is raised then. */
const ordered = <W extends Width>(
  w: WidthOps<W>,
  context: SemanticContext,
  host: (a: Expr<W>, b: Expr<W>) => Stmt,
  exact: (a: Bits<W>, b: Bits<W>) => Stmt,
): Stmt =>
  withFloats(w, context, [context.frs1, context.frs2], (first, second) => {
    const a = defined(first, 'operand');
    const b = defined(second, 'operand');
    const isOrdered = i32.and(w.host.eq(a, a), w.host.eq(b, b));
    return likely(isOrdered, host(a, b), exact(w.toBits(a), w.toBits(b)));
  });

const signsAndComparisons = <W extends Width>(w: WidthOps<W>): Instruction[] => {
  const define = definer(w);
  const inject = (
    name: string,
    funct3: number,
    sign: (a: Bits<W>, b: Bits<W>) => Bits<W>,
  ): Instruction =>
    define(name, RM_FIXED, fpEncoding(4, w.fmt) | (funct3 << 12), FR_NO_RM, (context) =>
      w.bind(context, w.unbox(context.frs1), (a) =>
        w.bind(context, w.unbox(context.frs2), (b) =>
          context.setFrd(w.box(w.or(w.and(a, w.notSign), w.and(sign(a, b), w.signBit)))),
        ),
      ),
    );
  const extreme = (name: 'min' | 'max', funct3: number): Instruction =>
    define(`f${name}`, RM_FIXED, fpEncoding(5, w.fmt) | (funct3 << 12), FR_NO_RM, (context) =>
      ordered(
        ...([w, context] as const),
        (a, b) => context.setFrd(w.box(w.toBits(w.host[name](a, b)))),
        (a, b) => context.setFrd(w.box(w.leaf(context, name, a, b))),
      ),
    );
  const compare = (name: 'eq' | 'lt' | 'le', funct3: number): Instruction =>
    define(`f${name}`, RM_FIXED, fpEncoding(20, w.fmt) | (funct3 << 12), FCOMPARE, (context) =>
      ordered(
        ...([w, context] as const),
        (a, b) => context.setRd(i64.extendI32U(w.host[name](a, b))),
        (a, b) => context.setRd(w.leaf64(context, name, a, b)),
      ),
    );
  return [
    inject('fsgnj', 0, (_, b) => b),
    inject('fsgnjn', 1, (_, b) => w.xor(b, w.signBit)),
    inject('fsgnjx', 2, (a, b) => w.xor(a, b)),
    extreme('min', 0),
    extreme('max', 1),
    compare('le', 0),
    compare('lt', 1),
    compare('eq', 2),
    define('fclass', RM_AND_RS2_FIXED, fpEncoding(28, w.fmt) | (1 << 12), MOVE_F_TO_X, (context) =>
      context.setRd(w.leaf64(context, 'class', w.unbox(context.frs1))),
    ),
  ];
};

/** The four integer types of conversions: assembly suffix, leaf prefix, rs2 field. */
const INTEGERS = [
  ['w', 'i32', 0],
  ['wu', 'u32', 1],
  ['l', 'i64', 2],
  ['lu', 'u64', 3],
] as const;

/** Where conversions by truncation cannot overflow, by the integer type; unsigned ones are rare. */
const TRUNCATION_LIMITS: Readonly<Record<string, number>> = { i32: 2 ** 31, i64: 2 ** 63 };
const ROUND_TO_ZERO = 1;

/** What C's casts are made of: truncation. The host does it where the result is in range and inexact raised already. */
const toInteger = <W extends Width>(
  w: WidthOps<W>,
  context: SemanticContext,
  integer: string,
  mode: I32,
): Stmt => {
  const limit = TRUNCATION_LIMITS[integer];
  const exact = context.setRd(w.leaf64(context, `to_${integer}`, w.unbox(context.frs1), mode));
  if (limit === undefined) return exact;
  return withFloats(w, context, [context.frs1], (operand) => {
    const a = w.toDouble(defined(operand, 'operand'));
    const truncates = hostRounds(context.fflags, i32.xor(mode, i32.const(ROUND_TO_ZERO)));
    const value = integer === 'i32' ? i64.extendI32S(i32.truncSatF64S(a)) : i64.truncSatF64S(a);
    const isInRange = f64.lt(f64.abs(a), f64.const(limit));
    return likely(i32.and(truncates, isInRange), context.setRd(value), exact);
  });
};

const fromInteger = <W extends Width>(
  w: WidthOps<W>,
  context: SemanticContext,
  integer: string,
): Stmt => {
  const { rs1, roundedByHost, roundingMode } = context;
  const exact = (mode: I32): Stmt =>
    context.setFrd(w.box(w.fromInteger(context, integer, rs1, mode)));
  const give = (value: Expr<W>) => (): Stmt => context.setFrd(w.box(w.toBits(value)));
  switch (integer) {
    case 'i32': {
      const value = give(w.host.convertI32S(i32.wrapI64(rs1)));
      // A double holds every one of them, but a reserved rounding mode is still an illegal instruction.
      return w.width === 'f64' ? roundingMode(value) : roundedByHost(value, exact);
    }
    case 'i64':
      return roundedByHost(give(w.host.convertI64S(rs1)), exact);
    default:
      return roundingMode(exact);
  }
};

const conversionsOf = <W extends Width>(w: WidthOps<W>): Instruction[] => {
  const define = definer(w);
  return INTEGERS.flatMap(([suffix, integer, rs2]) => [
    define(
      `fcvt.${suffix}.${w.suffix}`,
      RM_FREE_RS2_FIXED,
      fpEncoding(24, w.fmt) | (rs2 << 20),
      F_TO_X,
      (context) => context.roundingMode((mode) => toInteger(w, context, integer, mode)),
    ),
    define(
      `fcvt.${w.suffix}.${suffix}`,
      RM_FREE_RS2_FIXED,
      fpEncoding(26, w.fmt) | (rs2 << 20),
      X_TO_F,
      (context) => fromInteger(w, context, integer),
    ),
  ]);
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
    semantics: (context) => {
      const { frs1, setFrd, floatLeaf } = context;
      const exact = (mode: I32): Stmt => setFrd(single.box(floatLeaf('f64_to_f32', frs1, mode)));
      return context.roundedByHost(
        () =>
          context.bind(i32.reinterpretF32(f32.demoteF64(f64.reinterpretI64(frs1))), (result) =>
            likely(
              single.safelyNormal(result),
              setFrd(single.box(result)),
              exact(i32.const(TO_NEAREST)),
            ),
          ),
        exact,
      );
    },
  },
  {
    name: 'fcvt.d.s',
    extension: 'D',
    mask: RM_FREE_RS2_FIXED,
    match: fpEncoding(8, 1),
    format: FR1,
    // Exact, but a reserved rounding mode is still an illegal instruction.
    semantics: (context) =>
      context.roundingMode(() =>
        withFloats(single, context, [context.frs1], (operand) => {
          const a = defined(operand, 'operand');
          const { setFrd, floatLeaf } = context;
          const value = setFrd(i64.reinterpretF64(f64.promoteF32(a)));
          return likely(f32.eq(a, a), value, setFrd(floatLeaf('f32_to_f64', single.toBits(a))));
        }),
      ),
  },
];

export const floatingPoint: readonly Instruction[] = [
  ...transfers,
  ...arithmeticOf(single),
  ...signsAndComparisons(single),
  ...conversionsOf(single),
  ...arithmeticOf(double),
  ...signsAndComparisons(double),
  ...conversionsOf(double),
];
