/**
 * The bus (TypeScript), imported from the WebAssembly module "bus". Physical addresses are unsigned
 * 32-bit numbers in an i32; a device register is at most 4 bytes. An address that answers to nobody
 * sets CPU_BUS_ERROR.
 */
export declare function mmio_read(physical: i32, log2size: i32): i32;
export declare function mmio_write(physical: i32, log2size: i32, value: i32): void;

/**
 * A page of RAM (by number) whose code was translated has changed or lost its records: what was
 * translated from it must not run again. The slice has been ended.
 */
export declare function translations_stale(page: i32): void;

/**
 * The guest cannot go on before the copier has: returns when COW_BELL has been rung since it was
 * `bell`, or earlier.
 */
export declare function await_copy(bell: i32): void;
