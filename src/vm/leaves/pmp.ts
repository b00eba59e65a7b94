/**
 * Physical memory protection (privileged manual 3.7): 16 entries, 4-byte granularity. Writes of the
 * CSRs build PMP_RANGES, the list of entries that match anything; checks walk that list.
 */

import {
  CPU_RAM_BYTES,
  PMP_COUNT,
  PMP_OPEN_HIGH,
  PMP_OPEN_LOW,
  PMP_RANGES,
  RAM_PHYSICAL,
} from '../layout.ts';
import { SLOT_PMPADDR, SLOT_PMPCFG } from '../cpu/csr-numbers.ts';
import { PAGE_MASK, PRIVILEGE_M } from './constants.ts';
import { setSlot, slot } from './state.ts';

const ENTRIES: i32 = 16;
const CFG_R: u32 = 1;
const CFG_W: u32 = 2;
const CFG_RWX: u32 = 7;
const CFG_A: u32 = 0x18;
const CFG_A_TOR: u32 = 0x08;
const CFG_A_NA4: u32 = 0x10;
const CFG_L: u32 = 0x80;
/** Bits 5 and 6 are WARL zero. */
const CFG_MASK: u32 = 0x9f;
/** pmpaddr holds bits 55 to 2 of a physical address. */
const ADDRESS_MASK: u64 = (1 << 54) - 1;

const RANGE_BYTES: i32 = 32;
const HIGH_FIELD: i32 = 8;
const CFG_FIELD: i32 = 16;

export const PMP_DENY: i32 = 0;
export const PMP_ALLOW: i32 = 1;
/** Parts of the range match differently; such an access fails. */
export const PMP_MIXED: i32 = 2;

function configuration(entry: i32): u32 {
  const register = slot(SLOT_PMPCFG + (entry >> 3));
  return u32(register >> u64((entry & 7) << 3)) & 0xff;
}

function isLocked(entry: i32): bool {
  return (configuration(entry) & CFG_L) != 0;
}

/** True when nothing may change pmpaddr<entry>: locked itself, or the bottom of a locked TOR range. */
function isAddressLocked(entry: i32): bool {
  if (isLocked(entry)) return true;
  if (entry + 1 == ENTRIES) return false;
  const next = configuration(entry + 1);
  return (next & CFG_L) != 0 && (next & CFG_A) == CFG_A_TOR;
}

/** @param register 0 for pmpcfg0, 1 for pmpcfg2 */
export function writePmpConfiguration(register: i32, value: u64): void {
  let result: u64 = 0;
  for (let i = 0; i < 8; i++) {
    const entry = (register << 3) + i;
    let cfg = u32(value >> u64(i << 3)) & CFG_MASK;
    // Writable but not readable is reserved: make it neither.
    if ((cfg & CFG_R) == 0) cfg &= ~CFG_W;
    if (isLocked(entry)) cfg = configuration(entry);
    result |= u64(cfg) << u64(i << 3);
  }
  setSlot(SLOT_PMPCFG + register, result);
  rebuildPmp();
}

export function writePmpAddress(entry: i32, value: u64): void {
  if (isAddressLocked(entry)) return;
  setSlot(SLOT_PMPADDR + entry, value & ADDRESS_MASK);
  rebuildPmp();
}

function addRange(low: u64, high: u64, cfg: u32): void {
  const count = load<i32>(PMP_COUNT);
  const range = PMP_RANGES + count * RANGE_BYTES;
  store<u64>(range, low);
  store<u64>(range, high, HIGH_FIELD);
  store<u32>(range, cfg, CFG_FIELD);
  store<i32>(PMP_COUNT, count + 1);
}

/** Derives PMP_RANGES and the open interval from the CSRs. */
export function rebuildPmp(): void {
  store<i32>(PMP_COUNT, 0);
  let previous: u64 = 0;
  for (let entry = 0; entry < ENTRIES; entry++) {
    const cfg = configuration(entry);
    const address = slot(SLOT_PMPADDR + entry);
    const mode = cfg & CFG_A;
    if (mode == CFG_A_TOR) {
      if (previous < address) addRange(previous << 2, address << 2, cfg);
    } else if (mode == CFG_A_NA4) {
      addRange(address << 2, (address << 2) + 4, cfg);
    } else if (mode != 0) {
      // NAPOT: the number of trailing ones says the size.
      const ones = ctz(~address);
      const base = (address & (address + 1)) << 2;
      addRange(base, base + (u64(8) << ones), cfg);
    }
    previous = address;
  }
  findOpenInterval();
}

/**
 * The widest interval around the last byte of RAM in which one entry opens everything to everybody.
 * Firmware protects itself with small entries and opens the rest with a last one, so nearly every
 * check of a running system ends here.
 */
function findOpenInterval(): void {
  store<u64>(PMP_OPEN_LOW, 0);
  store<u64>(PMP_OPEN_HIGH, 0);
  const point = u64(RAM_PHYSICAL) + u64(load<u32>(CPU_RAM_BYTES)) - 1;
  let low: u64 = 0;
  let high: u64 = u64.MAX_VALUE;
  const end = PMP_RANGES + load<i32>(PMP_COUNT) * RANGE_BYTES;
  for (let range = PMP_RANGES; range < end; range += RANGE_BYTES) {
    const rangeLow = load<u64>(range);
    const rangeHigh = load<u64>(range, HIGH_FIELD);
    if (rangeHigh <= point) {
      low = max(low, rangeHigh);
    } else if (rangeLow > point) {
      high = min(high, rangeLow);
    } else {
      if ((load<u32>(range, CFG_FIELD) & CFG_RWX) != CFG_RWX) return;
      store<u64>(PMP_OPEN_LOW, max(low, rangeLow));
      store<u64>(PMP_OPEN_HIGH, min(high, rangeHigh));
      return;
    }
  }
}

/**
 * Checks `size` bytes at a physical address.
 * @param access ACCESS_…: the permission bits of PMP are those of a page-table entry, one lower
 */
function check(physical: u64, size: u64, access: i32, privilege: i32): i32 {
  const last = physical + size;
  if (physical >= load<u64>(PMP_OPEN_LOW) && last <= load<u64>(PMP_OPEN_HIGH)) return PMP_ALLOW;
  const permission = u32(access) >> 1;
  const end = PMP_RANGES + load<i32>(PMP_COUNT) * RANGE_BYTES;
  for (let range = PMP_RANGES; range < end; range += RANGE_BYTES) {
    const low = load<u64>(range);
    const high = load<u64>(range, HIGH_FIELD);
    if (last <= low || physical >= high) continue;
    if (physical < low || last > high) return PMP_MIXED;
    const cfg = load<u32>(range, CFG_FIELD);
    if (privilege == PRIVILEGE_M && (cfg & CFG_L) == 0) return PMP_ALLOW;
    return (cfg & permission) == permission ? PMP_ALLOW : PMP_DENY;
  }
  return privilege == PRIVILEGE_M ? PMP_ALLOW : PMP_DENY;
}

/** True when the access is permitted. */
export function pmpAllows(physical: i64, size: i32, access: i32, privilege: i32): bool {
  return check(u64(physical), u64(size), access, privilege) == PMP_ALLOW;
}

/** The answer for the whole page of an address: only PMP_ALLOW may enter the TLB. */
export function pmpPage(physical: i64, access: i32, privilege: i32): i32 {
  return check(u64(physical & PAGE_MASK), 4096, access, privilege);
}
