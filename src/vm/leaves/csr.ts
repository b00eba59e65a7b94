/**
 * CSR accesses (privileged manual, chapters 2 to 4; the table is cpu/csr-table.ts). A plain CSR is
 * handled by its descriptor alone; the others add the effects named by their handler number.
 */

import { CPU_FFLAGS, CPU_FRM, CPU_MIP, CPU_PC, CSR_DESCRIPTORS } from '../layout.ts';
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FIXED,
  DESCRIPTOR_HANDLER,
  DESCRIPTOR_PRESENT,
  DESCRIPTOR_READ_MASK,
  DESCRIPTOR_SLOT,
  DESCRIPTOR_WRITE_MASK,
  HANDLER_COUNTER,
  HANDLER_COUNT_INHIBIT,
  HANDLER_FCSR,
  HANDLER_FFLAGS,
  HANDLER_FRM,
  HANDLER_INTERRUPT_DELEGATION,
  HANDLER_INTERRUPT_ENABLE,
  HANDLER_INTERRUPT_PENDING,
  HANDLER_MENVCFG,
  HANDLER_PLAIN,
  HANDLER_PMPADDR,
  HANDLER_PMPCFG,
  HANDLER_SATP,
  HANDLER_STATUS,
  HANDLER_STIMECMP,
  HANDLER_TIME,
  HANDLER_USER_COUNTER,
  HANDLER_USER_ZERO,
  SLOT_MCOUNTEREN,
  SLOT_MCOUNTINHIBIT,
  SLOT_MCYCLE,
  SLOT_MENVCFG,
  SLOT_MIDELEG,
  SLOT_MIE,
  SLOT_MINSTRET,
  SLOT_MIP,
  SLOT_PMPADDR,
  SLOT_PMPCFG,
  SLOT_SATP,
  SLOT_SCOUNTEREN,
} from '../cpu/csr-numbers.ts';
import {
  BANK_M,
  COUNTEREN_TM,
  INHIBIT_CY,
  INHIBIT_IR,
  MENVCFG_STCE,
  MIP_STIP,
  MSTATUS_FS,
  MSTATUS_MPP,
  MSTATUS_MPP_SHIFT,
  MSTATUS_MXR,
  MSTATUS_SD,
  MSTATUS_TVM,
  PRIVILEGE_M,
  PRIVILEGE_S,
  PRIVILEGE_U,
} from './constants.ts';
import { fetchPage } from './fetch.ts';
import { guest_time, offerInterrupts, replanTimers, update_interrupts } from './interrupts.ts';
import { writePmpAddress, writePmpConfiguration } from './pmp.ts';
import {
  end_slice,
  fetchBank,
  instructionCount,
  mstatus,
  privilege,
  setSlot,
  slot,
} from './state.ts';
import { flush_tlb, flushTranslated, flushTranslatedReads } from './tlb.ts';
import { raise_illegal, setStatus } from './traps.ts';

const OP_WRITE: i32 = 1;
const OP_SET: i32 = 2;
const FFLAGS: u64 = 0x1f;
const FRM: u64 = 7;
const FRM_SHIFT: u64 = 5;
const SATP_MODE_SHIFT: u64 = 60;
const SATP_MODE_BARE: u64 = 0;
const SATP_MODE_SV39: u64 = 8;
/** The index of a user counter (cycle, time, instret, hpmcounter…) in mcounteren is its low 5 bits. */
const COUNTER_INDEX: i32 = 31;

/**
 * Reads, and with `writes` changes, a CSR.
 * @param csr number, 12 bits
 * @param op 1 write, 2 set bits, 3 clear bits
 * @param writes 0 for the forms of csrrs and csrrc that only read
 * @returns the old value; 0 when the access was illegal (trapped)
 */
export function csr_access(csr: i32, op: i32, writes: i32, operand: i64): i64 {
  const descriptor = CSR_DESCRIPTORS + (csr & 0xfff) * DESCRIPTOR_BYTES;
  if (!isPermitted(descriptor, csr, writes)) {
    raise_illegal();
    return 0;
  }
  const old = read(descriptor, csr);
  if (writes != 0) {
    let base = old;
    // What a line raises in mip is read but never written back (3.1.9).
    if (handlerOf(descriptor) == HANDLER_INTERRUPT_PENDING) base = slot(SLOT_MIP);
    let value = u64(operand);
    if (op != OP_WRITE) value = op == OP_SET ? base | value : base & ~value;
    write(descriptor, csr, value);
  }
  return i64(old);
}

function handlerOf(descriptor: i32): i32 {
  return load<u8>(descriptor, DESCRIPTOR_HANDLER);
}

function slotOf(descriptor: i32): i32 {
  return load<u16>(descriptor, DESCRIPTOR_SLOT);
}

// ---- permission ----------------------------------------------------------------------------------

/** Bits 9 and 8 of the number are the lowest privilege, bits 11 and 10 = 3 mean read-only (2.1). */
function isPermitted(descriptor: i32, csr: i32, writes: i32): bool {
  if (load<u8>(descriptor, DESCRIPTOR_PRESENT) == 0) return false;
  if (privilege() < ((csr >> 8) & 3)) return false;
  if (writes != 0 && csr >> 10 == 3) return false;
  switch (handlerOf(descriptor)) {
    case HANDLER_FFLAGS:
    case HANDLER_FRM:
    case HANDLER_FCSR:
      return (mstatus() & MSTATUS_FS) != 0;
    case HANDLER_SATP:
      return privilege() != PRIVILEGE_S || (mstatus() & MSTATUS_TVM) == 0;
    case HANDLER_USER_COUNTER:
    case HANDLER_TIME:
    case HANDLER_USER_ZERO:
      return isCounterEnabled(u64(1) << u64(csr & COUNTER_INDEX));
    case HANDLER_STIMECMP:
      return isTimerCompareEnabled();
    default:
      return true;
  }
}

function isCounterEnabled(bit: u64): bool {
  const mode = privilege();
  if (mode == PRIVILEGE_M) return true;
  if ((slot(SLOT_MCOUNTEREN) & bit) == 0) return false;
  return mode != PRIVILEGE_U || (slot(SLOT_SCOUNTEREN) & bit) != 0;
}

/** Sstc: S-mode needs menvcfg.STCE and mcounteren.TM. */
function isTimerCompareEnabled(): bool {
  if (privilege() == PRIVILEGE_M) return true;
  if ((slot(SLOT_MENVCFG) & MENVCFG_STCE) == 0) return false;
  return (slot(SLOT_MCOUNTEREN) & COUNTEREN_TM) != 0;
}

// ---- reading -------------------------------------------------------------------------------------

function readPlain(descriptor: i32): u64 {
  const seen = slot(slotOf(descriptor)) & load<u64>(descriptor, DESCRIPTOR_READ_MASK);
  return seen | load<u64>(descriptor, DESCRIPTOR_FIXED);
}

function read(descriptor: i32, csr: i32): u64 {
  switch (handlerOf(descriptor)) {
    case HANDLER_STATUS:
      return readStatus(descriptor);
    case HANDLER_INTERRUPT_ENABLE:
      return slot(SLOT_MIE) & interruptView(descriptor, csr, DESCRIPTOR_READ_MASK);
    case HANDLER_INTERRUPT_PENDING:
      update_interrupts();
      return load<u64>(CPU_MIP) & interruptView(descriptor, csr, DESCRIPTOR_READ_MASK);
    case HANDLER_FFLAGS:
      return u64(load<u32>(CPU_FFLAGS));
    case HANDLER_FRM:
      return u64(load<u32>(CPU_FRM));
    case HANDLER_FCSR:
      return u64(load<u32>(CPU_FFLAGS)) | (u64(load<u32>(CPU_FRM)) << FRM_SHIFT);
    case HANDLER_COUNTER:
    case HANDLER_USER_COUNTER:
      return readCounter(slotOf(descriptor));
    case HANDLER_TIME:
      return u64(guest_time());
    default:
      return readPlain(descriptor);
  }
}

/** SD sums up FS, the only extension state here that can be dirty. */
function readStatus(descriptor: i32): u64 {
  const status = readPlain(descriptor);
  return (status & MSTATUS_FS) == MSTATUS_FS ? status | MSTATUS_SD : status;
}

/** sie and sip show what mideleg delegates; the number tells them from mie and mip. */
function interruptView(descriptor: i32, csr: i32, mask: i32): u64 {
  const bits = load<u64>(descriptor + mask);
  return csr >> 8 == PRIVILEGE_S ? bits & slot(SLOT_MIDELEG) : bits;
}

function isInhibited(counterSlot: i32): bool {
  const bit = counterSlot == SLOT_MCYCLE ? INHIBIT_CY : INHIBIT_IR;
  return (slot(SLOT_MCOUNTINHIBIT) & bit) != 0;
}

/** The instructions before this one; a counter's slot says how far that is off. */
function readCounter(counterSlot: i32): u64 {
  const value = slot(counterSlot);
  return isInhibited(counterSlot) ? value : value + u64(instructionCount()) - 1;
}

// ---- writing -------------------------------------------------------------------------------------

/** The slot's new value: writable bits from `value`, the others as they are. */
function merged(descriptor: i32, value: u64): u64 {
  const mask = load<u64>(descriptor, DESCRIPTOR_WRITE_MASK);
  return (slot(slotOf(descriptor)) & ~mask) | (value & mask);
}

function writePlain(descriptor: i32, value: u64): void {
  setSlot(slotOf(descriptor), merged(descriptor, value));
}

function write(descriptor: i32, csr: i32, value: u64): void {
  switch (handlerOf(descriptor)) {
    case HANDLER_PLAIN:
      writePlain(descriptor, value);
      return;
    case HANDLER_STATUS:
      writeStatus(merged(descriptor, value));
      return;
    case HANDLER_INTERRUPT_ENABLE:
      writeInterruptEnable(value, interruptView(descriptor, csr, DESCRIPTOR_WRITE_MASK));
      return;
    case HANDLER_INTERRUPT_PENDING:
      writeInterruptPending(value, interruptView(descriptor, csr, DESCRIPTOR_WRITE_MASK));
      return;
    case HANDLER_INTERRUPT_DELEGATION:
      writePlain(descriptor, value);
      offerInterrupts();
      return;
    case HANDLER_FFLAGS:
      writeFloat(value & FFLAGS, u64(load<u32>(CPU_FRM)));
      return;
    case HANDLER_FRM:
      writeFloat(u64(load<u32>(CPU_FFLAGS)), value & FRM);
      return;
    case HANDLER_FCSR:
      writeFloat(value & FFLAGS, (value >> FRM_SHIFT) & FRM);
      return;
    case HANDLER_SATP:
      writeSatp(merged(descriptor, value));
      return;
    case HANDLER_COUNTER:
      writeCounter(slotOf(descriptor), value);
      return;
    case HANDLER_COUNT_INHIBIT:
      writeCountInhibit(descriptor, value);
      return;
    case HANDLER_STIMECMP:
    case HANDLER_MENVCFG:
      writePlain(descriptor, value);
      replanTimers();
      return;
    default:
      writeProtection(descriptor, value);
  }
}

/** The reserved value of MPP leaves the field as it was (WARL, 3.1.6.1). */
function legalMpp(value: u64, old: u64): u64 {
  const mode = i32((value & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT);
  if (mode == PRIVILEGE_U || mode == PRIVILEGE_S || mode == PRIVILEGE_M) return value;
  return (value & ~MSTATUS_MPP) | (old & MSTATUS_MPP);
}

function writeStatus(value: u64): void {
  const old = mstatus();
  const status = legalMpp(value, old);
  if (status == old) return;
  // SUM has banks of its own; what MXR decides is baked into entries.
  if (((status ^ old) & MSTATUS_MXR) != 0) flushTranslatedReads();
  setStatus(status);
  offerInterrupts();
}

function writeInterruptEnable(value: u64, mask: u64): void {
  const old = slot(SLOT_MIE);
  const enabled = (old & ~mask) | (value & mask);
  if (enabled == old) return;
  setSlot(SLOT_MIE, enabled);
  replanTimers();
}

/** While menvcfg.STCE is set STIP is the timer's alone. */
function writeInterruptPending(value: u64, mask: u64): void {
  let writable = mask;
  if ((slot(SLOT_MENVCFG) & MENVCFG_STCE) != 0) writable &= ~MIP_STIP;
  setSlot(SLOT_MIP, (slot(SLOT_MIP) & ~writable) | (value & writable));
  update_interrupts();
  offerInterrupts();
}

function writeFloat(flags: u64, mode: u64): void {
  store<u32>(CPU_FFLAGS, u32(flags));
  store<u32>(CPU_FRM, u32(mode));
  setStatus(mstatus() | MSTATUS_FS);
}

/**
 * A mode other than Bare and Sv39 makes the whole write void (4.1.11). Instructions behind this one
 * come through the new tables: unless those give the same page, the engine must fetch anew.
 */
function writeSatp(value: u64): void {
  const mode = value >> SATP_MODE_SHIFT;
  if (mode != SATP_MODE_BARE && mode != SATP_MODE_SV39) return;
  if (value == slot(SLOT_SATP)) return;
  const pc = load<i64>(CPU_PC);
  const before = fetchPage(pc);
  setSlot(SLOT_SATP, value);
  flushTranslated();
  if (fetchBank() != BANK_M && fetchPage(pc) != before) end_slice();
}

/** A write takes the place of this instruction's own increment, so the next one reads `value`. */
function writeCounter(counterSlot: i32, value: u64): void {
  setSlot(counterSlot, isInhibited(counterSlot) ? value : value - u64(instructionCount()));
}

/** Stopping or starting a counter keeps its value: its slot changes meaning. */
function writeCountInhibit(descriptor: i32, value: u64): void {
  const changed = slot(SLOT_MCOUNTINHIBIT) ^ merged(descriptor, value);
  const cycle = readCounter(SLOT_MCYCLE);
  const instret = readCounter(SLOT_MINSTRET);
  writePlain(descriptor, value);
  if ((changed & INHIBIT_CY) != 0) writeCounter(SLOT_MCYCLE, cycle);
  if ((changed & INHIBIT_IR) != 0) writeCounter(SLOT_MINSTRET, instret);
}

/** PMP applies to fetches already made: everything cached is void. */
function writeProtection(descriptor: i32, value: u64): void {
  const index = slotOf(descriptor);
  if (handlerOf(descriptor) == HANDLER_PMPCFG) writePmpConfiguration(index - SLOT_PMPCFG, value);
  else if (handlerOf(descriptor) == HANDLER_PMPADDR) writePmpAddress(index - SLOT_PMPADDR, value);
  flush_tlb();
  end_slice();
}
