/**
 * Loads and stores that miss the inline TLB check: refills, misaligned and page-crossing accesses,
 * and devices. An access whose tag hits here only failed the alignment part of that check.
 */

import { CPU_BUS_ERROR, TLB_READ, TLB_WRITE } from '../layout.ts';
import { mmio_read, mmio_write } from './bus.ts';
import { ACCESS_LOAD, ACCESS_STORE, PAGE_BYTES, PAGE_OFFSET } from './constants.ts';
import { markWritten, recordsOf } from './decoded.ts';
import { PMP_ALLOW, PMP_MIXED, pmpAllows, pmpPage } from './pmp.ts';
import { dataBank, hostOf, inRam, ramOffset } from './state.ts';
import { entryOf, fillData, hits, hostThrough } from './tlb.ts';
import { bankPrivilege, leafLevel, raiseAccessFault, translate, translateQuietly } from './walk.ts';

const KIND_ZERO_EXTENDED: i32 = 4;
/** What `resolve` returns for an address that is not RAM; `devicePhysical` then has it. */
const DEVICE: i32 = -1;
/** What it returns after a trap. */
export const TRAPPED: i32 = 0;

/** Physical address of the device register that `resolve` last found. */
let devicePhysical: i64 = 0;

/**
 * Translates an access within one page, checks it, and fills the TLB when the whole page may be used.
 * @returns a host address, DEVICE or TRAPPED
 */
function resolve(va: i64, size: i32, access: i32): i32 {
  const bank = dataBank();
  const physical = translate(bank, va, access);
  if (physical < 0) return TRAPPED;
  const privilege = bankPrivilege(bank);
  const page = pmpPage(physical, access, privilege);
  if (page != PMP_ALLOW) {
    if (page != PMP_MIXED || !pmpAllows(physical, size, access, privilege)) {
      raiseAccessFault(access, va);
      return TRAPPED;
    }
  }
  if (!inRam(physical, size)) {
    devicePhysical = physical;
    return DEVICE;
  }
  const level = leafLevel;
  if (access == ACCESS_STORE) markWritten(ramOffset(physical), size);
  if (page == PMP_ALLOW) refill(bank, va, physical, access, level);
  return hostOf(physical);
}

/**
 * A store makes its page readable too: whatever is writable is readable (4.3.1; PMP likewise, see
 * `writePmpConfiguration`), and a read mostly follows.
 */
function refill(bank: i32, va: i64, physical: i64, access: i32, level: i32): void {
  const hostPage = hostOf(physical) & ~(PAGE_BYTES - 1);
  fillData(bank + TLB_READ, va, hostPage, level);
  if (access == ACCESS_STORE && recordsOf(u32(ramOffset(physical)) >> 12) == 0) {
    fillData(bank + TLB_WRITE, va, hostPage, level);
  }
}

/** Host address for reading within one page, DEVICE or TRAPPED. */
export function resolveLoad(va: i64, size: i32): i32 {
  const entry = entryOf(dataBank() + TLB_READ, va);
  return hits(entry, va) ? hostThrough(entry, va) : resolve(va, size, ACCESS_LOAD);
}

/** Host address for writing within one page (already marked), DEVICE or TRAPPED. */
export function resolveStore(va: i64, size: i32): i32 {
  const entry = entryOf(dataBank() + TLB_WRITE, va);
  return hits(entry, va) ? hostThrough(entry, va) : resolve(va, size, ACCESS_STORE);
}

/** As `resolveLoad` and `resolveStore`, for accesses that devices do not answer. */
export function resolveRam(va: i64, size: i32, access: i32): i32 {
  const host = access == ACCESS_LOAD ? resolveLoad(va, size) : resolveStore(va, size);
  if (host != DEVICE) return host;
  raiseAccessFault(access, va);
  return TRAPPED;
}

function isCrossing(va: i64, size: i32): bool {
  return (i32(va) & i32(PAGE_OFFSET)) + size > PAGE_BYTES;
}

/** @param kind log2 of the size, plus 4 to extend with zeros instead of the sign */
export function load_slow(va: i64, kind: i32): i64 {
  const size = 1 << (kind & 3);
  if (isCrossing(va, size)) return loadCrossing(va, kind, size);
  const host = resolveLoad(va, size);
  if (host == TRAPPED) return 0;
  if (host == DEVICE) return loadDevice(va, kind, size);
  return loadHost(host, kind);
}

function loadHost(host: i32, kind: i32): i64 {
  switch (kind) {
    case 0:
      return load<i8>(host);
    case 1:
      return load<i16>(host);
    case 2:
      return load<i32>(host);
    case 4:
      return load<u8>(host);
    case 5:
      return load<u16>(host);
    case 6:
      return load<u32>(host);
    default:
      return load<i64>(host);
  }
}

function extend(value: i64, kind: i32): i64 {
  const shift = i64(64 - (8 << (kind & 3)));
  return (kind & KIND_ZERO_EXTENDED) != 0 ? (value << shift) >>> shift : (value << shift) >> shift;
}

function loadCrossing(va: i64, kind: i32, size: i32): i64 {
  const head = PAGE_BYTES - (i32(va) & i32(PAGE_OFFSET));
  const first = resolveRam(va, head, ACCESS_LOAD);
  if (first == TRAPPED) return 0;
  const second = resolveRam(va + i64(head), size - head, ACCESS_LOAD);
  if (second == TRAPPED) return 0;
  let value: i64 = 0;
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(i < head ? first + i : second + i - head);
    value |= i64(byte) << i64(i << 3);
  }
  return extend(value, kind);
}

export function store_slow(va: i64, value: i64, log2size: i32): void {
  const size = 1 << log2size;
  if (isCrossing(va, size)) {
    storeCrossing(va, value, size);
    return;
  }
  const host = resolveStore(va, size);
  if (host == TRAPPED) return;
  if (host == DEVICE) storeDevice(va, value, log2size);
  else storeHost(host, value, log2size);
}

export function storeHost(host: i32, value: i64, log2size: i32): void {
  if (log2size == 3) store<i64>(host, value);
  else if (log2size == 2) store<i32>(host, i32(value));
  else if (log2size == 1) store<i16>(host, i16(value));
  else store<i8>(host, i8(value));
}

/** True when a store within one page would reach RAM; nothing changes. */
function mayStore(va: i64, size: i32): bool {
  const bank = dataBank();
  if (hits(entryOf(bank + TLB_WRITE, va), va)) return true;
  const physical = translateQuietly(bank, va, ACCESS_STORE);
  if (physical < 0 || !inRam(physical, size)) return false;
  return pmpAllows(physical, size, ACCESS_STORE, bankPrivilege(bank));
}

/** Neither page's D bit may be set, and neither page marked, unless both take the store. */
function storeCrossing(va: i64, value: i64, size: i32): void {
  const head = PAGE_BYTES - (i32(va) & i32(PAGE_OFFSET));
  const next = va + i64(head);
  const canStore = !mayStore(va, head) || mayStore(next, size - head);
  // The page at fault is resolved alone, and traps.
  const first = canStore ? resolveRam(va, head, ACCESS_STORE) : DEVICE;
  if (first == TRAPPED) return;
  const second = resolveRam(next, size - head, ACCESS_STORE);
  if (second == TRAPPED || !canStore) return;
  for (let i = 0; i < size; i++) {
    store<u8>(i < head ? first + i : second + i - head, u8(value >> i64(i << 3)));
  }
}

/** True when the device access may go to the bus: aligned, and below 4 GiB. */
function isOnBus(size: i32): bool {
  return devicePhysical >>> 32 == 0 && (i32(devicePhysical) & (size - 1)) == 0;
}

function busFailed(): bool {
  return load<i32>(CPU_BUS_ERROR) != 0;
}

/** An access that may not go to the bus fails as if nobody had answered. */
function startBusAccess(size: i32): void {
  store<i32>(CPU_BUS_ERROR, isOnBus(size) ? 0 : 1);
}

/** True when the access was answered; otherwise it traps. */
function endBusAccess(va: i64, access: i32): bool {
  if (!busFailed()) return true;
  store<i32>(CPU_BUS_ERROR, 0);
  raiseAccessFault(access, va);
  return false;
}

function loadDevice(va: i64, kind: i32, size: i32): i64 {
  const physical = i32(devicePhysical);
  let value: i64 = 0;
  startBusAccess(size);
  if (!busFailed()) value = i64(u32(mmio_read(physical, min(kind & 3, 2))));
  if (size == 8 && !busFailed()) value |= i64(mmio_read(physical + 4, 2)) << 32;
  return endBusAccess(va, ACCESS_LOAD) ? extend(value, kind) : 0;
}

function storeDevice(va: i64, value: i64, log2size: i32): void {
  const physical = i32(devicePhysical);
  startBusAccess(1 << log2size);
  if (!busFailed()) mmio_write(physical, min(log2size, 2), i32(value));
  if (log2size == 3 && !busFailed()) mmio_write(physical + 4, 2, i32(value >> 32));
  endBusAccess(va, ACCESS_STORE);
}
