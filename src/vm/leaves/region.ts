/**
 * Loads and stores of translated regions that miss the inline TLB check. What they must know of their
 * instruction is packed into one number, which keeps the regions small.
 */

import {
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  REGION_BASE,
  REGION_BOXED,
  REGION_CELL_SHIFT,
  REGION_FOLLOWING_SHIFT,
  REGION_LEAVE,
  REGION_LENGTH_SHIFT,
  X_REGISTERS,
} from '../layout.ts';
import { load_slow, store_slow } from './memory.ts';

const KIND_MASK: i32 = 7;
const LENGTH_MASK: i32 = 7;
const FOLLOWING_MASK: i32 = 0x7f;
const CELL_MASK: i32 = 0x7f;
const BOX: i64 = 0xffffffff00000000;

/** What `leave` says: the instruction had no effect, or it had and the slice is over. */
const TRAPPED: i32 = 1;
const ENDED: i32 = 2;

/** Tells the other leaves where the region is; returns the instructions left behind this one. */
function enter(packed: i32, offset: i32, remaining: i32): i32 {
  const left = remaining + ((packed >> REGION_FOLLOWING_SHIFT) & FOLLOWING_MASK);
  store<i64>(CPU_PC, load<i64>(REGION_BASE) + i64(offset));
  store<i32>(CPU_REMAINING, left);
  return left;
}

/** Whether the region must be left; CPU_PC then says where to go on. */
function leave(packed: i32, left: i32): i32 {
  if (load<i32>(CPU_REDIRECT) != 0) return TRAPPED;
  if (load<i32>(CPU_REMAINING) == left) return 0;
  const length = (packed >> REGION_LENGTH_SHIFT) & LENGTH_MASK;
  store<i64>(CPU_PC, load<i64>(CPU_PC) + i64(length));
  return ENDED;
}

/**
 * `load_slow` for the instruction at `offset` from the page of the region's entry. Sets REGION_LEAVE;
 * if the slice is over, the register has been written.
 * @param packed see REGION_LENGTH_SHIFT
 * @param remaining as the region counts: without the rest of the block
 */
export function region_load(va: i64, packed: i32, offset: i32, remaining: i32): i64 {
  const left = enter(packed, offset, remaining);
  const value = load_slow(va, packed & KIND_MASK);
  const how = leave(packed, left);
  store<i32>(REGION_LEAVE, how);
  if (how == ENDED) {
    const cell = X_REGISTERS + (((packed >> REGION_CELL_SHIFT) & CELL_MASK) << 3);
    store<i64>(cell, (packed & REGION_BOXED) != 0 ? value | BOX : value);
  }
  return value;
}

/** `store_slow` likewise. Returns what REGION_LEAVE is behind a load. */
export function region_store(va: i64, value: i64, packed: i32, offset: i32, remaining: i32): i32 {
  const left = enter(packed, offset, remaining);
  store_slow(va, value, packed & KIND_MASK);
  return leave(packed, left);
}
