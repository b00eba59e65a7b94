/** The two widths of floating point, with what differs between them, for the descriptions of float.ts. */
import type { Expr, F64, I32, I64, Stmt } from '../wasm/ast.ts';
import { f32, f64, i32, i64, select } from '../wasm/ops.ts';
import type { SemanticContext } from './context.ts';
import type { FloatLeaf } from './leaf-signatures.ts';

const INEXACT = 1;
/** The upper half of a register that holds a single. */
export const BOX = 0xffffffff00000000n;
const CANONICAL_NAN_32 = 0x7fc00000;

export type Width = 'f32' | 'f64';
export type Bits<W extends Width> = W extends 'f32' ? I32 : I64;

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'sqrt';

/** The host's operations on one width. */
interface FloatOps<W extends Width> {
  readonly add: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly sub: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly mul: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly div: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly min: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly max: (a: Expr<W>, b: Expr<W>) => Expr<W>;
  readonly sqrt: (a: Expr<W>) => Expr<W>;
  readonly eq: (a: Expr<W>, b: Expr<W>) => I32;
  readonly lt: (a: Expr<W>, b: Expr<W>) => I32;
  readonly le: (a: Expr<W>, b: Expr<W>) => I32;
  readonly convertI32S: (value: I32) => Expr<W>;
  readonly convertI64S: (value: I64) => Expr<W>;
}

/** What differs between the two widths. */
export interface WidthOps<W extends Width> {
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
  /** Bits as the host's number and back. */
  readonly toFloat: (bits: Bits<W>) => Expr<W>;
  readonly toBits: (value: Expr<W>) => Bits<W>;
  readonly toDouble: (value: Expr<W>) => F64;
  readonly host: FloatOps<W>;
  /** Calls the leaf `name` of this width, whose result is of this width. */
  readonly leaf: (context: SemanticContext, name: string, ...args: readonly Expr[]) => Bits<W>;
  /** Calls a leaf of this width whose result is for an integer register. */
  readonly leaf64: (context: SemanticContext, name: string, ...args: readonly Expr[]) => I64;
  readonly fromInteger: (
    context: SemanticContext,
    integer: string,
    value: I64,
    mode: I32,
  ) => Bits<W>;
  readonly bind: (context: SemanticContext, value: Bits<W>, rest: (value: Bits<W>) => Stmt) => Stmt;
  readonly bindFloat: (
    context: SemanticContext,
    value: Expr<W>,
    rest: (value: Expr<W>) => Stmt,
  ) => Stmt;
}

/** Calls a leaf by a name put together at run time; `_result` is its result's type. */
const leafOf = <T extends Expr['type']>(
  context: SemanticContext,
  _result: T,
  name: string,
  ...args: readonly Expr[]
): Expr<T> =>
  (context.floatLeaf as (leaf: FloatLeaf, ...a: readonly Expr[]) => Expr)(
    name as FloatLeaf,
    ...args,
  ) as Expr<T>;

export const single: WidthOps<'f32'> = {
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
  toFloat: f32.reinterpretI32,
  toBits: i32.reinterpretF32,
  toDouble: f64.promoteF32,
  host: f32,
  leaf: (context, name, ...args) => leafOf(context, 'i32', `f32_${name}`, ...args),
  leaf64: (context, name, ...args) => leafOf(context, 'i64', `f32_${name}`, ...args),
  fromInteger: (context, integer, value, mode) =>
    leafOf(context, 'i32', `${integer}_to_f32`, value, mode),
  bind: (context, value, rest) => context.bind(value, rest),
  bindFloat: (context, value, rest) => context.bind(value, rest),
};

export const double: WidthOps<'f64'> = {
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
  toFloat: f64.reinterpretI64,
  toBits: i64.reinterpretF64,
  toDouble: (value) => value,
  host: f64,
  leaf: (context, name, ...args) => leafOf(context, 'i64', `f64_${name}`, ...args),
  leaf64: (context, name, ...args) => leafOf(context, 'i64', `f64_${name}`, ...args),
  fromInteger: (context, integer, value, mode) =>
    leafOf(context, 'i64', `${integer}_to_f64`, value, mode),
  bind: (context, value, rest) => context.bind(value, rest),
  bindFloat: (context, value, rest) => context.bind(value, rest),
};

/** The rounding mode RNE: to nearest, ties to even. */
export const TO_NEAREST = 0;

/** Rounding to nearest even, and inexact raised already: then the host does the same. */
export const hostRounds = (fflags: I32, mode: I32): I32 =>
  i32.eqz(i32.or(mode, i32.xor(i32.and(fflags, i32.const(INEXACT)), i32.const(INEXACT))));

/**
 * Operands as the host's numbers. Bits of a double are as good as the double itself; a single is unboxed, which is
 * worth doing once.
 */
export const withFloats = <W extends Width>(
  w: WidthOps<W>,
  context: SemanticContext,
  raw: readonly I64[],
  rest: (...operands: readonly Expr<W>[]) => Stmt,
): Stmt => {
  const [first, ...others] = raw;
  if (!first) return rest();
  const more = (operand: Expr<W>): Stmt =>
    withFloats(w, context, others, (...operands) => rest(operand, ...operands));
  const value = w.toFloat(w.unbox(first));
  return w.width === 'f64' ? more(value) : w.bindFloat(context, value, more);
};
