/**
 * What the manuals leave to the implementation, as this machine has chosen it. Everything else in
 * the oracle follows from the manuals alone.
 */
export interface Profile {
  readonly mvendorid: bigint;
  readonly marchid: bigint;
  readonly mimpid: bigint;
  readonly mhartid: bigint;
  /** Exceptions that medeleg can delegate. */
  readonly medelegMask: bigint;
  /** Implemented PMP entries (0, 16 or 64). */
  readonly pmpEntries: number;
  /** log2 of the PMP grain in bytes. */
  readonly pmpGrainBits: number;
  /** Implemented bits of satp.ASID. */
  readonly asidBits: number;
  /** Writable bits of menvcfg and senvcfg. */
  readonly menvcfgMask: bigint;
  readonly senvcfgMask: bigint;
  /** Bits of menvcfg that are always set. */
  readonly menvcfgFixed: bigint;
  /** Writable bits of mcounteren and scounteren. */
  readonly counterenMask: bigint;
  readonly mcountinhibitMask: bigint;
  /** Whether tval holds the address of an ebreak. */
  readonly breakpointTval: boolean;
  /** Whether minstret counts instructions that trap. The manual says that they do not retire. */
  readonly trapsRetire: boolean;
  /** Instructions a tick of `time` is worth between two time inputs, as a power of two. */
  readonly timeShift: bigint;
}

const FIOM = 1n;
const STCE = 1n << 63n;
/** A and D are always updated by hardware. */
const ADUE = 1n << 61n;

export const PROFILE: Profile = {
  mvendorid: 0n,
  marchid: 0n,
  mimpid: 0n,
  mhartid: 0n,
  medelegMask: 0xb3ffn,
  pmpEntries: 16,
  pmpGrainBits: 2,
  asidBits: 0,
  menvcfgMask: STCE | FIOM,
  senvcfgMask: 1n,
  menvcfgFixed: ADUE,
  counterenMask: 0xffff_ffffn,
  mcountinhibitMask: 5n,
  breakpointTval: true,
  trapsRetire: false,
  timeShift: 8n,
};
