/** Guest time, the timers and the interrupt lines (privileged manual 3.1.9, 3.2.1, Sstc). */

import {
  CPU_IRQ_LINES,
  CPU_MIP,
  CPU_MTIMECMP,
  CPU_REDIRECT,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  CPU_WAITING,
  STAT_INTERRUPTS,
  TIME_SHIFT,
} from '../layout.ts';
import {
  SLOT_MENVCFG,
  SLOT_MIDELEG,
  SLOT_MIE,
  SLOT_MIP,
  SLOT_STIMECMP,
} from '../cpu/csr-numbers.ts';
import {
  CAUSE_INTERRUPT,
  MENVCFG_STCE,
  MIP_MEIP,
  MIP_MSIP,
  MIP_MTIP,
  MIP_SEIP,
  MIP_SSIP,
  MIP_STIP,
  MSTATUS_MIE,
  MSTATUS_SIE,
  PRIVILEGE_M,
  PRIVILEGE_S,
} from './constants.ts';
import { end_slice, instructionCount, mstatus, privilege, slot } from './state.ts';
import { enterTrap } from './traps.ts';

const LINES: u64 = MIP_MSIP | MIP_SEIP | MIP_MEIP;
const NEVER: u64 = u64.MAX_VALUE;

/** Guest time in ticks of 100 ns, at the current instruction. */
export function guest_time(): i64 {
  const since = instructionCount() - load<i64>(CPU_TIME_COUNT);
  return load<i64>(CPU_TIME_BASE) + i64(u64(since) >> TIME_SHIFT);
}

function usesStimecmp(): bool {
  return (slot(SLOT_MENVCFG) & MENVCFG_STCE) != 0;
}

/** Brings mip up to date with time and lines; ends the wait of WFI when something is pending. */
export function update_interrupts(): void {
  const now = u64(guest_time());
  let mip = slot(SLOT_MIP) | (u64(load<u32>(CPU_IRQ_LINES)) & LINES);
  if (usesStimecmp()) {
    mip &= ~MIP_STIP;
    if (now >= slot(SLOT_STIMECMP)) mip |= MIP_STIP;
  }
  if (now >= load<u64>(CPU_MTIMECMP)) mip |= MIP_MTIP;
  store<u64>(CPU_MIP, mip);
  if ((mip & slot(SLOT_MIE)) != 0) store<i32>(CPU_WAITING, 0);
}

/** 1 when an interrupt that would end WFI is pending, whether or not it can be taken. */
export function interrupt_pending(): i32 {
  return (load<u64>(CPU_MIP) & slot(SLOT_MIE)) != 0 ? 1 : 0;
}

/** The pending interrupts that the current mode lets through, those for the highest mode only. */
function deliverable(): u64 {
  const pending = load<u64>(CPU_MIP) & slot(SLOT_MIE);
  if (pending == 0) return 0;
  const mode = privilege();
  const delegated = slot(SLOT_MIDELEG);
  if (mode < PRIVILEGE_M || (mstatus() & MSTATUS_MIE) != 0) {
    const forMachine = pending & ~delegated;
    if (forMachine != 0) return forMachine;
  }
  if (mode < PRIVILEGE_S || (mode == PRIVILEGE_S && (mstatus() & MSTATUS_SIE) != 0)) {
    return pending & delegated;
  }
  return 0;
}

/** The interrupt to take first: MEI, MSI, MTI, SEI, SSI, STI (3.1.9). */
function highestPriority(pending: u64): u64 {
  if ((pending & MIP_MEIP) != 0) return ctz(MIP_MEIP);
  if ((pending & MIP_MSIP) != 0) return ctz(MIP_MSIP);
  if ((pending & MIP_MTIP) != 0) return ctz(MIP_MTIP);
  if ((pending & MIP_SEIP) != 0) return ctz(MIP_SEIP);
  if ((pending & MIP_SSIP) != 0) return ctz(MIP_SSIP);
  return ctz(MIP_STIP);
}

/** Takes the first interrupt that mip (as last updated) and the current mode allow; 1 if it did. */
export function take_interrupt(): i32 {
  const pending = deliverable();
  if (pending == 0) return 0;
  store<i32>(CPU_WAITING, 0);
  store<i64>(STAT_INTERRUPTS, load<i64>(STAT_INTERRUPTS) + 1);
  enterTrap(CAUSE_INTERRUPT | highestPriority(pending), 0);
  // No engine is running: it will start at CPU_PC anyway.
  store<i32>(CPU_REDIRECT, 0);
  return 1;
}

/** After a change of masks or of mip: hands control back if an interrupt can now be taken. */
export function offerInterrupts(): void {
  if (deliverable() != 0) end_slice();
}

/** After a change of what the timers are, or of who listens: the slice must be planned anew. */
export function replanTimers(): void {
  update_interrupts();
  end_slice();
}

/**
 * The next guest time at which a timer that mie listens to fires; all ones when there is none. A timer
 * that fired already has no next time.
 */
export function timer_deadline(): i64 {
  const now = u64(guest_time());
  const enabled = slot(SLOT_MIE);
  let deadline = NEVER;
  if ((enabled & MIP_MTIP) != 0) {
    const compare = load<u64>(CPU_MTIMECMP);
    if (compare > now) deadline = compare;
  }
  if ((enabled & MIP_STIP) != 0 && usesStimecmp()) {
    const compare = slot(SLOT_STIMECMP);
    if (compare > now) deadline = min(deadline, compare);
  }
  return i64(deadline);
}
