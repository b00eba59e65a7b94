/** Short names for the cells of the machine's memory that many leaves use. */

import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_PRIVILEGE,
  CPU_RAM_BYTES,
  CPU_REMAINING,
  CPU_SLICE_END,
  CSR_SLOTS,
  RAM,
  RAM_PHYSICAL,
} from '../layout.ts';
import { SLOT_MSTATUS } from '../cpu/csr-numbers.ts';

export function slot(number: i32): u64 {
  return load<u64>(CSR_SLOTS + (number << 3));
}

export function setSlot(number: i32, value: u64): void {
  store<u64>(CSR_SLOTS + (number << 3), value);
}

export function mstatus(): u64 {
  return slot(SLOT_MSTATUS);
}

export function privilege(): i32 {
  return load<i32>(CPU_PRIVILEGE);
}

export function dataBank(): i32 {
  return load<i32>(CPU_DATA_BANK);
}

export function fetchBank(): i32 {
  return load<i32>(CPU_FETCH_BANK);
}

/** Instructions executed since reset, the current one included. */
export function instructionCount(): i64 {
  return load<i64>(CPU_SLICE_END) - i64(load<i32>(CPU_REMAINING));
}

/** Makes the engine return at the next instruction boundary; the count stays right. */
export function end_slice(): void {
  store<i64>(CPU_SLICE_END, instructionCount());
  store<i32>(CPU_REMAINING, 0);
}

/** True when `size` bytes at a physical address lie in RAM. */
export function inRam(physical: i64, size: i32): bool {
  const offset = u64(physical - i64(RAM_PHYSICAL));
  const ramBytes = u64(load<u32>(CPU_RAM_BYTES));
  return offset < ramBytes && offset + u64(size) <= ramBytes;
}

/** Offset in RAM of a physical address that is in RAM. */
export function ramOffset(physical: i64): i32 {
  return i32(physical - i64(RAM_PHYSICAL));
}

/** Host address of a physical address that is in RAM. */
export function hostOf(physical: i64): i32 {
  return RAM + ramOffset(physical);
}
