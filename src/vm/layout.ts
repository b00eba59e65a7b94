/**
 * Where everything lies in the machine's one WebAssembly.Memory. The generated engines, the leaves
 * (AssemblyScript) and the TypeScript side all import this file, so it holds nothing but numbers,
 * and only forms that both compilers read the same way.
 *
 * Engine state comes first, guest RAM last. Areas that scale with guest RAM are reserved for the
 * largest guest; untouched pages cost no host memory.
 */

// ---- CPU state -------------------------------------------------------------------------------

/** x0..x31, 8 bytes each; slot 32 is a dump for writes to x0. */
export const X_REGISTERS = 0;
/** The `rd` slot used when an instruction names x0 as its destination. */
export const X_DUMMY = 32;
/** f0..f31, 8 bytes each, single precision NaN-boxed. */
export const F_REGISTERS = 0x200;

/** i64: the program counter. Valid outside the run loop, and inside whenever a leaf is called. */
export const CPU_PC = 0x1300;
/** i64: the instruction count (since reset) at which CPU_REMAINING reaches 0. */
export const CPU_SLICE_END = 0x1308;
/** i32: instructions left in this slice; `count = SLICE_END - REMAINING`. Valid as CPU_PC is. */
export const CPU_REMAINING = 0x1310;
/** i32: set by a leaf when CPU_PC holds the next pc (trap, xRET): the engine must fetch anew. */
export const CPU_REDIRECT = 0x1314;
/** i32: 0 user, 1 supervisor, 3 machine. */
export const CPU_PRIVILEGE = 0x1318;
/** i32: address of the TLB bank that loads and stores use now (privilege, SUM, MPRV decide). */
export const CPU_DATA_BANK = 0x131c;
/** i32: address of the TLB bank that fetches use now. */
export const CPU_FETCH_BANK = 0x1320;
/** i32: 1 when mstatus.FS is Dirty, so that floating-point instructions need no further check. */
export const CPU_FP_READY = 0x1324;
/** i32: frm (3 bits). */
export const CPU_FRM = 0x1328;
/** i32: fflags (5 bits: NV 16, DZ 8, OF 4, UF 2, NX 1). */
export const CPU_FFLAGS = 0x132c;
/** i64: physical address of the LR reservation, -1 when there is none. */
export const CPU_RESERVATION = 0x1330;
/** i32: 1 while WFI waits for an interrupt. */
export const CPU_WAITING = 0x1338;
/** i32: set by the bus (TypeScript) when a physical address answers to no device. */
export const CPU_BUS_ERROR = 0x133c;
/** i64: guest time (100 ns ticks) at instruction count CPU_TIME_COUNT; see TIME_SHIFT. */
export const CPU_TIME_BASE = 0x1340;
/** i64: the instruction count at which CPU_TIME_BASE was right. */
export const CPU_TIME_COUNT = 0x1348;
/** i64: machine timer compare (CLINT mtimecmp). */
export const CPU_MTIMECMP = 0x1350;
/** i32: interrupt lines driven by devices, in mip's bit positions (MSIP 3, SEIP 9, MEIP 11). */
export const CPU_IRQ_LINES = 0x1358;
/** i32: guest RAM size in bytes (unsigned). */
export const CPU_RAM_BYTES = 0x135c;
/** i32: the decode slot to look at first when none is free and one must be evicted. */
export const DECODE_OLDEST = 0x1360;
/** i32: how many entries of SLOT_FREE are valid. */
export const DECODE_FREE_COUNT = 0x1364;
/**
 * Two i32, for the lower and the upper half of the address space: 1 when a granule of a superpage
 * entered a U or S bank since these were last flushed whole.
 */
export const TLB_SUPERPAGES = 0x1368;
/** i32: offset in LONE_RECORDS of the one record that is not the sentinel. */
export const LONE_OFFSET = 0x1370;
/** i32: the physical page number (relative to RAM) that LONE_RECORDS stand for. */
export const LONE_PAGE = 0x1398;
/** i32: active entries of PMP_RANGES. */
export const PMP_COUNT = 0x1374;
/** i64: mip as software reads it: lines, timers and the writable bits. */
export const CPU_MIP = 0x1378;
/** i64: traps taken (synchronous), for statistics. */
export const STAT_EXCEPTIONS = 0x1380;
/** i64: interrupts taken, for statistics. */
export const STAT_INTERRUPTS = 0x1388;
/** i64: decoded pages dropped because of stores or eviction, for statistics. */
export const STAT_DECODED_DROPS = 0x1390;
/** i32: set by region_load: 1 when it trapped or ended the slice, and the region must return. */
export const REGION_LEAVE = 0x139c;
/** i64: address of the page of the entry of the region that runs. */
export const REGION_BASE = 0x13c0;
/**
 * Fields of what region_load and region_store are told of their instruction, besides the load's kind:
 * its length, the instructions of its block that follow it, and for loads the register's cell (8 bytes
 * each, from X_REGISTERS), and whether a float is to be NaN-boxed.
 */
export const REGION_LENGTH_SHIFT = 3;
export const REGION_FOLLOWING_SHIFT = 6;
export const REGION_CELL_SHIFT = 13;
export const REGION_BOXED = 0x100000;
/** i64 each: times that a region was run, and instructions executed in regions, for statistics. */
export const STAT_REGION_RUNS = 0x13b0;
export const STAT_REGION_INSTRUCTIONS = 0x13b8;

/** i64 each: physical addresses from LOW up to (not with) HIGH that PMP opens to every mode for everything. */
export const PMP_OPEN_LOW = 0x13a0;
export const PMP_OPEN_HIGH = 0x13a8;
/**
 * One bit per TLB entry, 32 bytes per array, arrays in address order: set when the entry was filled
 * since the array was last flushed. A flush then costs what is in the array, not its size.
 */
export const TLB_FILLED = 0x1400;
/** Up to 16 active PMP entries in order of priority, 32 bytes each: {u64 low, u64 high (exclusive), u32 cfg}. */
export const PMP_RANGES = 0x1600;

// ---- capture: cells shared by two threads, each side's own on cache lines of their own --------------

/** i32: address of the dirty map that writes mark now: DIRTY_MAP or DIRTY_MAP_2. */
export const DIRTY_CURRENT = 0x1800;
/** i32: address of the map whose pages are being copied, 0 while no capture is under way. */
export const CAPTURE_MAP = 0x1804;
/** i32: slots of COW_RING filled since the machine was made (wraps). The machine's thread writes it. */
export const COW_HEAD = 0x1808;
/** i32: 1 while the machine's thread waits for COW_BELL. */
export const COW_WAITING = 0x180c;
/** i64: pages that the guest's writes had to copy, for statistics. */
export const STAT_COW_PAGES = 0x1810;
/** i64: times that the guest had to wait for the copier, for statistics. */
export const STAT_COW_WAITS = 0x1818;
/** i32: slots of COW_RING emptied. The copier's thread writes it. */
export const COW_TAIL = 0x1840;
/** i32: counts the copier's reasons for a waiting guest to look again. */
export const COW_BELL = 0x1844;
/** i32: CAPTURE_FREE, or who is changing the maps. */
export const CAPTURE_LOCK = 0x1880;
export const CAPTURE_FREE = 0;
export const CAPTURE_BEGINS = 1;
export const CAPTURE_MARKS = 2;

/** Bytes of the map at CAPTURE_MAP. Whoever turns PENDING into COPYING copies the page. */
export const CAPTURED_NOT = 0;
export const CAPTURED_PENDING = 1;
export const CAPTURED_COPYING = 2;
export const CAPTURED_COPIED = 3;

/**
 * Between two time inputs guest time advances by one 100 ns tick every 2^TIME_SHIFT instructions:
 * slower than any engine we have, so the next input always moves it forward (R6, R10).
 */
export const TIME_SHIFT = 8;

/** CSR storage, 8 bytes a slot; the slots are assigned by `cpu/csr-table.ts`. */
export const CSR_SLOTS = 0x2000;

// ---- tables ----------------------------------------------------------------------------------

/** 4096 CSR descriptors of 32 bytes (filled from `cpu/csr-table.ts`). */
export const CSR_DESCRIPTORS = 0x10000;

/** Four TLB banks: 0 user, 1 supervisor, 2 supervisor with SUM, 3 machine. */
export const TLB_BANKS = 0x30000;
export const TLB_BANK_BYTES = 0x3000;
/**
 * Inside a bank: three direct-mapped arrays of TLB_ENTRIES entries {i64 tag, i32 addend, i32 origin}.
 * The engines read the first two only; origin is the host address of the page, with the level of the
 * page-table leaf (0 = 4 KiB) in its low bits.
 */
export const TLB_READ = 0x0000;
export const TLB_WRITE = 0x1000;
/** In the fetch array the i32 after the tag is the address of the page's record 0. */
export const TLB_FETCH = 0x2000;
export const TLB_ENTRIES = 256;
/** log2 of the entry size, and the mask that turns `va >>> (12 - 4)` into a byte offset. */
export const TLB_ENTRY_SHIFT = 4;
export const TLB_OFFSET_MASK = 0xff0;
/** tag = va & ~0xfff (all 64 bits); an empty entry holds -1, which no masked address equals. */

/** AssemblyScript's static data starts here. */
export const LEAF_STATICS = 0x40000;

/** i32 per decode slot: the physical page number (relative to RAM) it holds, -1 when free. */
export const SLOT_PAGES = 0x80000;
/** i32 per decode slot: stores into its page since it was filled. */
export const SLOT_STORES = 0x82000;
/** Stack of the free slots' numbers (i32 each); DECODE_FREE_COUNT is its height. */
export const SLOT_FREE = 0x84000;
/** One byte per decode slot: 1 = fetched again since eviction last looked at it. */
export const SLOT_USED = 0x86000;
/**
 * One byte per decode slot, a bit per GRANULE_BYTES of it: 1 = may hold records; where it is 0, all is zero.
 * Whoever decodes into a granule sets it. So a slot takes host memory, and is cleared for its next page,
 * only where something was decoded: of most pages that is less than half.
 */
export const SLOT_TOUCHED = 0x87000;
/** A host page: 256 records, those of 512 bytes of code. */
export const GRANULE_BYTES = 4096;
/**
 * Instructions that cross a page, decoded: CROSSING_SLOTS times a record, room for one, and a sentinel; the
 * instruction's 32 bits are at CROSSING_BITS of a slot, 0 where there is none. Which slot follows from the decode
 * slot of the page that the instruction begins in.
 */
export const CROSSING_RECORDS = 0x88000;
export const CROSSING_SLOTS = 256;
export const CROSSING_SLOT_SHIFT = 6;
export const CROSSING_BITS = 48;
/** A record for the instruction that a translation's entry has hidden, and the sentinel behind it. */
export const UNDER_RECORDS = 0x8c000;

/** One byte per translation: 1 = entered since eviction last looked at it. */
export const TRANSLATION_USED = 0x8d000;

/**
 * Records (one slot's worth) for a page whose parts PMP treats differently: all are the sentinel but
 * the one at the pc last fetched, so that every instruction is checked.
 */
export const LONE_RECORDS = 0x90000;

/** Bytes that TypeScript lays down to have them hashed. */
export const HASH_SCRATCH = 0xa0000;
export const HASH_SCRATCH_BYTES = 0x10000;

/** i32 per slot of COW_RING: the number of the page that it holds. */
export const COW_PAGES = 0xb0000;

/**
 * Two maps with one byte per RAM page. The one that DIRTY_CURRENT names has 1 for each page written since
 * the last capture (R1); the other one is zero, or belongs to the capture that is being copied.
 */
export const DIRTY_MAP = 0x100000;
export const DIRTY_MAP_2 = 0x180000;
/** i32 per RAM page: address of its record 0, 0 when the page has no decoded records. */
export const PAGE_RECORDS = 0x200000;

/** Records: 16 bytes {u16 handler, u16 rd*8, u16 rs1*8, u16 rs2*8, i64 imm}, one per halfword. */
export const DECODED = 0x400000;
export const RECORD_BYTES = 16;
/** 2048 halfwords and the sentinel. */
export const DECODE_SLOT_BYTES = 32784;
/**
 * At most 32 MB. A session of boot, python, sqlite and redis fetches from some 1800 pages, but not from all at a time:
 * with 2048 slots it takes as long, with 512 a sixth longer. A boot loses 2,700 pages' records instead of 560.
 */
export const DECODE_SLOTS = 1024;

/** i32 counters of jumps to hot places, by record address (a hash); see `cpu/interpreter`. */
export const HOT_COUNTERS = 0x4410000;
export const HOT_COUNTER_MASK = 0x3fffc;
/** One byte per RAM page: 1 = some translated region contains code of it. */
export const TRANSLATED_PAGES = 0x4480000;

/**
 * One byte per RAM page: 1 = captured at least once since RAM held the baseline (the guest's snapshot, or
 * zeros). The copier and the applier keep it; the machine does not look at it.
 */
export const WRITTEN_MAP = 0x4500000;

/** Copies of captured pages that the guest wrote to before the copier came to them; 4 KiB a slot. */
export const COW_RING = 0x5000000;
export const COW_SLOTS = 4096;

/** Guest RAM; physical address RAM_PHYSICAL. */
export const RAM = 0x6000000;
export const RAM_PHYSICAL = 0x80000000;
/** The largest guest RAM: host addresses then stay below 2 GiB. */
export const RAM_MAX_BYTES = 0x7a000000;

/** Handlers with fixed numbers: a zeroed record decodes itself; the sentinel leaves the page. */
export const HANDLER_DECODE = 0;
export const HANDLER_PAGE_END = 1;
