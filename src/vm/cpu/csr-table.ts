/**
 * Every CSR of the hart, once (privileged manual, chapter 2, and the chapters named by each group).
 * A number that is not here is an illegal instruction. Adding a plain CSR is one entry.
 */
import { assert } from '../../base/assert.ts';
import { CSR_DESCRIPTORS, CSR_SLOTS } from '../layout.ts';
import * as N from './csr-numbers.ts';

export interface Csr {
  readonly name: string;
  readonly number: number;
  /** Where its state is, in CSR_SLOTS. */
  readonly slot: number;
  /** Bits of the slot that reads show. */
  readonly readMask: bigint;
  /** Bits that writes change. */
  readonly writeMask: bigint;
  /** Bits that read as one whatever was written. */
  readonly fixed: bigint;
  /** HANDLER_… of `csr-numbers.ts`: what accesses involve besides the masks. */
  readonly handler: number;
}

const ALL = (1n << 64n) - 1n;
const LOW_32 = 0xffff_ffffn;

/** mstatus (3.1.6): no V, no endianness but little. UXL and SXL read 2 = 64 bits. */
const SSTATUS_BITS = 0xc_6122n;
const MSTATUS_BITS = SSTATUS_BITS | 0x72_1888n;
const UXL_64 = 2n << 32n;
const SXL_64 = 2n << 34n;

/** misa (3.1.1): MXL = 64 bits; A C D F I M S U. */
const MISA =
  (2n << 62n) |
  Array.from('ACDFIMSU').reduce(
    (bits, letter) => bits | (1n << BigInt(letter.charCodeAt(0) - 'A'.charCodeAt(0))),
    0n,
  );

const S_INTERRUPTS = 0x222n;
const M_INTERRUPTS = 0xaaan;
/** Exceptions 0 to 9 and the page faults; what only M-mode raises cannot be delegated (3.1.8). */
const DELEGABLE = 0xb3ffn;
/** xtvec (3.1.7): bit 1 of the mode is zero, so that only direct and vectored exist. */
const TVEC = ALL ^ 2n;
/** xepc (3.1.14): with C, IALIGN = 16. */
const EPC = ALL ^ 1n;
/** satp (4.1.11): no ASIDs. */
const SATP = (0xfn << 60n) | ((1n << 44n) - 1n);
const FIOM = 1n;
/** menvcfg (3.1.18): STCE can be set; ADUE is fixed, as A and D are always updated by the walk. */
const STCE = 1n << 63n;
const ADUE = 1n << 61n;
/** mcountinhibit (3.1.12): CY and IR. */
const INHIBITABLE = 5n;

const table: Csr[] = [];
let nextSlot = N.SLOT_FIRST_PLAIN;

type Options = Partial<Omit<Csr, 'name' | 'number'>>;

/** A CSR with state: all bits readable and writable unless the options say otherwise. */
function state(name: string, number: number, options: Options = {}): void {
  const slot = options.slot ?? nextSlot++;
  table.push({
    name,
    number,
    readMask: ALL,
    writeMask: ALL,
    fixed: 0n,
    handler: N.HANDLER_PLAIN,
    ...options,
    slot,
  });
}

/** A CSR that always reads the same; writes (where the number allows them) are ignored. */
function constant(name: string, number: number, fixed = 0n, handler = N.HANDLER_PLAIN): void {
  table.push({ name, number, slot: N.SLOT_NONE, readMask: 0n, writeMask: 0n, fixed, handler });
}

/** A CSR of which `bits` exist, the rest reading as zero. */
const implemented = (bits: bigint): Pick<Csr, 'readMask' | 'writeMask'> => ({
  readMask: bits,
  writeMask: bits,
});

// Floating point (unprivileged manual, F). The state is in CPU_FFLAGS and CPU_FRM.
constant('fflags', 0x001, 0n, N.HANDLER_FFLAGS);
constant('frm', 0x002, 0n, N.HANDLER_FRM);
constant('fcsr', 0x003, 0n, N.HANDLER_FCSR);

// Counters and timers for all modes (Zicntr, Zihpm).
state('cycle', 0xc00, { slot: N.SLOT_MCYCLE, handler: N.HANDLER_USER_COUNTER });
constant('time', 0xc01, 0n, N.HANDLER_TIME);
state('instret', 0xc02, { slot: N.SLOT_MINSTRET, handler: N.HANDLER_USER_COUNTER });
for (let i = 3; i < 32; i++) constant(`hpmcounter${i}`, 0xc00 + i, 0n, N.HANDLER_USER_ZERO);

// Supervisor (4.1).
state('sstatus', 0x100, {
  slot: N.SLOT_MSTATUS,
  ...implemented(SSTATUS_BITS),
  fixed: UXL_64,
  handler: N.HANDLER_STATUS,
});
state('sie', 0x104, {
  slot: N.SLOT_MIE,
  ...implemented(S_INTERRUPTS),
  handler: N.HANDLER_INTERRUPT_ENABLE,
});
state('stvec', 0x105, { slot: N.SLOT_STVEC, ...implemented(TVEC) });
state('scounteren', 0x106, { slot: N.SLOT_SCOUNTEREN, ...implemented(LOW_32) });
state('senvcfg', 0x10a, implemented(FIOM));
state('sscratch', 0x140);
state('sepc', 0x141, { slot: N.SLOT_SEPC, ...implemented(EPC) });
state('scause', 0x142, { slot: N.SLOT_SCAUSE });
state('stval', 0x143, { slot: N.SLOT_STVAL });
state('sip', 0x144, {
  slot: N.SLOT_MIP,
  readMask: S_INTERRUPTS,
  writeMask: 0x2n,
  handler: N.HANDLER_INTERRUPT_PENDING,
});
state('stimecmp', 0x14d, { slot: N.SLOT_STIMECMP, handler: N.HANDLER_STIMECMP });
state('satp', 0x180, { slot: N.SLOT_SATP, ...implemented(SATP), handler: N.HANDLER_SATP });

// Machine information (3.1.1 to 3.1.5): a hart of no registered vendor.
constant('mvendorid', 0xf11);
constant('marchid', 0xf12);
constant('mimpid', 0xf13);
constant('mhartid', 0xf14);
constant('mconfigptr', 0xf15);

// Machine trap setup and handling (3.1.6 to 3.1.18).
state('mstatus', 0x300, {
  slot: N.SLOT_MSTATUS,
  ...implemented(MSTATUS_BITS),
  fixed: UXL_64 | SXL_64,
  handler: N.HANDLER_STATUS,
});
constant('misa', 0x301, MISA);
state('medeleg', 0x302, { slot: N.SLOT_MEDELEG, ...implemented(DELEGABLE) });
state('mideleg', 0x303, {
  slot: N.SLOT_MIDELEG,
  ...implemented(S_INTERRUPTS),
  handler: N.HANDLER_INTERRUPT_DELEGATION,
});
state('mie', 0x304, {
  slot: N.SLOT_MIE,
  ...implemented(M_INTERRUPTS),
  handler: N.HANDLER_INTERRUPT_ENABLE,
});
state('mtvec', 0x305, { slot: N.SLOT_MTVEC, ...implemented(TVEC) });
state('mcounteren', 0x306, { slot: N.SLOT_MCOUNTEREN, ...implemented(LOW_32) });
state('menvcfg', 0x30a, {
  slot: N.SLOT_MENVCFG,
  ...implemented(STCE | FIOM),
  fixed: ADUE,
  handler: N.HANDLER_MENVCFG,
});
state('mcountinhibit', 0x320, {
  slot: N.SLOT_MCOUNTINHIBIT,
  ...implemented(INHIBITABLE),
  handler: N.HANDLER_COUNT_INHIBIT,
});
state('mscratch', 0x340);
state('mepc', 0x341, { slot: N.SLOT_MEPC, ...implemented(EPC) });
state('mcause', 0x342, { slot: N.SLOT_MCAUSE });
state('mtval', 0x343, { slot: N.SLOT_MTVAL });
state('mip', 0x344, {
  slot: N.SLOT_MIP,
  readMask: M_INTERRUPTS,
  writeMask: S_INTERRUPTS,
  handler: N.HANDLER_INTERRUPT_PENDING,
});

// Physical memory protection (3.7): 16 entries. RV64 has the even configuration registers only.
for (let i = 0; i < 2; i++) {
  state(`pmpcfg${2 * i}`, 0x3a0 + 2 * i, { slot: N.SLOT_PMPCFG + i, handler: N.HANDLER_PMPCFG });
}
for (let i = 0; i < 16; i++) {
  state(`pmpaddr${i}`, 0x3b0 + i, { slot: N.SLOT_PMPADDR + i, handler: N.HANDLER_PMPADDR });
}

// Machine counters (3.1.10): no events can be counted.
state('mcycle', 0xb00, { slot: N.SLOT_MCYCLE, handler: N.HANDLER_COUNTER });
state('minstret', 0xb02, { slot: N.SLOT_MINSTRET, handler: N.HANDLER_COUNTER });
for (let i = 3; i < 32; i++) constant(`mhpmcounter${i}`, 0xb00 + i);
for (let i = 3; i < 32; i++) constant(`mhpmevent${i}`, 0x320 + i);

// Debug triggers (Sdtrig): there are none, which tdata1 = 0 says.
constant('tselect', 0x7a0);
for (let i = 1; i <= 3; i++) constant(`tdata${i}`, 0x7a0 + i);

assert(nextSlot <= N.SLOT_COUNT, 'too many CSR slots');

/** All CSRs, in no particular order. */
export const CSRS: readonly Csr[] = table;

const STATE_NAMES = ['mstatus', 'mie', 'mip', 'mcycle', 'minstret'];

/**
 * The slots that make up the hart's state, by name: what a checkpoint keeps (R9). Views of another
 * CSR's slot are left out.
 */
export const CSR_STATE: ReadonlyMap<string, number> = new Map(
  table
    .filter(
      ({ slot, name }) => slot !== N.SLOT_NONE && (!isShared(slot) || STATE_NAMES.includes(name)),
    )
    .map(({ name, slot }) => [name, slot]),
);

function isShared(slot: number): boolean {
  return table.filter((csr) => csr.slot === slot).length > 1;
}

/** Address of a slot in the machine's memory. */
export const csrSlotAddress = (slot: number): number => CSR_SLOTS + 8 * slot;

/** Writes the table into a machine's memory, for the leaves. */
export function writeCsrDescriptors(memory: WebAssembly.Memory): void {
  const view = new DataView(memory.buffer);
  for (const csr of table) {
    const at = CSR_DESCRIPTORS + csr.number * N.DESCRIPTOR_BYTES;
    view.setUint8(at + N.DESCRIPTOR_PRESENT, 1);
    view.setUint8(at + N.DESCRIPTOR_HANDLER, csr.handler);
    view.setUint16(at + N.DESCRIPTOR_SLOT, csr.slot, true);
    view.setBigUint64(at + N.DESCRIPTOR_READ_MASK, csr.readMask, true);
    view.setBigUint64(at + N.DESCRIPTOR_WRITE_MASK, csr.writeMask, true);
    view.setBigUint64(at + N.DESCRIPTOR_FIXED, csr.fixed, true);
  }
}
