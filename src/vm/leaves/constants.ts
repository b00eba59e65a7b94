/** Bits and codes of the privileged manual (20211203 and 1.13), and the host's own shorthands. */

import { TLB_BANKS, TLB_BANK_BYTES } from '../layout.ts';

export const PRIVILEGE_U: i32 = 0;
export const PRIVILEGE_S: i32 = 1;
export const PRIVILEGE_M: i32 = 3;

// ---- mstatus (3.1.6) ---------------------------------------------------------------------------

export const MSTATUS_SIE: u64 = 1 << 1;
export const MSTATUS_MIE: u64 = 1 << 3;
export const MSTATUS_SPIE: u64 = 1 << 5;
export const MSTATUS_MPIE: u64 = 1 << 7;
export const MSTATUS_SPP: u64 = 1 << 8;
export const MSTATUS_MPP: u64 = 3 << 11;
export const MSTATUS_MPP_SHIFT: u64 = 11;
export const MSTATUS_FS: u64 = 3 << 13;
export const MSTATUS_MPRV: u64 = 1 << 17;
export const MSTATUS_SUM: u64 = 1 << 18;
export const MSTATUS_MXR: u64 = 1 << 19;
export const MSTATUS_TVM: u64 = 1 << 20;
export const MSTATUS_TW: u64 = 1 << 21;
export const MSTATUS_TSR: u64 = 1 << 22;
export const MSTATUS_SD: u64 = 1 << 63;

// ---- mip and mie (3.1.9) -----------------------------------------------------------------------

export const MIP_SSIP: u64 = 1 << 1;
export const MIP_MSIP: u64 = 1 << 3;
export const MIP_STIP: u64 = 1 << 5;
export const MIP_MTIP: u64 = 1 << 7;
export const MIP_SEIP: u64 = 1 << 9;
export const MIP_MEIP: u64 = 1 << 11;

// ---- menvcfg (3.1.18), mcounteren (3.1.11) -------------------------------------------------------

export const MENVCFG_STCE: u64 = 1 << 63;
export const COUNTEREN_TM: u64 = 1 << 1;
/** mcountinhibit: cycle and instret stand still. */
export const INHIBIT_CY: u64 = 1 << 0;
export const INHIBIT_IR: u64 = 1 << 2;

// ---- mcause (3.1.15) -----------------------------------------------------------------------------

export const CAUSE_INTERRUPT: u64 = 1 << 63;
export const CAUSE_FETCH_ACCESS: i64 = 1;
export const CAUSE_ILLEGAL: i64 = 2;
export const CAUSE_LOAD_MISALIGNED: i64 = 4;
export const CAUSE_LOAD_ACCESS: i64 = 5;
export const CAUSE_STORE_MISALIGNED: i64 = 6;
export const CAUSE_STORE_ACCESS: i64 = 7;
export const CAUSE_FETCH_PAGE: i64 = 12;
export const CAUSE_LOAD_PAGE: i64 = 13;
export const CAUSE_STORE_PAGE: i64 = 15;

// ---- what an access needs: the permission bit of the page-table entry (4.3.1) ------------------------

export const ACCESS_LOAD: i32 = 2;
export const ACCESS_STORE: i32 = 4;
export const ACCESS_FETCH: i32 = 8;

export const PAGE_BYTES: i32 = 4096;
export const PAGE_OFFSET: i64 = 0xfff;
export const PAGE_MASK: i64 = ~0xfff;

// ---- TLB banks -----------------------------------------------------------------------------------

export const BANK_U: i32 = TLB_BANKS;
export const BANK_S: i32 = TLB_BANKS + TLB_BANK_BYTES;
export const BANK_S_SUM: i32 = TLB_BANKS + 2 * TLB_BANK_BYTES;
export const BANK_M: i32 = TLB_BANKS + 3 * TLB_BANK_BYTES;
