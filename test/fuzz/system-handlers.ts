import type { Code } from './code.ts';
import {
  add,
  addi,
  andi,
  beq,
  blt,
  CSR,
  csrr,
  csrrw,
  csrw,
  jal,
  jalr,
  ld,
  MRET,
  sd,
  RA,
  sfenceVma,
  SP,
  SRET,
  T0,
  T1,
  T4,
  T5,
  T6,
  ZERO,
} from './encode.ts';

/**
 * Save areas, one for each handler. At NEXT_OFFSET the M handler finds the next round's code; at
 * TARGETS_OFFSET both find sixteen addresses of code, and at TARGET_INDEX_OFFSET which of them is next.
 */
export const MACHINE_SAVE = 0x80010000;
export const SUPERVISOR_SAVE = 0x80011000;
export const NEXT_OFFSET = 64;
const TARGET_INDEX_OFFSET = 72;
export const TARGETS_OFFSET = 128;
export const TARGET_COUNT = 16;

/** Subroutines for S: store t6 at t5, which is an entry of the page tables; fence all, or t4 only. */
export const CHANGE_AND_FENCE_ALL = 0x80000c00;
export const CHANGE_AND_FENCE_ONE = CHANGE_AND_FENCE_ALL + 12;

const FETCH_ACCESS_FAULT = 1;
const FETCH_PAGE_FAULT = 12;

/** With the cause in t0: fetch faults go to a place to be patched in, other exceptions go on here. */
function leaveForFetchFaults(code: Code): (leave: number) => void {
  const branches: ((leave: number) => void)[] = [];
  const later = (encode: (offset: number) => number): void => {
    const at = code.here;
    code.emit(0);
    branches.push((leave) => {
      code.patch(at, encode(leave - at));
    });
  };
  for (const cause of [FETCH_ACCESS_FAULT, FETCH_PAGE_FAULT]) {
    code.emit(addi(T1, ZERO, cause));
    later((offset) => beq(T0, T1, offset));
  }
  return (leave) => {
    for (const patch of branches) patch(leave);
  };
}

/** t0 = the next of the sixteen addresses; t0 is all that changes. */
function emitNextTarget(code: Code): void {
  code.emit(ld(T0, SP, TARGET_INDEX_OFFSET), addi(T0, T0, 8), andi(T0, T0, 8 * TARGET_COUNT - 1));
  code.emit(sd(T0, SP, TARGET_INDEX_OFFSET), add(T0, T0, SP), ld(T0, T0, TARGETS_OFFSET));
}

/**
 * One of the two handlers. An exception goes on four bytes further (in the middle of something, at
 * times); after a fetch fault it goes on somewhere else. `emitInterrupt` says what an interrupt does.
 */
function emitHandler(
  code: Code,
  csr: { readonly scratch: number; readonly cause: number; readonly epc: number },
  exit: number,
  emitInterrupt: (finish: number) => void,
): Code {
  code.emit(csrrw(SP, csr.scratch, SP), sd(T0, SP, 0), sd(T1, SP, 8), csrr(T0, csr.cause));
  const interrupted = code.here;
  code.emit(0);
  const setLeave = leaveForFetchFaults(code);
  code.emit(csrr(T0, csr.epc), addi(T0, T0, 4));
  const setEpc = code.here;
  code.emit(csrw(csr.epc, T0));
  const finish = code.here;
  code.emit(ld(T0, SP, 0), ld(T1, SP, 8), csrrw(SP, csr.scratch, SP), exit);
  setLeave(code.here);
  emitNextTarget(code);
  code.emit(jal(ZERO, setEpc - code.here));
  code.patch(interrupted, blt(T0, ZERO, code.here - interrupted));
  emitInterrupt(finish);
  return code;
}

/** M: an interrupt begins the next round. */
export const emitMachineHandler = (code: Code): Code =>
  emitHandler(code, { scratch: CSR.mscratch, cause: CSR.mcause, epc: CSR.mepc }, MRET, () => {
    code.emit(ld(T0, SP, NEXT_OFFSET), csrw(CSR.mscratch, SP), jalr(ZERO, T0, 0));
  });

/**
 * S: an interrupt is disabled and forgotten. Sixteen words for vectored mode stand in front: they jump
 * to the handler.
 */
export function emitSupervisorHandler(code: Code): Code {
  const vectors = code.here;
  for (let index = 0; index < 16; index++) code.emit(0);
  for (let at = vectors; at < code.here; at += 4) code.patch(at, jal(ZERO, code.here - at));
  const csr = { scratch: CSR.sscratch, cause: CSR.scause, epc: CSR.sepc };
  return emitHandler(code, csr, SRET, (finish) => {
    code.emit(csrw(CSR.sie, ZERO), csrw(CSR.sip, ZERO));
    code.emit(jal(ZERO, finish - code.here));
  });
}

/** The code at CHANGE_AND_FENCE_ALL. */
export function emitChangeSubroutines(code: Code): Code {
  for (const address of [ZERO, T4]) {
    code.emit(sd(T6, T5, 0), sfenceVma(address, ZERO), jalr(ZERO, RA, 0));
  }
  return code;
}
