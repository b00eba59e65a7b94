import type { Hart } from './hart.ts';
import {
  INTERRUPT_PRIORITY,
  MACHINE,
  MIE,
  MPIE,
  MPP,
  SIE,
  SPIE,
  SPP,
  SUPERVISOR,
} from './status.ts';
import type { Privilege } from './status.ts';

const INTERRUPT = 1n << 63n;
const VECTORED = 1n;

/** Takes a trap (privileged manual, "Machine Trap Delegation" and the chapters of m/sstatus): pc goes to the handler. */
export function takeTrap(hart: Hart, cause: bigint, tval: bigint, isInterrupt: boolean): void {
  const delegation = isInterrupt ? hart.mideleg : hart.medeleg;
  const delegated = hart.privilege !== MACHINE && ((delegation >> cause) & 1n) === 1n;
  const code = isInterrupt ? INTERRUPT | cause : cause;
  if (delegated) {
    hart.sepc = hart.pc;
    hart.scause = code;
    hart.stval = tval;
    const enabled = (hart.mstatus & SIE) !== 0n;
    hart.mstatus &= ~(SIE | SPIE | SPP);
    hart.mstatus |= (enabled ? SPIE : 0n) | (hart.privilege === SUPERVISOR ? SPP : 0n);
    hart.privilege = SUPERVISOR;
  } else {
    hart.mepc = hart.pc;
    hart.mcause = code;
    hart.mtval = tval;
    const enabled = (hart.mstatus & MIE) !== 0n;
    hart.mstatus &= ~(MIE | MPIE | MPP);
    hart.mstatus |= (enabled ? MPIE : 0n) | (BigInt(hart.privilege) << 11n);
    hart.privilege = MACHINE;
  }
  const vector = delegated ? hart.stvec : hart.mtvec;
  const base = vector & ~3n;
  hart.pc =
    isInterrupt && (vector & 3n) === VECTORED ? BigInt.asUintN(64, base + 4n * cause) : base;
  hart.nextPc = hart.pc;
}

/** Whether a level's interrupts can be taken now: always from below it, and at it with its enable bit. */
const levelEnabled = (hart: Hart, level: Privilege, enable: bigint): boolean =>
  hart.privilege < level || (hart.privilege === level && (hart.mstatus & enable) !== 0n);

/** The interrupt to take now, if any: those for M first, each level in the manual's order. */
export function deliverableInterrupt(hart: Hart): bigint | undefined {
  if (hart.mie === 0n) return undefined;
  const ready = hart.pending & hart.mie;
  const machine = levelEnabled(hart, MACHINE, MIE) ? ready & ~hart.mideleg : 0n;
  const supervisor = levelEnabled(hart, SUPERVISOR, SIE) ? ready & hart.mideleg : 0n;
  for (const candidates of [machine, supervisor]) {
    const chosen = INTERRUPT_PRIORITY.find((code) => ((candidates >> code) & 1n) === 1n);
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}
