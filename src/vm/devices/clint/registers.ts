/** SiFive CLINT register map (FU540-C000 manual, chapter 9), hart 0 only. */
export const MSIP = 0x0;
export const MTIMECMP = 0x4000;
export const MTIME = 0xbff8;

/** The hart's interrupt line for machine software interrupts: mip.MSIP. */
export const MSIP_LINE = 3;
