/** Fetches that miss: from a pc to the decoded records of its page. */

import { CPU_PC, CPU_REMAINING, CPU_SLICE_END, TLB_FETCH } from '../layout.ts';
import { ACCESS_FETCH, PAGE_BYTES, PAGE_OFFSET } from './constants.ts';
import { ensureRecords, loneRecords } from './decoded.ts';
import { PMP_MIXED, pmpAllows, pmpPage } from './pmp.ts';
import { fetchBank, hostOf, inRam, privilege, ramOffset } from './state.ts';
import { entryOf, fillFetch, hits, originPage } from './tlb.ts';
import { leafLevel, raiseAccessFault, translate, translateQuietly } from './walk.ts';

const TRAPPED: i32 = 0;
const NO_HALFWORD: i32 = -1;
/** Instructions whose low bits are not 11 have 16 bits, all others here have 32. */
const LONG_ENCODING: i32 = 3;

/** Physical address of the halfword at `pc`, which the current mode may execute; -1 when it trapped. */
function executable(pc: i64): i64 {
  const physical = translate(fetchBank(), pc, ACCESS_FETCH);
  if (physical < 0) return -1;
  if (inRam(physical, 2) && pmpAllows(physical, 2, ACCESS_FETCH, privilege())) return physical;
  raiseAccessFault(ACCESS_FETCH, pc);
  return -1;
}

/**
 * Address of record 0 of the page of `pc`, which enters the FETCH array; 0 when it trapped. The
 * engine is between pages, and looks at nothing but CPU_REDIRECT afterwards.
 */
export function fetch_slow(pc: i64): i32 {
  const end = load<i64>(CPU_SLICE_END);
  const remaining = load<i32>(CPU_REMAINING);
  const records = fetchRecords(pc);
  // Setting an A bit or evicting a page may have ended the slice: no reason to, here.
  store<i64>(CPU_SLICE_END, end);
  store<i32>(CPU_REMAINING, remaining);
  return records;
}

function fetchRecords(pc: i64): i32 {
  const physical = executable(pc);
  if (physical < 0) return TRAPPED;
  const level = leafLevel;
  const answer = pmpPage(physical, ACCESS_FETCH, privilege());
  if (answer == PMP_MIXED) return fetchLone(pc, physical);
  const records = ensureRecords(u32(ramOffset(physical)) >> 12);
  fillFetch(fetchBank(), pc, records, hostOf(physical) & ~(PAGE_BYTES - 1), level);
  return records;
}

/** In a page that PMP divides, both halves of each instruction are checked. */
function fetchLone(pc: i64, physical: i64): i32 {
  const offset = i32(pc) & i32(PAGE_OFFSET);
  const isLong = (load<u16>(hostOf(physical)) & LONG_ENCODING) == LONG_ENCODING;
  if (isLong && offset + 2 < PAGE_BYTES) {
    if (!pmpAllows(physical + 2, 2, ACCESS_FETCH, privilege())) {
      raiseAccessFault(ACCESS_FETCH, pc + 2);
      return TRAPPED;
    }
  }
  return loneRecords(u32(ramOffset(physical)) >> 12, offset);
}

/** The 16 bits at `pc`, the second half of an instruction that crosses a page; -1 when it trapped. */
export function fetch_halfword(pc: i64): i32 {
  const entry = entryOf(fetchBank() + TLB_FETCH, pc);
  if (hits(entry, pc)) return load<u16>(originPage(entry) + (i32(pc) & i32(PAGE_OFFSET)));
  const physical = executable(pc);
  return physical < 0 ? NO_HALFWORD : i32(load<u16>(hostOf(physical)));
}

/** The bits of the instruction at CPU_PC, which was fetched a moment ago: no traps, no side effects. */
export function currentInstruction(): u64 {
  const pc = load<i64>(CPU_PC);
  const low = peekHalfword(pc);
  if ((low & LONG_ENCODING) != LONG_ENCODING) return u64(low);
  return u64(low) | (u64(peekHalfword(pc + 2)) << 16);
}

function peekHalfword(pc: i64): i32 {
  const physical = translateQuietly(fetchBank(), pc, ACCESS_FETCH);
  if (physical < 0 || !inRam(physical, 2)) return 0;
  return load<u16>(hostOf(physical));
}

/** Host page that the next fetch at `pc` would come from, 0 when it would trap or go slow. */
export function fetchPage(pc: i64): i32 {
  const physical = translateQuietly(fetchBank(), pc, ACCESS_FETCH);
  if (physical < 0 || !inRam(physical, 2)) return 0;
  return hostOf(physical) & ~(PAGE_BYTES - 1);
}
