/** SiFive test device: one 32-bit register; the low half is the command, the high half a code. */
export const FINISHER = 0x0;
export const FINISHER_FAIL = 0x3333;
export const FINISHER_PASS = 0x5555;
export const FINISHER_RESET = 0x7777;
