/** Privilege: traps into a higher mode and returns from it (privileged manual 3.1.6 to 3.1.8, 3.3). */

import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_FP_READY,
  CPU_PC,
  CPU_PRIVILEGE,
  CPU_REDIRECT,
  CPU_WAITING,
  STAT_EXCEPTIONS,
} from '../layout.ts';
import {
  SLOT_MCAUSE,
  SLOT_MCOUNTINHIBIT,
  SLOT_MEDELEG,
  SLOT_MEPC,
  SLOT_MIDELEG,
  SLOT_MINSTRET,
  SLOT_MSTATUS,
  SLOT_MTVAL,
  SLOT_MTVEC,
  SLOT_SCAUSE,
  SLOT_SEPC,
  SLOT_STVAL,
  SLOT_STVEC,
} from '../cpu/csr-numbers.ts';
import {
  BANK_M,
  BANK_S,
  BANK_S_SUM,
  BANK_U,
  CAUSE_ILLEGAL,
  CAUSE_INTERRUPT,
  INHIBIT_IR,
  MSTATUS_FS,
  MSTATUS_MIE,
  MSTATUS_MPIE,
  MSTATUS_MPP,
  MSTATUS_MPP_SHIFT,
  MSTATUS_MPRV,
  MSTATUS_SIE,
  MSTATUS_SPIE,
  MSTATUS_SPP,
  MSTATUS_SUM,
  MSTATUS_TSR,
  MSTATUS_TVM,
  MSTATUS_TW,
  PRIVILEGE_M,
  PRIVILEGE_S,
  PRIVILEGE_U,
} from './constants.ts';
import { currentInstruction } from './fetch.ts';
import { interrupt_pending, offerInterrupts, update_interrupts } from './interrupts.ts';
import { end_slice, fetchBank, mstatus, privilege, setSlot, slot } from './state.ts';
import { flushAddress, flushTranslated } from './tlb.ts';

const VECTORED: u64 = 1;
const VECTOR_MODE: u64 = 3;

/** The mode field of mtvec and stvec, and SPP's place. */
const SPP_SHIFT: u64 = 8;

/** Chooses the TLB banks from privilege, SUM and MPRV; call it after any of them changed. */
export function chooseBanks(): void {
  const status = mstatus();
  const mode = privilege();
  store<i32>(CPU_FETCH_BANK, mode == PRIVILEGE_M ? BANK_M : mode == PRIVILEGE_U ? BANK_U : BANK_S);
  const isModified = mode == PRIVILEGE_M && (status & MSTATUS_MPRV) != 0;
  const dataMode = isModified ? i32((status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT) : mode;
  let bank = BANK_M;
  if (dataMode == PRIVILEGE_U) bank = BANK_U;
  else if (dataMode == PRIVILEGE_S) bank = (status & MSTATUS_SUM) != 0 ? BANK_S_SUM : BANK_S;
  store<i32>(CPU_DATA_BANK, bank);
}

/** Stores mstatus and derives what the engines read: banks and the state of the FPU. */
export function setStatus(value: u64): void {
  setSlot(SLOT_MSTATUS, value);
  store<i32>(CPU_FP_READY, (value & MSTATUS_FS) == MSTATUS_FS ? 1 : 0);
  chooseBanks();
}

function setPrivilege(mode: i32, status: u64): void {
  store<i32>(CPU_PRIVILEGE, mode);
  setStatus(status);
}

function redirect(pc: u64): void {
  store<u64>(CPU_PC, pc);
  store<i32>(CPU_REDIRECT, 1);
}

/** Where a trap goes: vectored mode spreads interrupts, never exceptions. */
function vector(tvec: u64, cause: u64): u64 {
  const base = tvec & ~VECTOR_MODE;
  if ((tvec & VECTOR_MODE) != VECTORED || (cause & CAUSE_INTERRUPT) == 0) return base;
  return base + (cause << 2);
}

/** Takes a trap at CPU_PC. */
export function enterTrap(cause: u64, value: u64): void {
  const isInterrupt = (cause & CAUSE_INTERRUPT) != 0;
  const delegation = slot(isInterrupt ? SLOT_MIDELEG : SLOT_MEDELEG);
  const number = cause & 63;
  const mode = privilege();
  if (mode != PRIVILEGE_M && ((delegation >> number) & 1) != 0) enterSupervisor(mode, cause, value);
  else enterMachine(mode, cause, value);
}

function enterSupervisor(mode: i32, cause: u64, value: u64): void {
  setSlot(SLOT_SEPC, load<u64>(CPU_PC));
  setSlot(SLOT_SCAUSE, cause);
  setSlot(SLOT_STVAL, value);
  let status = mstatus() & ~(MSTATUS_SPP | MSTATUS_SPIE);
  if ((status & MSTATUS_SIE) != 0) status |= MSTATUS_SPIE;
  status |= u64(mode) << SPP_SHIFT;
  setPrivilege(PRIVILEGE_S, status & ~MSTATUS_SIE);
  redirect(vector(slot(SLOT_STVEC), cause));
}

function enterMachine(mode: i32, cause: u64, value: u64): void {
  setSlot(SLOT_MEPC, load<u64>(CPU_PC));
  setSlot(SLOT_MCAUSE, cause);
  setSlot(SLOT_MTVAL, value);
  let status = mstatus() & ~(MSTATUS_MPP | MSTATUS_MPIE);
  if ((status & MSTATUS_MIE) != 0) status |= MSTATUS_MPIE;
  status |= u64(mode) << MSTATUS_MPP_SHIFT;
  setPrivilege(PRIVILEGE_M, status & ~MSTATUS_MIE);
  redirect(vector(slot(SLOT_MTVEC), cause));
}

/**
 * A synchronous exception of the instruction at CPU_PC. The engine has counted it, but what traps,
 * ECALL and EBREAK too, does not retire (3.3.1): minstret takes it back.
 */
export function raise(cause: i64, tval: i64): void {
  if ((slot(SLOT_MCOUNTINHIBIT) & INHIBIT_IR) == 0) setSlot(SLOT_MINSTRET, slot(SLOT_MINSTRET) - 1);
  store<i64>(STAT_EXCEPTIONS, load<i64>(STAT_EXCEPTIONS) + 1);
  enterTrap(u64(cause), u64(tval));
}

/** An illegal instruction; mtval gets its bits. */
export function raise_illegal(): void {
  raise(CAUSE_ILLEGAL, i64(currentInstruction()));
}

export function mret(): void {
  if (privilege() != PRIVILEGE_M) {
    raise_illegal();
    return;
  }
  const old = mstatus();
  const mode = i32((old & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT);
  let status = (old & ~(MSTATUS_MPP | MSTATUS_MIE)) | MSTATUS_MPIE;
  if ((old & MSTATUS_MPIE) != 0) status |= MSTATUS_MIE;
  if (mode != PRIVILEGE_M) status &= ~MSTATUS_MPRV;
  setPrivilege(mode, status);
  redirect(slot(SLOT_MEPC));
  offerInterrupts();
}

export function sret(): void {
  const mode = privilege();
  const old = mstatus();
  if (mode == PRIVILEGE_U || (mode == PRIVILEGE_S && (old & MSTATUS_TSR) != 0)) {
    raise_illegal();
    return;
  }
  let status = (old & ~(MSTATUS_SPP | MSTATUS_SIE | MSTATUS_MPRV)) | MSTATUS_SPIE;
  if ((old & MSTATUS_SPIE) != 0) status |= MSTATUS_SIE;
  setPrivilege((old & MSTATUS_SPP) != 0 ? PRIVILEGE_S : PRIVILEGE_U, status);
  redirect(slot(SLOT_SEPC));
  offerInterrupts();
}

/** TW makes the supervisor's WFI illegal at once, as its "bounded time" may be zero (3.1.6.5). */
export function wfi(): void {
  const mode = privilege();
  if (mode == PRIVILEGE_U || (mode == PRIVILEGE_S && (mstatus() & MSTATUS_TW) != 0)) {
    raise_illegal();
    return;
  }
  update_interrupts();
  if (interrupt_pending() != 0) return;
  store<i32>(CPU_WAITING, 1);
  end_slice();
}

/** @param hasAddress 0 when rs1 is x0: all addresses */
export function sfence_vma(va: i64, hasAddress: i32): void {
  const mode = privilege();
  if (mode == PRIVILEGE_U || (mode == PRIVILEGE_S && (mstatus() & MSTATUS_TVM) != 0)) {
    raise_illegal();
    return;
  }
  if (hasAddress != 0) flushAddress(va);
  else flushTranslated();
  // The next instruction must be fetched through the new tables. The fence itself is done.
  if (fetchBank() != BANK_M) redirect(load<u64>(CPU_PC) + 4);
}

/** Nothing to do: every write to RAM already spoils the records it covers. */
export function fence_i(): void {}

/** Called when CPU_FP_READY is 0: 1 if the FPU may be used (it is then Dirty), 0 if that trapped. */
export function fp_enable(): i32 {
  const status = mstatus();
  if ((status & MSTATUS_FS) == 0) {
    raise_illegal();
    return 0;
  }
  setStatus(status | MSTATUS_FS);
  return 1;
}
