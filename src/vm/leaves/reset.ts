/** Power-on state, state loaded from outside, and writes by other masters. */

import {
  CPU_FFLAGS,
  CPU_FRM,
  CPU_IRQ_LINES,
  CPU_MTIMECMP,
  CPU_PC,
  CPU_PRIVILEGE,
  CPU_RAM_BYTES,
  CPU_REDIRECT,
  CPU_RESERVATION,
  CPU_WAITING,
  CSR_SLOTS,
  F_REGISTERS,
  RAM_PHYSICAL,
  STAT_DECODED_DROPS,
  STAT_EXCEPTIONS,
  STAT_INTERRUPTS,
  X_REGISTERS,
} from '../layout.ts';
import { SLOT_COUNT } from '../cpu/csr-numbers.ts';
import { breakReservation } from './atomic.ts';
import { initialiseCapture } from './capture.ts';
import { PAGE_BYTES, PRIVILEGE_M } from './constants.ts';
import { flush_decoded, markWritten } from './decoded.ts';
import { update_interrupts } from './interrupts.ts';
import { rebuildPmp } from './pmp.ts';
import { mstatus } from './state.ts';
import { initialiseTlb } from './tlb.ts';
import { setStatus } from './traps.ts';

const REGISTER_BYTES: i32 = 33 * 8;
const FLOAT_BYTES: i32 = 32 * 8;

/**
 * The hart after power-on (privileged manual 3.4): M-mode, translation and interrupts off, registers
 * zero, pc at the start of RAM. RAM, its size, the instruction count and time are left alone.
 */
export function reset(): void {
  memory.fill(X_REGISTERS, 0, REGISTER_BYTES);
  memory.fill(F_REGISTERS, 0, FLOAT_BYTES);
  memory.fill(CSR_SLOTS, 0, SLOT_COUNT * 8);
  store<i64>(CPU_PC, i64(RAM_PHYSICAL));
  store<i32>(CPU_PRIVILEGE, PRIVILEGE_M);
  store<i32>(CPU_FRM, 0);
  store<i32>(CPU_FFLAGS, 0);
  store<i64>(CPU_RESERVATION, -1);
  store<i32>(CPU_WAITING, 0);
  store<i64>(CPU_MTIMECMP, -1);
  store<i32>(CPU_IRQ_LINES, 0);
  refresh();
  store<i64>(STAT_EXCEPTIONS, 0);
  store<i64>(STAT_INTERRUPTS, 0);
  store<i64>(STAT_DECODED_DROPS, 0);
}

/**
 * Derives everything that is not state of its own from the cells and CSR slots that are, and empties
 * the caches: after a checkpoint was loaded, or RAM was replaced as a whole.
 */
export function refresh(): void {
  store<i32>(CPU_REDIRECT, 0);
  initialiseCapture();
  initialiseTlb();
  flush_decoded();
  setStatus(mstatus());
  rebuildPmp();
  update_interrupts();
}

/**
 * Another master is about to write `length` bytes of RAM.
 * @param physical unsigned 32-bit address; the range must be in RAM
 */
export function dma_written(physical: i32, length: i32): void {
  breakReservation(i64(u32(physical)), i64(u32(length)));
  let offset = u32(physical) - u32(RAM_PHYSICAL);
  const end = offset + u32(length);
  assert(end <= load<u32>(CPU_RAM_BYTES));
  while (offset < end) {
    const next = min((offset & ~(PAGE_BYTES - 1)) + PAGE_BYTES, end);
    markWritten(offset, next - offset);
    offset = next;
  }
}
