import type { Code } from './code.ts';
import {
  addi,
  andi,
  beq,
  bne,
  CSR,
  csrr,
  csrrw,
  csrw,
  jal,
  ld,
  lhu,
  MRET,
  sd,
  SP,
  T0,
  T1,
  xori,
  ZERO,
} from './encode.ts';

/** Where the handler saves registers, and finds the address to go on at after a wild jump. */
export const SAVE_AREA = 0x80010000;
export const RESUME_OFFSET = 64;

const FETCH_ACCESS_FAULT = 1;
const FETCH_PAGE_FAULT = 12;

/** Opens all of RAM to U and S, sets the FPU on and the handler, and enters the body in a mode. */
export function emitUserEntry(
  code: Code,
  {
    handler,
    body,
    mode,
  }: { readonly handler: number; readonly body: number; readonly mode: 0 | 1 | 3 },
): Code {
  // PMP: nobody (the entry is locked) reaches the devices below 2 GiB, which the oracle has not;
  // everything else is readable, writable and executable.
  code.loadImmediate(T0, (1n << 28n) - 1n).emit(csrw(CSR.pmpaddr0, T0));
  code.loadImmediate(T0, (1n << 54n) - 1n).emit(csrw(CSR.pmpaddr0 + 1, T0));
  code.loadImmediate(T0, 0x1f98n).emit(csrw(CSR.pmpcfg0, T0));
  code.loadImmediate(T0, BigInt(handler)).emit(csrw(CSR.mtvec, T0));
  code.loadImmediate(T0, BigInt(SAVE_AREA)).emit(csrw(CSR.mscratch, T0));
  // FS = Initial, MPP = mode.
  code.loadImmediate(T0, BigInt((1 << 13) | (mode << 11))).emit(csrw(CSR.mstatus, T0));
  code.loadImmediate(T0, BigInt(body)).emit(csrw(CSR.mepc, T0));
  return code.emit(MRET);
}

/**
 * An M-mode handler that goes on behind the instruction that trapped, or at the resume address when
 * the trap was about fetching. It changes no register.
 */
export function emitSkippingHandler(code: Code): Code {
  code.emit(csrrw(SP, CSR.mscratch, SP), sd(T0, SP, 0), sd(T1, SP, 8), csrr(T0, CSR.mcause));
  const branches: number[] = [];
  for (const cause of [FETCH_ACCESS_FAULT, FETCH_PAGE_FAULT]) {
    code.emit(addi(T1, ZERO, cause));
    branches.push(code.here);
    code.emit(0);
  }
  // Two bytes further, or four if the low bits are 11.
  code.emit(csrr(T0, CSR.mepc), lhu(T1, T0, 0), andi(T1, T1, 3), xori(T1, T1, 3));
  code.emit(addi(T0, T0, 2), bne(T1, ZERO, 8), addi(T0, T0, 2));
  const skip = code.here;
  code.emit(0);
  const resume = code.here;
  code.emit(ld(T0, SP, RESUME_OFFSET));
  const done = code.here;
  for (const at of branches) code.patch(at, beq(T0, T1, resume - at));
  code.patch(skip, jal(ZERO, done - skip));
  return code.emit(
    csrw(CSR.mepc, T0),
    ld(T0, SP, 0),
    ld(T1, SP, 8),
    csrrw(SP, CSR.mscratch, SP),
    MRET,
  );
}
