/**
 * The WebAssembly instructions that the engines use, as typed constructors (WebAssembly Core
 * Specification 2.0, 5.4). One line an instruction.
 */
import type { Expr, F64, I32, I64, Operator, Stmt, ValueType } from './ast.ts';

const operator = (mnemonic: string, ...opcode: number[]): Operator => ({ mnemonic, opcode });

const expr = <T extends ValueType>(type: T, op: Operator, ...args: readonly Expr[]): Expr<T> => ({
  kind: 'op',
  type,
  op,
  args,
});

const unary = <A extends ValueType, R extends ValueType>(
  _from: A,
  to: R,
  mnemonic: string,
  ...opcode: number[]
) => {
  const op = operator(mnemonic, ...opcode);
  return (a: Expr<A>): Expr<R> => expr(to, op, a);
};

const binary = <A extends ValueType, R extends ValueType>(
  _from: A,
  to: R,
  mnemonic: string,
  opcode: number,
) => {
  const op = operator(mnemonic, opcode);
  return (a: Expr<A>, b: Expr<A>): Expr<R> => expr(to, op, a, b);
};

/** One of two conversions that undo each other: of both in a row nothing is left. */
const reinterpretation = <A extends ValueType, R extends ValueType>(
  _from: A,
  to: R,
  mnemonic: string,
  opcode: number,
  inverse: string,
) => {
  const op = operator(mnemonic, opcode);
  return (a: Expr<A>): Expr<R> => {
    const [inner] = a.kind === 'op' && a.op.mnemonic === inverse ? a.args : [];
    return inner?.type === to ? (inner as Expr<R>) : expr(to, op, a);
  };
};

const load = <T extends ValueType>(type: T, mnemonic: string, opcode: number) => {
  const op = operator(mnemonic, opcode);
  return (address: I32, offset = 0): Expr<T> => ({ kind: 'load', type, op, address, offset });
};

const store = <T extends ValueType>(_type: T, mnemonic: string, opcode: number) => {
  const op = operator(mnemonic, opcode);
  return (address: I32, value: Expr<T>, offset = 0): Stmt => ({
    kind: 'store',
    op,
    address,
    offset,
    value,
  });
};

const SELECT = operator('select', 0x1b);
/** `condition ? a : b`, both evaluated. */
export const select = <T extends ValueType>(a: Expr<T>, b: Expr<T>, condition: I32): Expr<T> =>
  expr<T>(a.type, SELECT, a, b, condition);

export const i32 = {
  const: (value: number): I32 => ({ kind: 'const', type: 'i32', value: value | 0 }),
  load: load('i32', 'i32.load', 0x28),
  load8U: load('i32', 'i32.load8_u', 0x2d),
  load16U: load('i32', 'i32.load16_u', 0x2f),
  store: store('i32', 'i32.store', 0x36),
  store8: store('i32', 'i32.store8', 0x3a),
  store16: store('i32', 'i32.store16', 0x3b),
  eqz: unary('i32', 'i32', 'i32.eqz', 0x45),
  eq: binary('i32', 'i32', 'i32.eq', 0x46),
  ne: binary('i32', 'i32', 'i32.ne', 0x47),
  ltS: binary('i32', 'i32', 'i32.lt_s', 0x48),
  ltU: binary('i32', 'i32', 'i32.lt_u', 0x49),
  leS: binary('i32', 'i32', 'i32.le_s', 0x4c),
  gtU: binary('i32', 'i32', 'i32.gt_u', 0x4b),
  leU: binary('i32', 'i32', 'i32.le_u', 0x4d),
  geU: binary('i32', 'i32', 'i32.ge_u', 0x4f),
  add: binary('i32', 'i32', 'i32.add', 0x6a),
  sub: binary('i32', 'i32', 'i32.sub', 0x6b),
  mul: binary('i32', 'i32', 'i32.mul', 0x6c),
  divS: binary('i32', 'i32', 'i32.div_s', 0x6d),
  divU: binary('i32', 'i32', 'i32.div_u', 0x6e),
  remS: binary('i32', 'i32', 'i32.rem_s', 0x6f),
  remU: binary('i32', 'i32', 'i32.rem_u', 0x70),
  and: binary('i32', 'i32', 'i32.and', 0x71),
  or: binary('i32', 'i32', 'i32.or', 0x72),
  xor: binary('i32', 'i32', 'i32.xor', 0x73),
  shl: binary('i32', 'i32', 'i32.shl', 0x74),
  shrS: binary('i32', 'i32', 'i32.shr_s', 0x75),
  shrU: binary('i32', 'i32', 'i32.shr_u', 0x76),
  rotl: binary('i32', 'i32', 'i32.rotl', 0x77),
  wrapI64: unary('i64', 'i32', 'i32.wrap_i64', 0xa7),
  reinterpretF32: reinterpretation(
    ...(['f32', 'i32', 'i32.reinterpret_f32', 0xbc, 'f32.reinterpret_i32'] as const),
  ),
  truncSatF64S: unary('f64', 'i32', 'i32.trunc_sat_f64_s', 0xfc, 0x02),
} as const;

export const i64 = {
  const: (value: number | bigint): I64 => ({
    kind: 'const',
    type: 'i64',
    value: BigInt.asIntN(64, BigInt(value)),
  }),
  load: load('i64', 'i64.load', 0x29),
  load8S: load('i64', 'i64.load8_s', 0x30),
  load8U: load('i64', 'i64.load8_u', 0x31),
  load16S: load('i64', 'i64.load16_s', 0x32),
  load16U: load('i64', 'i64.load16_u', 0x33),
  load32S: load('i64', 'i64.load32_s', 0x34),
  load32U: load('i64', 'i64.load32_u', 0x35),
  store: store('i64', 'i64.store', 0x37),
  store8: store('i64', 'i64.store8', 0x3c),
  store16: store('i64', 'i64.store16', 0x3d),
  store32: store('i64', 'i64.store32', 0x3e),
  eqz: unary('i64', 'i32', 'i64.eqz', 0x50),
  eq: binary('i64', 'i32', 'i64.eq', 0x51),
  ne: binary('i64', 'i32', 'i64.ne', 0x52),
  ltS: binary('i64', 'i32', 'i64.lt_s', 0x53),
  ltU: binary('i64', 'i32', 'i64.lt_u', 0x54),
  gtS: binary('i64', 'i32', 'i64.gt_s', 0x55),
  gtU: binary('i64', 'i32', 'i64.gt_u', 0x56),
  leS: binary('i64', 'i32', 'i64.le_s', 0x57),
  leU: binary('i64', 'i32', 'i64.le_u', 0x58),
  geS: binary('i64', 'i32', 'i64.ge_s', 0x59),
  geU: binary('i64', 'i32', 'i64.ge_u', 0x5a),
  add: binary('i64', 'i64', 'i64.add', 0x7c),
  sub: binary('i64', 'i64', 'i64.sub', 0x7d),
  mul: binary('i64', 'i64', 'i64.mul', 0x7e),
  divS: binary('i64', 'i64', 'i64.div_s', 0x7f),
  divU: binary('i64', 'i64', 'i64.div_u', 0x80),
  remS: binary('i64', 'i64', 'i64.rem_s', 0x81),
  remU: binary('i64', 'i64', 'i64.rem_u', 0x82),
  and: binary('i64', 'i64', 'i64.and', 0x83),
  or: binary('i64', 'i64', 'i64.or', 0x84),
  xor: binary('i64', 'i64', 'i64.xor', 0x85),
  shl: binary('i64', 'i64', 'i64.shl', 0x86),
  shrS: binary('i64', 'i64', 'i64.shr_s', 0x87),
  shrU: binary('i64', 'i64', 'i64.shr_u', 0x88),
  extendI32S: unary('i32', 'i64', 'i64.extend_i32_s', 0xac),
  extendI32U: unary('i32', 'i64', 'i64.extend_i32_u', 0xad),
  extend32S: unary('i64', 'i64', 'i64.extend32_s', 0xc4),
  reinterpretF64: reinterpretation(
    ...(['f64', 'i64', 'i64.reinterpret_f64', 0xbd, 'f64.reinterpret_i64'] as const),
  ),
  truncSatF64S: unary('f64', 'i64', 'i64.trunc_sat_f64_s', 0xfc, 0x06),
} as const;

const floatOps = <T extends 'f32' | 'f64'>(type: T, comparison: number, arithmetic: number) => ({
  eq: binary(type, 'i32', `${type}.eq`, comparison),
  lt: binary(type, 'i32', `${type}.lt`, comparison + 2),
  le: binary(type, 'i32', `${type}.le`, comparison + 4),
  add: binary(type, type, `${type}.add`, arithmetic),
  sub: binary(type, type, `${type}.sub`, arithmetic + 1),
  mul: binary(type, type, `${type}.mul`, arithmetic + 2),
  div: binary(type, type, `${type}.div`, arithmetic + 3),
  min: binary(type, type, `${type}.min`, arithmetic + 4),
  max: binary(type, type, `${type}.max`, arithmetic + 5),
  sqrt: unary(type, type, `${type}.sqrt`, arithmetic - 1),
  abs: unary(type, type, `${type}.abs`, arithmetic - 7),
});

export const f32 = {
  ...floatOps('f32', 0x5b, 0x92),
  reinterpretI32: reinterpretation(
    ...(['i32', 'f32', 'f32.reinterpret_i32', 0xbe, 'i32.reinterpret_f32'] as const),
  ),
  demoteF64: unary('f64', 'f32', 'f32.demote_f64', 0xb6),
  convertI32S: unary('i32', 'f32', 'f32.convert_i32_s', 0xb2),
  convertI64S: unary('i64', 'f32', 'f32.convert_i64_s', 0xb4),
} as const;

export const f64 = {
  const: (value: number): F64 => ({ kind: 'const', type: 'f64', value }),
  load: load('f64', 'f64.load', 0x2b),
  store: store('f64', 'f64.store', 0x39),
  ...floatOps('f64', 0x61, 0xa0),
  reinterpretI64: reinterpretation(
    ...(['i64', 'f64', 'f64.reinterpret_i64', 0xbf, 'i64.reinterpret_f64'] as const),
  ),
  promoteF32: unary('f32', 'f64', 'f64.promote_f32', 0xbb),
  convertI32S: unary('i32', 'f64', 'f64.convert_i32_s', 0xb7),
  convertI32U: unary('i32', 'f64', 'f64.convert_i32_u', 0xb8),
  convertI64S: unary('i64', 'f64', 'f64.convert_i64_s', 0xb9),
} as const;
