/**
 * A: atomic instructions (unprivileged manual, chapter A). There is one hart, so a plain read,
 * modify and write is atomic; the acquire and release bits have nothing to order.
 */
import type { I32, I64 } from '../wasm/ast.ts';
import { seq } from '../wasm/ast.ts';
import { i32, i64, select } from '../wasm/ops.ts';
import type { Log2Size } from './context.ts';
import { AMO, LR } from './formats.ts';
import type { Instruction } from './instruction.ts';

const encoding = (funct5: number, size: Log2Size): number => (funct5 << 27) | (size << 12) | 0x2f;

type Modify = (old: I64, operand: I64) => I64;
type Compare = (a: I64, b: I64) => I32;

const pick =
  (compare: Compare): Modify =>
  (old, operand) =>
    select(old, operand, compare(old, operand));

/** The W forms compare and combine sign-extended (or, unsigned, zero-extended) words. */
const amo = (
  name: string,
  funct5: number,
  modify: Modify,
  operandExtension: 'signed' | 'zero' = 'signed',
) =>
  [2, 3].map((size): Instruction => {
    const width = size as Log2Size;
    const wide = size === 3;
    const extended = (value: I64): I64 => {
      if (wide) return value;
      return operandExtension === 'signed'
        ? i64.extend32S(value)
        : i64.and(value, i64.const(0xffffffffn));
    };
    return {
      name: `${name}.${wide ? 'd' : 'w'}`,
      extension: 'A',
      mask: 0xf800707f | 0,
      match: encoding(funct5, width),
      format: AMO,
      semantics: ({ rs1, rs2, bind, leaf, setRd }) =>
        bind(rs2, (operand) =>
          leaf('amo_address', [rs1, i32.const(width)], (host) =>
            bind(host, (address) =>
              bind(wide ? i64.load(address) : i64.load32S(address), (old) => {
                const result = modify(extended(old), extended(operand));
                return seq(
                  wide ? i64.store(address, result) : i64.store32(address, result),
                  setRd(old),
                );
              }),
            ),
          ),
        ),
    };
  });

const loadReserved = (name: string, size: Log2Size): Instruction => ({
  name,
  extension: 'A',
  mask: 0xf9f0707f | 0,
  match: encoding(2, size),
  format: LR,
  semantics: ({ rs1, leaf, setRd }) => leaf('load_reserved', [rs1, i32.const(size)], setRd),
});

const storeConditional = (name: string, size: Log2Size): Instruction => ({
  name,
  extension: 'A',
  mask: 0xf800707f | 0,
  match: encoding(3, size),
  format: AMO,
  semantics: ({ rs1, rs2, leaf, setRd }) =>
    leaf('store_conditional', [rs1, rs2, i32.const(size)], setRd),
});

export const rv64a: readonly Instruction[] = [
  loadReserved('lr.w', 2),
  loadReserved('lr.d', 3),
  storeConditional('sc.w', 2),
  storeConditional('sc.d', 3),
  ...amo('amoswap', 1, (_, operand) => operand),
  ...amo('amoadd', 0, i64.add),
  ...amo('amoxor', 4, i64.xor),
  ...amo('amoand', 12, i64.and),
  ...amo('amoor', 8, i64.or),
  ...amo('amomin', 16, pick(i64.ltS)),
  ...amo('amomax', 20, pick(i64.gtS)),
  ...amo('amominu', 24, pick(i64.ltU), 'zero'),
  ...amo('amomaxu', 28, pick(i64.gtU), 'zero'),
];
