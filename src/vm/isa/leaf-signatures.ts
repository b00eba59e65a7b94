/**
 * The leaves that instructions call: functions of the AssemblyScript module (`vm/leaves`) which
 * both engines import. "Synchronised" leaves may trap or change the control state: the engine
 * writes the pc and the instruction count to memory before the call and reads them back behind it.
 */
import type { ValueType } from '../wasm/ast.ts';

interface Signature {
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
}

const signature = <const P extends readonly ValueType[], const R extends ValueType | undefined>(
  params: P,
  result: R,
): { readonly params: P; readonly result: R } => ({ params, result });

/** Leaves that may trap, redirect or end the slice. */
export const SYNCHRONISED_LEAVES = {
  load_slow: signature(['i64', 'i32'], 'i64'),
  store_slow: signature(['i64', 'i64', 'i32'], undefined),
  amo_address: signature(['i64', 'i32'], 'i32'),
  load_reserved: signature(['i64', 'i32'], 'i64'),
  store_conditional: signature(['i64', 'i64', 'i32'], 'i64'),
  fetch_slow: signature(['i64'], 'i32'),
  fetch_halfword: signature(['i64'], 'i32'),
  csr_access: signature(['i32', 'i32', 'i32', 'i64'], 'i64'),
  raise: signature(['i64', 'i64'], undefined),
  raise_illegal: signature([], undefined),
  mret: signature([], undefined),
  sret: signature([], undefined),
  wfi: signature([], undefined),
  sfence_vma: signature(['i64', 'i32'], undefined),
  fence_i: signature([], undefined),
  fp_enable: signature([], 'i32'),
  /** Makes the engine return at the next instruction boundary. */
  end_slice: signature([], undefined),
} as const satisfies Record<string, Signature>;

const binary32 = signature(['i32', 'i32', 'i32'], 'i32');
const binary64 = signature(['i64', 'i64', 'i32'], 'i64');
const compare32 = signature(['i32', 'i32'], 'i64');
const compare64 = signature(['i64', 'i64'], 'i64');

/** Softfloat: raw bits in and out, flags into CPU_FFLAGS; they never trap. */
export const FLOAT_LEAVES = {
  f32_add: binary32,
  f32_sub: binary32,
  f32_mul: binary32,
  f32_div: binary32,
  f32_sqrt: signature(['i32', 'i32'], 'i32'),
  f32_fma: signature(['i32', 'i32', 'i32', 'i32'], 'i32'),
  f64_add: binary64,
  f64_sub: binary64,
  f64_mul: binary64,
  f64_div: binary64,
  f64_sqrt: signature(['i64', 'i32'], 'i64'),
  f64_fma: signature(['i64', 'i64', 'i64', 'i32'], 'i64'),
  f32_min: signature(['i32', 'i32'], 'i32'),
  f32_max: signature(['i32', 'i32'], 'i32'),
  f64_min: signature(['i64', 'i64'], 'i64'),
  f64_max: signature(['i64', 'i64'], 'i64'),
  f32_eq: compare32,
  f32_lt: compare32,
  f32_le: compare32,
  f64_eq: compare64,
  f64_lt: compare64,
  f64_le: compare64,
  f32_class: signature(['i32'], 'i64'),
  f64_class: signature(['i64'], 'i64'),
  f32_to_i32: signature(['i32', 'i32'], 'i64'),
  f32_to_u32: signature(['i32', 'i32'], 'i64'),
  f32_to_i64: signature(['i32', 'i32'], 'i64'),
  f32_to_u64: signature(['i32', 'i32'], 'i64'),
  f64_to_i32: signature(['i64', 'i32'], 'i64'),
  f64_to_u32: signature(['i64', 'i32'], 'i64'),
  f64_to_i64: signature(['i64', 'i32'], 'i64'),
  f64_to_u64: signature(['i64', 'i32'], 'i64'),
  i32_to_f32: signature(['i64', 'i32'], 'i32'),
  u32_to_f32: signature(['i64', 'i32'], 'i32'),
  i64_to_f32: signature(['i64', 'i32'], 'i32'),
  u64_to_f32: signature(['i64', 'i32'], 'i32'),
  i32_to_f64: signature(['i64', 'i32'], 'i64'),
  u32_to_f64: signature(['i64', 'i32'], 'i64'),
  i64_to_f64: signature(['i64', 'i32'], 'i64'),
  u64_to_f64: signature(['i64', 'i32'], 'i64'),
  f32_to_f64: signature(['i32'], 'i64'),
  f64_to_f32: signature(['i64', 'i32'], 'i32'),
} as const satisfies Record<string, Signature>;

/** Slow accesses of translated regions: they synchronise by themselves, so that calls stay short. */
export const REGION_LEAVES = {
  region_load: signature(['i64', 'i32', 'i32', 'i32'], 'i64'),
  region_store: signature(['i64', 'i64', 'i32', 'i32', 'i32'], 'i32'),
} as const satisfies Record<string, Signature>;

export const LEAF_SIGNATURES = { ...SYNCHRONISED_LEAVES, ...FLOAT_LEAVES, ...REGION_LEAVES };

export type SynchronisedLeaf = keyof typeof SYNCHRONISED_LEAVES;
export type FloatLeaf = keyof typeof FLOAT_LEAVES;
export type LeafName = keyof typeof LEAF_SIGNATURES;
export type LeafParams<N extends LeafName> = (typeof LEAF_SIGNATURES)[N]['params'];
export type LeafResult<N extends LeafName> = (typeof LEAF_SIGNATURES)[N]['result'];
