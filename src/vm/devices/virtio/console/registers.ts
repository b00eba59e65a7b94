/** Virtio 1.2, 5.3 "Console Device". */
export const DEVICE_ID = 3;

export const F_SIZE = 1n << 0n;

export const RECEIVEQ = 0;
export const TRANSMITQ = 1;

/** Configuration space: columns, rows (u16 each). */
export const CONFIG_COLS = 0;
export const CONFIG_ROWS = 2;
export const CONFIG_BYTES = 4;
