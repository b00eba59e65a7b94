/** M: integer multiplication and division (unprivileged manual, chapter M). */
import type { I32, I64 } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { when } from '../wasm/ast.ts';
import type { SemanticContext, Semantics } from './context.ts';
import { R } from './formats.ts';
import type { Instruction } from './instruction.ts';

const OP = 0x33;
const OP_32 = 0x3b;

const multiply = (
  name: string,
  opcode: number,
  funct3: number,
  semantics: Semantics,
): Instruction => ({
  name,
  extension: 'M',
  mask: 0xfe00707f,
  match: (1 << 25) | (funct3 << 12) | opcode,
  format: R,
  semantics,
});

const word = (value: I64): I32 => i32.wrapI64(value);
const low32 = (value: I64): I64 => i64.and(value, i64.const(0xffffffffn));
const high32 = (value: I64): I64 => i64.shrU(value, i64.const(32));
/** -1 when negative, else 0. */
const signMask = (value: I64): I64 => i64.shrS(value, i64.const(63));

/** The upper half of the unsigned 128-bit product, by four 32-bit partial products. */
const highUnsigned = (
  { bind }: SemanticContext,
  a: I64,
  b: I64,
  rest: (high: I64) => ReturnType<Semantics>,
) =>
  bind(low32(a), (al) =>
    bind(high32(a), (ah) =>
      bind(low32(b), (bl) =>
        bind(high32(b), (bh) =>
          bind(i64.add(i64.mul(ah, bl), high32(i64.mul(al, bl))), (middle) =>
            bind(i64.add(i64.mul(al, bh), low32(middle)), (cross) =>
              rest(i64.add(i64.add(i64.mul(ah, bh), high32(middle)), high32(cross))),
            ),
          ),
        ),
      ),
    ),
  );

/** Signed operands count as value + 2^64 where negative: subtract the other factor for each. */
const highOf =
  (correction: (a: I64, b: I64) => I64 | undefined): Semantics =>
  (context) =>
    context.bind(context.rs1, (a) =>
      context.bind(context.rs2, (b) =>
        highUnsigned(context, a, b, (high) => {
          const minus = correction(a, b);
          return context.setRd(minus ? i64.sub(high, minus) : high);
        }),
      ),
    );

/** Division never traps: by zero gives all ones (quotient) or the dividend (remainder). */
const divide64 =
  (
    byZero: (a: I64) => I64,
    overflow: ((a: I64) => I64) | undefined,
    operation: (a: I64, b: I64) => I64,
  ): Semantics =>
  ({ rs1, rs2, bind, setRd }) =>
    bind(rs1, (a) =>
      bind(rs2, (b) => {
        const regular = setRd(operation(a, b));
        const checked = overflow
          ? when(i64.eq(b, i64.const(-1)), setRd(overflow(a)), regular)
          : regular;
        return when(i64.eqz(b), setRd(byZero(a)), checked);
      }),
    );

const divide32 =
  (
    byZero: (a: I32) => I32,
    overflow: ((a: I32) => I32) | undefined,
    operation: (a: I32, b: I32) => I32,
  ): Semantics =>
  ({ rs1, rs2, bind, setRd }) =>
    bind(word(rs1), (a) =>
      bind(word(rs2), (b) => {
        const give = (value: I32) => setRd(i64.extendI32S(value));
        const regular = give(operation(a, b));
        const checked = overflow
          ? when(i32.eq(b, i32.const(-1)), give(overflow(a)), regular)
          : regular;
        return when(i32.eqz(b), give(byZero(a)), checked);
      }),
    );

const minusOne64 = (): I64 => i64.const(-1);
const minusOne32 = (): I32 => i32.const(-1);
const same = <T>(value: T): T => value;
const negate64 = (a: I64): I64 => i64.sub(i64.const(0), a);
const negate32 = (a: I32): I32 => i32.sub(i32.const(0), a);

export const rv64m: readonly Instruction[] = [
  multiply('mul', OP, 0, ({ rs1, rs2, setRd }) => setRd(i64.mul(rs1, rs2))),
  multiply(
    'mulh',
    OP,
    1,
    highOf((a, b) => i64.add(i64.and(signMask(a), b), i64.and(signMask(b), a))),
  ),
  multiply(
    'mulhsu',
    OP,
    2,
    highOf((a, b) => i64.and(signMask(a), b)),
  ),
  multiply(
    'mulhu',
    OP,
    3,
    highOf(() => undefined),
  ),
  multiply('div', OP, 4, divide64(minusOne64, negate64, i64.divS)),
  multiply('divu', OP, 5, divide64(minusOne64, undefined, i64.divU)),
  multiply(
    'rem',
    OP,
    6,
    divide64(same, () => i64.const(0), i64.remS),
  ),
  multiply('remu', OP, 7, divide64(same, undefined, i64.remU)),
  multiply('mulw', OP_32, 0, ({ rs1, rs2, setRd }) =>
    setRd(i64.extendI32S(i32.mul(word(rs1), word(rs2)))),
  ),
  multiply('divw', OP_32, 4, divide32(minusOne32, negate32, i32.divS)),
  multiply('divuw', OP_32, 5, divide32(minusOne32, undefined, i32.divU)),
  multiply(
    'remw',
    OP_32,
    6,
    divide32(same, () => i32.const(0), i32.remS),
  ),
  multiply('remuw', OP_32, 7, divide32(same, undefined, i32.remU)),
];
