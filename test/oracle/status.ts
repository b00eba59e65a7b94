/** Fields of mstatus, mip and satp (privileged manual, chapters 3 and 12 of the ratified versions). */

export const USER = 0;
export const SUPERVISOR = 1;
export const MACHINE = 3;
export type Privilege = typeof USER | typeof SUPERVISOR | typeof MACHINE;

const one = (index: number): bigint => 1n << BigInt(index);

export const SIE = one(1);
export const MIE = one(3);
export const SPIE = one(5);
export const MPIE = one(7);
export const SPP = one(8);
export const MPP = 3n << 11n;
export const FS = 3n << 13n;
export const MPRV = one(17);
export const SUM = one(18);
export const MXR = one(19);
export const TVM = one(20);
export const TW = one(21);
export const TSR = one(22);
/** UXL = SXL = 64 bits, hard-wired. */
export const XLEN_FIELDS = (2n << 32n) | (2n << 34n);
export const UXL_FIELD = 2n << 32n;
export const SD = one(63);

export const MSTATUS_WRITABLE =
  SIE | MIE | SPIE | MPIE | SPP | MPP | FS | MPRV | SUM | MXR | TVM | TW | TSR;
export const SSTATUS_WRITABLE = SIE | SPIE | SPP | FS | SUM | MXR;
export const SSTATUS_VISIBLE = SSTATUS_WRITABLE | UXL_FIELD | SD;

export const SSIP = one(1);
export const MSIP = one(3);
export const STIP = one(5);
export const MTIP = one(7);
export const SEIP = one(9);
export const MEIP = one(11);
export const ALL_INTERRUPTS = SSIP | MSIP | STIP | MTIP | SEIP | MEIP;
export const SUPERVISOR_INTERRUPTS = SSIP | STIP | SEIP;

/** Interrupt codes in the order in which they are taken when several are pending. */
export const INTERRUPT_PRIORITY: readonly bigint[] = [11n, 3n, 7n, 9n, 1n, 5n];

export const STCE = one(63);
export const SATP_BARE = 0n;
export const SATP_SV39 = 8n;
