// The leaves: control-heavy functions that both engines call (AssemblyScript, one wasm module).
export { load_slow, store_slow } from './memory.ts';
export { region_load, region_store } from './region.ts';
export { amo_address, load_reserved, store_conditional } from './atomic.ts';
export { fetch_halfword, fetch_slow } from './fetch.ts';
export { csr_access } from './csr.ts';
export { capture_begin } from './capture.ts';
export { fence_i, fp_enable, mret, raise, raise_illegal, sfence_vma, sret, wfi } from './traps.ts';
export {
  guest_time,
  interrupt_pending,
  take_interrupt,
  timer_deadline,
  update_interrupts,
} from './interrupts.ts';
export { dma_written, refresh, reset } from './reset.ts';
export { end_slice } from './state.ts';
export { flush_tlb, flush_writes } from './tlb.ts';
export { flush_decoded } from './decoded.ts';
export { translate_debug } from './walk.ts';
export { hash_range } from './hash.ts';
export {
  f64_eq,
  f64_lt,
  f64_le,
  f32_eq,
  f32_lt,
  f32_le,
  f64_min,
  f64_max,
  f32_min,
  f32_max,
  f64_class,
  f32_class,
} from './softfloat-compare.ts';
export {
  f64_to_i32,
  f64_to_u32,
  f64_to_i64,
  f64_to_u64,
  f32_to_i32,
  f32_to_u32,
  f32_to_i64,
  f32_to_u64,
  i32_to_f64,
  u32_to_f64,
  i64_to_f64,
  u64_to_f64,
  i64_to_f32,
  u64_to_f32,
  i32_to_f32,
  u32_to_f32,
  f32_to_f64,
} from './softfloat-convert.ts';
export {
  f64_to_f32,
  f32_add,
  f32_sub,
  f32_mul,
  f32_div,
  f32_sqrt,
  f32_fma,
} from './softfloat32.ts';
export { f64_fma } from './softfloat64-fma.ts';
export { f64_add, f64_sub, f64_mul, f64_div, f64_sqrt } from './softfloat64.ts';
