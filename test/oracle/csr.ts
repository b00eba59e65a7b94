import { bit, merge, withField } from './bits.ts';
import type { Hart } from './hart.ts';
import {
  ALL_INTERRUPTS,
  FS,
  MACHINE,
  MPP,
  MSTATUS_WRITABLE,
  SATP_BARE,
  SATP_SV39,
  SEIP,
  SSIP,
  SSTATUS_VISIBLE,
  SSTATUS_WRITABLE,
  STCE,
  STIP,
  SUPERVISOR,
  SUPERVISOR_INTERRUPTS,
  TVM,
} from './status.ts';
import { IllegalInstruction } from './trap.ts';

/** One control and status register. A register without `write` ignores writes (or is read-only by its number). */
interface Csr {
  readonly read: (hart: Hart) => bigint;
  readonly write?: (hart: Hart, value: bigint) => void;
  /** Conditions beyond the privilege in the number; false makes the access illegal. */
  readonly accessible?: (hart: Hart) => boolean;
}

const CSRS = new Map<number, Csr>();
const define = (number: number, csr: Csr): void => {
  CSRS.set(number, csr);
};
const constant = (value: (hart: Hart) => bigint): Csr => ({ read: value });

type PlainRegister =
  | 'medeleg'
  | 'mscratch'
  | 'sscratch'
  | 'mepc'
  | 'sepc'
  | 'mcause'
  | 'scause'
  | 'mtval'
  | 'stval'
  | 'mtvec'
  | 'stvec'
  | 'mcounteren'
  | 'scounteren'
  | 'mcountinhibit'
  | 'mideleg'
  | 'senvcfg';

/** A register whose bits in `mask` are storage and whose others are zero. */
const plain = (register: PlainRegister, mask: (hart: Hart) => bigint): Csr => ({
  read: (hart) => hart[register],
  write: (hart, value) => {
    hart[register] = value & mask(hart);
  },
});
const ALL = (1n << 64n) - 1n;
const everything = (): bigint => ALL;

// ---- floating point: only with mstatus.FS on -------------------------------------------------

const floatOn = (hart: Hart): boolean => (hart.mstatus & FS) !== 0n;
const floatCsr = (
  read: (hart: Hart) => number,
  write: (hart: Hart, value: number) => void,
): Csr => ({
  accessible: floatOn,
  read: (hart) => BigInt(read(hart)),
  write: (hart, value) => {
    write(hart, Number(value & 0xffn));
    hart.mstatus |= FS;
  },
});
define(
  0x001,
  floatCsr(
    (hart) => hart.fflags,
    (hart, value) => (hart.fflags = value & 31),
  ),
);
define(
  0x002,
  floatCsr(
    (hart) => hart.frm,
    (hart, value) => (hart.frm = value & 7),
  ),
);
define(
  0x003,
  floatCsr(
    (hart) => (hart.frm << 5) | hart.fflags,
    (hart, value) => {
      hart.fflags = value & 31;
      hart.frm = (value >> 5) & 7;
    },
  ),
);

// ---- counters --------------------------------------------------------------------------------

/** Below M each level needs the bit of the level above (mcounteren, then scounteren). */
const counterEnabled =
  (index: number) =>
  (hart: Hart): boolean => {
    if (hart.privilege === MACHINE) return true;
    if (!bit(hart.mcounteren, index)) return false;
    return hart.privilege === SUPERVISOR || bit(hart.scounteren, index);
  };
define(0xc00, { read: (hart) => hart.mcycle, accessible: counterEnabled(0) });
define(0xc01, { read: (hart) => hart.time, accessible: counterEnabled(1) });
define(0xc02, { read: (hart) => hart.minstret, accessible: counterEnabled(2) });
// An instruction that writes a counter wins over the counting of itself.
define(0xb00, {
  read: (hart) => hart.mcycle,
  write: (hart, value) => {
    hart.mcycle = value;
    hart.cycleWritten = true;
  },
});
define(0xb02, {
  read: (hart) => hart.minstret,
  write: (hart, value) => {
    hart.minstret = value;
    hart.instretWritten = true;
  },
});
for (let index = 3; index < 32; index++) {
  define(0xc00 + index, { read: () => 0n, accessible: counterEnabled(index) });
  define(
    0xb00 + index,
    constant(() => 0n),
  );
  define(
    0x320 + index,
    constant(() => 0n),
  );
}
define(
  0x320,
  plain('mcountinhibit', (hart) => hart.profile.mcountinhibitMask),
);
define(
  0x306,
  plain('mcounteren', (hart) => hart.profile.counterenMask),
);
define(
  0x106,
  plain('scounteren', (hart) => hart.profile.counterenMask),
);

// ---- machine information and configuration -----------------------------------------------------

define(
  0xf11,
  constant((hart) => hart.profile.mvendorid),
);
define(
  0xf12,
  constant((hart) => hart.profile.marchid),
);
define(
  0xf13,
  constant((hart) => hart.profile.mimpid),
);
define(
  0xf14,
  constant((hart) => hart.profile.mhartid),
);
define(
  0xf15,
  constant(() => 0n),
);
/** RV64 with A, C, D, F, I, M, S and U; nothing can be switched off. */
const MISA =
  (2n << 62n) |
  Array.from('acdfimsu').reduce(
    (sum, letter) => sum | (1n << BigInt(letter.charCodeAt(0) - 97)),
    0n,
  );
define(
  0x301,
  constant(() => MISA),
);

/** MPP = 2 is no privilege level; writing it leaves the field alone. */
const legalMpp = (hart: Hart, status: bigint): bigint =>
  (status & MPP) === 2n << 11n ? merge(status, hart.mstatus, MPP) : status;

define(0x300, {
  read: (hart) => hart.fullStatus,
  write: (hart, value) => (hart.mstatus = legalMpp(hart, value & MSTATUS_WRITABLE)),
});
define(0x100, {
  read: (hart) => hart.fullStatus & SSTATUS_VISIBLE,
  write: (hart, value) => (hart.mstatus = merge(hart.mstatus, value, SSTATUS_WRITABLE)),
});
define(0x30a, {
  read: (hart) => hart.menvcfg | hart.profile.menvcfgFixed,
  write: (hart, value) => (hart.menvcfg = value & hart.profile.menvcfgMask),
});
define(
  0x10a,
  plain('senvcfg', (hart) => hart.profile.senvcfgMask),
);

// ---- traps -------------------------------------------------------------------------------------

define(
  0x302,
  plain('medeleg', (hart) => hart.profile.medelegMask),
);
define(
  0x303,
  plain('mideleg', () => SUPERVISOR_INTERRUPTS),
);
/** Bit 0 of an epc is always zero; bit 1 too only without C. */
const epc = (): bigint => ALL & ~1n;
define(0x341, plain('mepc', epc));
define(0x141, plain('sepc', epc));
define(0x340, plain('mscratch', everything));
define(0x140, plain('sscratch', everything));
define(0x342, plain('mcause', everything));
define(0x142, plain('scause', everything));
define(0x343, plain('mtval', everything));
define(0x143, plain('stval', everything));
/** MODE is 0 (direct) or 1 (vectored): bit 1 is zero. */
const tvec = (): bigint => ALL & ~2n;
define(0x305, plain('mtvec', tvec));
define(0x105, plain('stvec', tvec));

define(0x304, {
  read: (hart) => hart.mie,
  write: (hart, value) => (hart.mie = value & ALL_INTERRUPTS),
});
define(0x104, {
  read: (hart) => hart.mie & hart.mideleg,
  write: (hart, value) => (hart.mie = merge(hart.mie, value, hart.mideleg)),
});
define(0x344, {
  read: (hart) => hart.pending,
  write: (hart, value) => {
    const writable = hart.hasSupervisorTimer ? SSIP | SEIP : SSIP | STIP | SEIP;
    hart.softwarePending = merge(hart.softwarePending, value, writable);
  },
});
define(0x144, {
  read: (hart) => hart.pending & hart.mideleg,
  write: (hart, value) =>
    (hart.softwarePending = merge(hart.softwarePending, value, SSIP & hart.mideleg)),
});

/** stimecmp belongs to S only if menvcfg.STCE and mcounteren.TM say so. */
define(0x14d, {
  accessible: (hart) =>
    hart.privilege === MACHINE || ((hart.menvcfg & STCE) !== 0n && bit(hart.mcounteren, 1)),
  read: (hart) => hart.stimecmp,
  write: (hart, value) => (hart.stimecmp = value),
});

define(0x180, {
  accessible: (hart) => hart.privilege === MACHINE || (hart.mstatus & TVM) === 0n,
  read: (hart) => hart.satp,
  write: (hart, value) => {
    const mode = value >> 60n;
    if (mode !== SATP_BARE && mode !== SATP_SV39) return;
    const asid = (value >> 44n) & ((1n << BigInt(hart.profile.asidBits)) - 1n);
    hart.satp = withField(value, 59, 44, asid);
  },
});

for (const register of [0, 2]) {
  define(0x3a0 + register, {
    read: (hart) => hart.pmp.readConfiguration(register),
    write: (hart, value) => {
      hart.pmp.writeConfiguration(register, value);
    },
  });
}
for (let index = 0; index < 16; index++) {
  define(0x3b0 + index, {
    read: (hart) => hart.pmp.readAddress(index),
    write: (hart, value) => {
      hart.pmp.writeAddress(index, value);
    },
  });
}

/** Debug triggers: tdata1 = 0 says that there are none. */
for (const number of [0x7a0, 0x7a1, 0x7a2, 0x7a3]) {
  define(
    number,
    constant(() => 0n),
  );
}

// ---- access --------------------------------------------------------------------------------------

/** The value of a CSR without any check of privilege, as a debugger sees it. Throws RangeError for a number without a register. */
export function inspectCsr(hart: Hart, number: number): bigint {
  const csr = CSRS.get(number);
  if (csr === undefined) throw new RangeError(`no CSR 0x${number.toString(16)}`);
  return csr.read(hart);
}

/**
 * Zicsr: reads a CSR and, if `update` is given, writes what it makes of the old value. Throws
 * {@link IllegalInstruction} for missing registers, too little privilege and writes to read-only ones.
 */
export function accessCsr(
  hart: Hart,
  number: number,
  update: ((old: bigint) => bigint) | undefined,
): bigint {
  const csr = CSRS.get(number);
  const lowest = (number >> 8) & 3;
  const readOnly = number >> 10 === 3;
  if (csr === undefined || hart.privilege < lowest || (readOnly && update !== undefined))
    throw new IllegalInstruction();
  if (csr.accessible?.(hart) === false) throw new IllegalInstruction();
  const old = csr.read(hart);
  if (update !== undefined) csr.write?.(hart, updateBase(hart, number, old, update));
  return old;
}

/**
 * A set or clear of mip works on the software-writable SEIP bit, not on the one that the interrupt
 * controller drives (privileged manual, "mip and mie").
 */
function updateBase(
  hart: Hart,
  number: number,
  old: bigint,
  update: (old: bigint) => bigint,
): bigint {
  const base = number === 0x344 ? merge(old, hart.softwarePending, SEIP) : old;
  return update(base);
}

/** The numbers of all CSRs there are, for those who want to compare them all. */
export const csrNumbers = (): readonly number[] => [...CSRS.keys()];
