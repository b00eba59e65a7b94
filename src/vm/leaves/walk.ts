/** Virtual to physical addresses: Bare and Sv39 (privileged manual 4.3 to 4.4). */

import {
  CAUSE_FETCH_ACCESS,
  CAUSE_FETCH_PAGE,
  CAUSE_LOAD_ACCESS,
  CAUSE_LOAD_PAGE,
  CAUSE_STORE_ACCESS,
  CAUSE_STORE_PAGE,
  ACCESS_LOAD,
  ACCESS_STORE,
  BANK_M,
  BANK_S_SUM,
  BANK_U,
  MSTATUS_MXR,
  PRIVILEGE_M,
  PRIVILEGE_S,
  PRIVILEGE_U,
} from './constants.ts';
import { SLOT_SATP } from '../cpu/csr-numbers.ts';
import { markWritten } from './decoded.ts';
import { pmpAllows } from './pmp.ts';
import { fetchBank, hostOf, inRam, mstatus, dataBank, ramOffset, slot } from './state.ts';
import { raise } from './traps.ts';

const PTE_V: u64 = 1 << 0;
const PTE_R: u64 = 1 << 1;
const PTE_W: u64 = 1 << 2;
const PTE_X: u64 = 1 << 3;
const PTE_U: u64 = 1 << 4;
const PTE_A: u64 = 1 << 6;
const PTE_D: u64 = 1 << 7;
/** N, PBMT and the bits between them and the page number: none of their extensions is here. */
const PTE_RESERVED: u64 = ~((1 << 54) - 1);
const PTE_PPN_SHIFT: u64 = 10;
/** The page number of a valid entry fills the bits up to 53. */
const SATP_PPN: u64 = (1 << 44) - 1;
const SATP_MODE_SHIFT: u64 = 60;
const LEVELS: i32 = 3;
const LEVEL_BITS: i32 = 9;
const PTE_BYTES: i32 = 8;

const PAGE_FAULT: i64 = -1;
const ACCESS_FAULT: i64 = -2;

/** Level of the leaf that the last successful walk ended at. */
export let leafLevel: i32 = 0;

/** The privilege that a bank stands for. */
export function bankPrivilege(bank: i32): i32 {
  if (bank == BANK_M) return PRIVILEGE_M;
  return bank == BANK_U ? PRIVILEGE_U : PRIVILEGE_S;
}

/**
 * Physical address of `va`, or PAGE_FAULT or ACCESS_FAULT.
 * @param bank privilege and SUM of the access
 * @param update whether A and D bits may be set; without it the walk has no side effect at all
 */
function walk(bank: i32, va: i64, access: i32, update: bool): i64 {
  leafLevel = 0;
  const satp = slot(SLOT_SATP);
  if (bank == BANK_M || satp >> SATP_MODE_SHIFT == 0) {
    return va >>> 56 == 0 ? va : ACCESS_FAULT;
  }
  // Bits 63 to 39 must equal bit 38.
  if ((va << 25) >> 25 != va) return PAGE_FAULT;

  let table = i64(satp & SATP_PPN) << 12;
  for (let level = LEVELS - 1; level >= 0; level--) {
    const index = i32(va >> i64(12 + LEVEL_BITS * level)) & 0x1ff;
    const address = table + i64(index * PTE_BYTES);
    if (!inRam(address, PTE_BYTES)) return ACCESS_FAULT;
    if (!pmpAllows(address, PTE_BYTES, ACCESS_LOAD, PRIVILEGE_S)) return ACCESS_FAULT;
    const pte = load<u64>(hostOf(address));
    if ((pte & PTE_V) == 0 || (pte & (PTE_R | PTE_W)) == PTE_W) return PAGE_FAULT;
    if ((pte & PTE_RESERVED) != 0) return PAGE_FAULT;
    if ((pte & (PTE_R | PTE_X)) != 0) {
      leafLevel = level;
      return leaf(bank, va, access, update, address, pte);
    }
    if ((pte & (PTE_U | PTE_A | PTE_D)) != 0) return PAGE_FAULT;
    table = i64(pte >> PTE_PPN_SHIFT) << 12;
  }
  return PAGE_FAULT;
}

/** The second half of the walk (4.3.2, steps 5 to 8): permission, alignment, A and D. */
function leaf(bank: i32, va: i64, access: i32, update: bool, address: i64, pte: u64): i64 {
  if (!permits(bank, access, pte)) return PAGE_FAULT;
  const offsetMask = (i64(1) << i64(12 + LEVEL_BITS * leafLevel)) - 1;
  const base = i64(pte >> PTE_PPN_SHIFT) << 12;
  if ((base & offsetMask) != 0) return PAGE_FAULT;

  const needed = access == ACCESS_STORE ? PTE_A | PTE_D : PTE_A;
  if (update && (pte & needed) != needed) {
    if (!pmpAllows(address, PTE_BYTES, ACCESS_STORE, PRIVILEGE_S)) return ACCESS_FAULT;
    markWritten(ramOffset(address), PTE_BYTES);
    store<u64>(hostOf(address), pte | needed);
  }
  return base | (va & offsetMask);
}

function permits(bank: i32, access: i32, pte: u64): bool {
  if ((pte & PTE_U) != 0) {
    // The supervisor touches user pages only with SUM, and never runs them: no fetch has that bank.
    if (bank != BANK_U && bank != BANK_S_SUM) return false;
  } else if (bank == BANK_U) {
    return false;
  }
  if ((pte & u64(access)) != 0) return true;
  return access == ACCESS_LOAD && (pte & PTE_X) != 0 && (mstatus() & MSTATUS_MXR) != 0;
}

/** Physical address of `va` for an access that happens now; -1 when it trapped. */
export function translate(bank: i32, va: i64, access: i32): i64 {
  const physical = walk(bank, va, access, true);
  if (physical >= 0) return physical;
  if (physical == PAGE_FAULT) raisePageFault(access, va);
  else raiseAccessFault(access, va);
  return -1;
}

/** As `translate`, without traps and without setting A or D; negative when it would fault. */
export function translateQuietly(bank: i32, va: i64, access: i32): i64 {
  return walk(bank, va, access, false);
}

/**
 * Where a debugger finds `va` in the current mode.
 * @param access 0 load, 1 store, 2 fetch
 * @returns the physical address or -1; nothing changes
 */
export function translate_debug(va: i64, access: i32): i64 {
  const bank = access == 2 ? fetchBank() : dataBank();
  return max(walk(bank, va, ACCESS_LOAD << access, false), -1);
}

function raisePageFault(access: i32, va: i64): void {
  if (access == ACCESS_LOAD) raise(CAUSE_LOAD_PAGE, va);
  else raise(access == ACCESS_STORE ? CAUSE_STORE_PAGE : CAUSE_FETCH_PAGE, va);
}

export function raiseAccessFault(access: i32, va: i64): void {
  if (access == ACCESS_LOAD) raise(CAUSE_LOAD_ACCESS, va);
  else raise(access == ACCESS_STORE ? CAUSE_STORE_ACCESS : CAUSE_FETCH_ACCESS, va);
}
