/** What the softfloat tests compare: each leaf with the RISC-V instruction it implements. */
import { FLOAT_LEAVES, type FloatLeaf } from '../../src/vm/isa/leaf-signatures.ts';
import { BINARY32, BINARY64, type Format } from './operands.ts';

/** Where the operands of an operation come from. */
export type OperandKind =
  | { readonly kind: 'float'; readonly format: Format; readonly count: 1 | 2 | 3 }
  | { readonly kind: 'narrowing' }
  | { readonly kind: 'integer' };

export interface Operation {
  /** The instruction that the oracle executes. */
  readonly mnemonic: string;
  readonly leaf: FloatLeaf;
  readonly operands: OperandKind;
  /** Sign bits that the caller of the leaf flips in a and c (negated fused forms). */
  readonly flipA: bigint;
  readonly flipC: bigint;
  /** The bits of the result that count. */
  readonly resultMask: bigint;
}

const WORD = 0xffff_ffffn;
const DOUBLEWORD = 0xffff_ffff_ffff_ffffn;
const INTEGERS = [
  ['w', 'i32'],
  ['wu', 'u32'],
  ['l', 'i64'],
  ['lu', 'u64'],
] as const;

function operation(
  mnemonic: string,
  leaf: FloatLeaf,
  operands: OperandKind,
  flip: { readonly a?: bigint; readonly c?: bigint } = {},
): Operation {
  const resultMask = FLOAT_LEAVES[leaf].result === 'i32' ? WORD : DOUBLEWORD;
  return { mnemonic, leaf, operands, flipA: flip.a ?? 0n, flipC: flip.c ?? 0n, resultMask };
}

function ofFormat(type: 'f32' | 'f64', suffix: 's' | 'd', format: Format): Operation[] {
  const floats = (count: 1 | 2 | 3): OperandKind => ({ kind: 'float', format, count });
  const sign = format.sign;
  return [
    ...(['add', 'sub', 'mul', 'div', 'min', 'max', 'eq', 'lt', 'le'] as const).map((name) =>
      operation(`f${name}.${suffix}`, `${type}_${name}`, floats(2)),
    ),
    operation(`fsqrt.${suffix}`, `${type}_sqrt`, floats(1)),
    operation(`fclass.${suffix}`, `${type}_class`, floats(1)),
    operation(`fmadd.${suffix}`, `${type}_fma`, floats(3)),
    operation(`fmsub.${suffix}`, `${type}_fma`, floats(3), { c: sign }),
    operation(`fnmsub.${suffix}`, `${type}_fma`, floats(3), { a: sign }),
    operation(`fnmadd.${suffix}`, `${type}_fma`, floats(3), { a: sign, c: sign }),
    ...INTEGERS.flatMap(([letters, integer]) => [
      operation(`fcvt.${letters}.${suffix}`, `${type}_to_${integer}`, floats(1)),
      operation(`fcvt.${suffix}.${letters}`, `${integer}_to_${type}`, { kind: 'integer' }),
    ]),
  ];
}

export const OPERATIONS: readonly Operation[] = [
  ...ofFormat('f32', 's', BINARY32),
  ...ofFormat('f64', 'd', BINARY64),
  operation('fcvt.d.s', 'f32_to_f64', { kind: 'float', format: BINARY32, count: 1 }),
  operation('fcvt.s.d', 'f64_to_f32', { kind: 'narrowing' }),
];
