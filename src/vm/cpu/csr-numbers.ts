/**
 * Numbers that the CSR table (TypeScript) and the leaves (AssemblyScript) share. Like `layout.ts`
 * this file holds nothing but numbers.
 */

// ---- slots of CSR_SLOTS that the leaves know by name ---------------------------------------------

/** Always 0: the slot of CSRs that have no state of their own. */
export const SLOT_NONE = 0;
export const SLOT_MSTATUS = 1;
export const SLOT_MIE = 2;
/** Only the bits of mip that software wrote; CPU_MIP holds what it reads. */
export const SLOT_MIP = 3;
export const SLOT_MEDELEG = 4;
export const SLOT_MIDELEG = 5;
export const SLOT_MTVEC = 6;
export const SLOT_MEPC = 7;
export const SLOT_MCAUSE = 8;
export const SLOT_MTVAL = 9;
export const SLOT_STVEC = 10;
export const SLOT_SEPC = 11;
export const SLOT_SCAUSE = 12;
export const SLOT_STVAL = 13;
export const SLOT_SATP = 14;
export const SLOT_MCOUNTEREN = 15;
export const SLOT_SCOUNTEREN = 16;
export const SLOT_MCOUNTINHIBIT = 17;
export const SLOT_MENVCFG = 18;
export const SLOT_STIMECMP = 19;
/** What to add to the instruction count; while inhibited, the value itself. */
export const SLOT_MCYCLE = 20;
export const SLOT_MINSTRET = 21;
/** Two slots: pmpcfg0 and pmpcfg2. */
export const SLOT_PMPCFG = 22;
/** 16 slots. */
export const SLOT_PMPADDR = 24;
/** From here on the table gives slots to plain CSRs, which no leaf knows. */
export const SLOT_FIRST_PLAIN = 40;
/** Slots that exist. */
export const SLOT_COUNT = 128;

// ---- what reading or writing a CSR involves ------------------------------------------------------

/** Nothing: read = (slot & readMask) | fixed, write = the bits of writeMask. */
export const HANDLER_PLAIN = 0;
/** mstatus, sstatus. */
export const HANDLER_STATUS = 1;
/** mie, sie. */
export const HANDLER_INTERRUPT_ENABLE = 2;
/** mip, sip. */
export const HANDLER_INTERRUPT_PENDING = 3;
export const HANDLER_INTERRUPT_DELEGATION = 4;
export const HANDLER_FFLAGS = 5;
export const HANDLER_FRM = 6;
export const HANDLER_FCSR = 7;
export const HANDLER_SATP = 8;
/** mcycle, minstret. */
export const HANDLER_COUNTER = 9;
/** cycle, instret. */
export const HANDLER_USER_COUNTER = 10;
/** time. */
export const HANDLER_TIME = 11;
/** hpmcounter3 to 31: zero where mcounteren and scounteren let them be read. */
export const HANDLER_USER_ZERO = 12;
export const HANDLER_COUNT_INHIBIT = 13;
export const HANDLER_STIMECMP = 14;
export const HANDLER_MENVCFG = 15;
export const HANDLER_PMPCFG = 16;
export const HANDLER_PMPADDR = 17;

// ---- a descriptor in CSR_DESCRIPTORS -------------------------------------------------------------

export const DESCRIPTOR_BYTES = 32;
/** u8: 1 when the CSR exists. */
export const DESCRIPTOR_PRESENT = 0;
/** u8: HANDLER_… */
export const DESCRIPTOR_HANDLER = 1;
/** u16: slot number. */
export const DESCRIPTOR_SLOT = 2;
/** u64: bits of the slot that are seen. */
export const DESCRIPTOR_READ_MASK = 8;
/** u64: bits that a write changes. */
export const DESCRIPTOR_WRITE_MASK = 16;
/** u64: bits that read as one whatever the slot holds. */
export const DESCRIPTOR_FIXED = 24;
