import { PhysicalMemory } from './memory.ts';
import type { Bus } from './memory.ts';
import { Pmp } from './pmp.ts';
import type { Profile } from './profile.ts';
import {
  ALL_INTERRUPTS,
  MACHINE,
  MEIP,
  MSIP,
  MTIP,
  SD,
  SEIP,
  SSIP,
  STCE,
  STIP,
  XLEN_FIELDS,
  FS,
} from './status.ts';
import type { Privilege } from './status.ts';

/** The architectural state of one hart, and nothing else. */
export class Hart {
  readonly profile: Profile;
  readonly memory: PhysicalMemory;
  readonly pmp: Pmp;
  /** x0..x31, unsigned 64 bits; x0 is never written. */
  readonly x: bigint[] = new Array<bigint>(32).fill(0n);
  /** f0..f31, raw 64 bits. */
  readonly f: bigint[] = new Array<bigint>(32).fill(0n);
  pc = 0n;
  /** Where the next instruction is; an instruction that jumps changes it. */
  nextPc = 0n;
  privilege: Privilege = MACHINE;

  // CSRs that are plain storage. mstatus without SD, SXL and UXL.
  mstatus = 0n;
  medeleg = 0n;
  mideleg = 0n;
  mie = 0n;
  mtvec = 0n;
  stvec = 0n;
  mepc = 0n;
  sepc = 0n;
  mcause = 0n;
  scause = 0n;
  mtval = 0n;
  stval = 0n;
  mscratch = 0n;
  sscratch = 0n;
  mcounteren = 0n;
  scounteren = 0n;
  mcountinhibit = 0n;
  /** Without the bits that are always set. */
  menvcfg = 0n;
  senvcfg = 0n;
  satp = 0n;
  /** Its value after reset is not defined; the machine's is zero. */
  stimecmp = 0n;
  mtimecmp = (1n << 64n) - 1n;
  fflags = 0;
  frm = 0;

  /** SSIP, STIP and SEIP as software wrote them into mip. */
  softwarePending = 0n;
  /** MSIP, MEIP and SEIP as devices drive them. */
  interruptLines = 0n;

  /** Physical address of the reservation LR made. */
  reservation: bigint | undefined = undefined;
  /** Instructions begun since reset, with those that trapped and the one that executes now. */
  count = 0n;
  mcycle = 0n;
  minstret = 0n;
  /** Set when the current instruction wrote the counter. */
  cycleWritten = false;
  instretWritten = false;
  /** Guest time, in ticks, when the instruction count was `timeCount`. */
  timeBase = 0n;
  timeCount = 0n;
  /** WFI found nothing pending. */
  waiting = false;

  constructor(profile: Profile, ramBytes: number, bus: Bus | undefined) {
    this.profile = profile;
    this.memory = new PhysicalMemory(ramBytes, bus);
    this.pmp = new Pmp(profile.pmpEntries, profile.pmpGrainBits);
  }

  getX(index: number): bigint {
    return this.x[index] ?? 0n;
  }

  setX(index: number, value: bigint): void {
    if (index !== 0) this.x[index] = BigInt.asUintN(64, value);
  }

  getF(index: number): bigint {
    return this.f[index] ?? 0n;
  }

  setF(index: number, value: bigint): void {
    this.f[index] = BigInt.asUintN(64, value);
    this.mstatus |= FS;
  }

  raiseFlags(flags: number): void {
    this.fflags |= flags;
    this.mstatus |= FS;
  }

  /** mstatus as software reads it. */
  get fullStatus(): bigint {
    const dirty = (this.mstatus & FS) === FS ? SD : 0n;
    return this.mstatus | XLEN_FIELDS | dirty;
  }

  /** The `time` CSR: 100 ns ticks. */
  get time(): bigint {
    return BigInt.asUintN(
      64,
      this.timeBase + ((this.count - this.timeCount) >> this.profile.timeShift),
    );
  }

  /** With Sstc on, STIP is the comparison with stimecmp and not a writable bit. */
  get hasSupervisorTimer(): boolean {
    return (this.menvcfg & STCE) !== 0n;
  }

  /** mip as software reads it. */
  get pending(): bigint {
    const timer = this.time >= this.mtimecmp ? MTIP : 0n;
    const supervisorTimer = this.hasSupervisorTimer
      ? this.time >= this.stimecmp
        ? STIP
        : 0n
      : this.softwarePending & STIP;
    const software = this.softwarePending & (SSIP | SEIP);
    const lines = this.interruptLines & (MSIP | MEIP | SEIP);
    return (timer | supervisorTimer | software | lines) & ALL_INTERRUPTS;
  }
}
