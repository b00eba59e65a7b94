/** The A extension's memory accesses (unprivileged manual, chapter A): naturally aligned, RAM only. */

import { CPU_RESERVATION, RAM, RAM_PHYSICAL } from '../layout.ts';
import {
  ACCESS_LOAD,
  ACCESS_STORE,
  CAUSE_LOAD_MISALIGNED,
  CAUSE_STORE_MISALIGNED,
} from './constants.ts';
import { resolveRam, storeHost, TRAPPED } from './memory.ts';
import { raise } from './traps.ts';

const NO_RESERVATION: i64 = -1;

function isMisaligned(va: i64, log2size: i32): bool {
  return (i32(va) & ((1 << log2size) - 1)) != 0;
}

function physicalOf(host: i32): i64 {
  return i64(u32(host - RAM)) + i64(RAM_PHYSICAL);
}

/** Host address of a word that may be read and written now and is marked as written; 0 = trapped. */
export function amo_address(va: i64, log2size: i32): i32 {
  if (isMisaligned(va, log2size)) {
    raise(CAUSE_STORE_MISALIGNED, va);
    return TRAPPED;
  }
  return resolveRam(va, 1 << log2size, ACCESS_STORE);
}

/** The sign-extended word at `va`, which becomes reserved. */
export function load_reserved(va: i64, log2size: i32): i64 {
  if (isMisaligned(va, log2size)) {
    raise(CAUSE_LOAD_MISALIGNED, va);
    return 0;
  }
  const host = resolveRam(va, 1 << log2size, ACCESS_LOAD);
  if (host == TRAPPED) return 0;
  store<i64>(CPU_RESERVATION, physicalOf(host));
  return log2size == 3 ? load<i64>(host) : i64(load<i32>(host));
}

/** Stores only if `va` is still reserved: 0 when it did, 1 when not. Ends the reservation. */
export function store_conditional(va: i64, value: i64, log2size: i32): i64 {
  if (isMisaligned(va, log2size)) {
    raise(CAUSE_STORE_MISALIGNED, va);
    return 1;
  }
  const reserved = load<i64>(CPU_RESERVATION);
  store<i64>(CPU_RESERVATION, NO_RESERVATION);
  // Without a reservation nothing is accessed: a page must not become dirty for it.
  if (reserved == NO_RESERVATION) return 1;
  const host = resolveRam(va, 1 << log2size, ACCESS_STORE);
  if (host == TRAPPED || physicalOf(host) != reserved) return 1;
  storeHost(host, value, log2size);
  return 0;
}

/** Other masters' writes end a reservation they touch. */
export function breakReservation(physical: i64, length: i64): void {
  const reserved = load<i64>(CPU_RESERVATION);
  if (reserved >= physical - 7 && reserved < physical + length) {
    store<i64>(CPU_RESERVATION, NO_RESERVATION);
  }
}
