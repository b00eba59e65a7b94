import { accessCsr } from '../csr.ts';
import type { Hart } from '../hart.ts';
import type { Instruction } from '../instruction.ts';
import {
  MACHINE,
  MIE,
  MPIE,
  MPP,
  MPRV,
  SIE,
  SPIE,
  SPP,
  SUPERVISOR,
  TSR,
  TVM,
  TW,
  USER,
} from '../status.ts';
import type { Privilege } from '../status.ts';
import { Cause, Exception, IllegalInstruction } from '../trap.ts';
import type { Execute } from './integer.ts';

export const systemInstructions = new Map<string, Execute>();

/** csrrs and csrrc with x0 (or zero) do not write at all, which matters for read-only registers. */
function csrInstruction(
  hart: Hart,
  instruction: Instruction,
  operand: bigint,
  operandIsZeroField: boolean,
): void {
  const { name, rd, csr } = instruction;
  const kind = name.replace(/i$/, '');
  const update =
    kind === 'csrrw'
      ? () => operand
      : operandIsZeroField
        ? undefined
        : kind === 'csrrs'
          ? (old: bigint) => old | operand
          : (old: bigint) => old & ~operand;
  hart.setX(rd, accessCsr(hart, csr, update));
}

for (const name of ['csrrw', 'csrrs', 'csrrc']) {
  systemInstructions.set(name, (hart, instruction) => {
    csrInstruction(hart, instruction, hart.getX(instruction.rs1), instruction.rs1 === 0);
  });
  systemInstructions.set(`${name}i`, (hart, instruction) => {
    csrInstruction(hart, instruction, instruction.imm, instruction.imm === 0n);
  });
}

const CALLS: Readonly<Record<Privilege, bigint>> = {
  [USER]: Cause.userCall,
  [SUPERVISOR]: Cause.supervisorCall,
  [MACHINE]: Cause.machineCall,
};

function requirePrivilege(hart: Hart, lowest: Privilege): void {
  if (hart.privilege < lowest) throw new IllegalInstruction();
}

/** In S, a bit of mstatus makes the instruction trap. */
function requireNotTrapped(hart: Hart, statusBit: bigint): void {
  if (hart.privilege === SUPERVISOR && (hart.mstatus & statusBit) !== 0n)
    throw new IllegalInstruction();
}

systemInstructions
  .set('ecall', (hart) => {
    throw new Exception(CALLS[hart.privilege], 0n);
  })
  .set('ebreak', (hart) => {
    throw new Exception(Cause.breakpoint, hart.profile.breakpointTval ? hart.pc : 0n);
  })
  .set('mret', (hart) => {
    requirePrivilege(hart, MACHINE);
    const previous = Number((hart.mstatus & MPP) >> 11n) as Privilege;
    const enabled = (hart.mstatus & MPIE) !== 0n;
    hart.mstatus &= ~(MIE | MPP);
    hart.mstatus |= (enabled ? MIE : 0n) | MPIE;
    if (previous !== MACHINE) hart.mstatus &= ~MPRV;
    hart.privilege = previous;
    hart.nextPc = hart.mepc;
  })
  .set('sret', (hart) => {
    requirePrivilege(hart, SUPERVISOR);
    requireNotTrapped(hart, TSR);
    const previous = (hart.mstatus & SPP) !== 0n ? SUPERVISOR : USER;
    const enabled = (hart.mstatus & SPIE) !== 0n;
    hart.mstatus &= ~(SIE | SPP | MPRV);
    hart.mstatus |= (enabled ? SIE : 0n) | SPIE;
    hart.privilege = previous;
    hart.nextPc = hart.sepc;
  })
  .set('wfi', (hart) => {
    // U never has a bounded wait here; S may be forbidden to wait by TW.
    requirePrivilege(hart, SUPERVISOR);
    requireNotTrapped(hart, TW);
    hart.waiting = (hart.pending & hart.mie) === 0n;
  })
  // There is no TLB to flush, only the privilege to check.
  .set('sfence.vma', (hart) => {
    requirePrivilege(hart, SUPERVISOR);
    requireNotTrapped(hart, TVM);
  });
