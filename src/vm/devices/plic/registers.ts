/** RISC-V PLIC specification 1.0.0, memory map. */
export const PRIORITY_BASE = 0x0;
export const PENDING_BASE = 0x1000;
export const ENABLE_BASE = 0x2000;
export const ENABLE_STRIDE = 0x80;
export const CONTEXT_BASE = 0x200000;
export const CONTEXT_STRIDE = 0x1000;
/** Inside a context's page. */
export const THRESHOLD = 0x0;
export const CLAIM = 0x4;

/** Highest source number; source 0 does not exist. */
export const SOURCES = 95;
/** 32-bit words of a bitmap over all sources. */
export const WORDS = 3;
/** Priorities and thresholds are 3 bits wide; 0 means never. */
export const PRIORITY_MASK = 7;
/** Context number → the hart's line: mip.MEIP and mip.SEIP of hart 0. */
export const CONTEXT_LINES = [11, 9] as const;
