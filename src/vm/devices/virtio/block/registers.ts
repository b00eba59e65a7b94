/** Virtio 1.2, 5.2 "Block Device". */
export const DEVICE_ID = 2;

export const F_SEG_MAX = 1n << 2n;
export const F_RO = 1n << 5n;
export const F_BLK_SIZE = 1n << 6n;

export const REQUESTQ = 0;

/** Request header: type, reserved, sector. */
export const HEADER_BYTES = 16;
export const T_IN = 0;
export const T_OUT = 1;
export const T_GET_ID = 8;
export const ID_BYTES = 20;

export const S_OK = 0;
export const S_IOERR = 1;
export const S_UNSUPP = 2;

/** The unit of sectors and capacity, whatever blk_size says. */
export const SECTOR_BYTES = 512;

/** Configuration space: offsets of what is offered. */
export const CONFIG_CAPACITY = 0;
export const CONFIG_SEG_MAX = 12;
export const CONFIG_BLK_SIZE = 20;
export const CONFIG_BYTES = 24;
