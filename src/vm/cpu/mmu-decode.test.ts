import { beforeEach, describe, expect, it } from 'vitest';
import {
  CPU_REDIRECT,
  DECODED,
  DECODE_FREE_COUNT,
  DECODE_SLOTS,
  DECODE_SLOT_BYTES,
  GRANULE_BYTES,
  HANDLER_DECODE,
  HANDLER_PAGE_END,
  PAGE_RECORDS,
  RAM,
  RECORD_BYTES,
  SLOT_PAGES,
  SLOT_TOUCHED,
  STAT_DECODED_DROPS,
  TRANSLATED_PAGES,
} from '../layout.ts';
import { FIRST_TABLE_PAGE, PTE, S, TestHart, isCached, ram } from './testing/test-hart.ts';

const { R, W, X, A, D } = PTE;
const VA = 0x40_0000n;
const CODE = ram(0x2000);
const CODE_PAGE = 2;
/** Any handler of an ordinary instruction. */
const DECODED_HANDLER = 77;
const STORES_BEFORE_DROP = 64;
const ALL_TOUCHED = 0xff;

let hart: TestHart;
beforeEach(() => {
  hart = new TestHart();
});

/** Fetches a page and pretends that the engine has decoded all of it. */
function decodeAll(pc = CODE): number {
  const records = hart.leaves.fetch_slow(pc);
  for (let i = 0; i < 2048; i++)
    hart.view.setUint16(records + i * RECORD_BYTES, DECODED_HANDLER, true);
  hart.view.setUint8(SLOT_TOUCHED + (records - DECODED) / DECODE_SLOT_BYTES, ALL_TOUCHED);
  return records;
}

const handler = (records: number, index: number): number =>
  hart.view.getUint16(records + index * RECORD_BYTES, true);

/** Offsets in the page of the halfwords whose records are to be decoded anew. */
const spoiled = (records: number): number[] =>
  Array.from({ length: 2048 }, (_, i) => i)
    .filter((i) => handler(records, i) === HANDLER_DECODE)
    .map((i) => 2 * i);

const canWriteInline = (bank: 1 | 3, va: bigint): boolean => isCached(hart, bank, 'write', va);

describe('fetch_slow', () => {
  it('gives a page zeroed records with the sentinel behind them', () => {
    hart.view.setUint8(DECODED + 5 * RECORD_BYTES, 99);
    hart.view.setUint8(SLOT_TOUCHED, 1);
    const records = hart.leaves.fetch_slow(CODE + 6n);
    expect(records).toBe(DECODED);
    expect(spoiled(records).length).toBe(2048);
    expect(handler(records, 2048)).toBe(HANDLER_PAGE_END);
    expect(hart.i32(SLOT_PAGES)).toBe(CODE_PAGE);
    expect(hart.recordsOf(CODE_PAGE)).toBe(records);
  });

  it('clears of a slot what was decoded into it, and touches nothing else', () => {
    const records = decodeAll();
    hart.view.setUint8(SLOT_TOUCHED, 0b0010_0001);
    hart.leaves.dma_written(Number(CODE), 4096);
    expect(hart.leaves.fetch_slow(CODE)).toBe(records);
    const perGranule = GRANULE_BYTES / RECORD_BYTES;
    const cleared = Array.from({ length: 8 }, (_, i) => handler(records, i * perGranule + 7) === 0);
    expect(cleared).toEqual([true, false, false, false, false, true, false, false]);
    expect(hart.view.getUint8(SLOT_TOUCHED)).toBe(0);
  });

  it('gives one page one slot, whatever its address', () => {
    hart.map(VA, CODE, R | X | A);
    hart.map(VA + 0x1000n, CODE, R | X | A);
    const physical = decodeAll();
    hart.translate().enter(S);
    expect(hart.leaves.fetch_slow(VA)).toBe(physical);
    expect(hart.leaves.fetch_slow(VA + 0x1ffen)).toBe(physical);
    expect(handler(physical, 0)).toBe(DECODED_HANDLER);
  });

  it('takes the page out of every WRITE array', () => {
    hart.map(VA, CODE, R | W | X | A | D);
    hart.map(VA + 0x1000n, CODE, R | W | A | D);
    hart.leaves.store_slow(CODE, 0n, 3);
    hart.leaves.store_slow(CODE + 0x1000n, 0n, 3);
    hart.translate().enter(S);
    hart.leaves.store_slow(VA + 0x1000n, 0n, 3);
    expect(canWriteInline(3, CODE)).toBe(true);
    expect(canWriteInline(1, VA + 0x1000n)).toBe(true);
    hart.leaves.fetch_slow(VA);
    expect(canWriteInline(3, CODE)).toBe(false);
    expect(canWriteInline(1, VA + 0x1000n)).toBe(false);
    expect(canWriteInline(3, CODE + 0x1000n)).toBe(true);
  });

  /** Slots as if pages far outside this test's RAM held all but the first two. */
  function fillSlots(translated: 0 | 1): void {
    decodeAll(ram(0));
    decodeAll(ram(0x1000));
    for (let slot = 2; slot < DECODE_SLOTS; slot++) {
      hart.setI32(SLOT_PAGES + 4 * slot, 0x10000 + slot);
      hart.setI32(PAGE_RECORDS + 4 * (0x10000 + slot), DECODED + slot * DECODE_SLOT_BYTES);
      hart.view.setUint8(TRANSLATED_PAGES + 0x10000 + slot, translated);
    }
    hart.setI32(DECODE_FREE_COUNT, 0);
  }

  it('evicts one page after the other when the slots run out', () => {
    fillSlots(0);
    expect(hart.leaves.fetch_slow(CODE)).toBe(DECODED);
    expect(hart.recordsOf(0)).toBe(0);
    expect(hart.recordsOf(1)).not.toBe(0);
    expect(hart.leaves.fetch_slow(ram(0x3000))).toBe(DECODED + DECODE_SLOT_BYTES);
    expect(hart.recordsOf(1)).toBe(0);
    expect(hart.leaves.fetch_slow(ram(0x4000))).toBe(DECODED + 2 * DECODE_SLOT_BYTES);
    // Fetches of an evicted page are not answered by the TLB.
    expect(isCached(hart, 3, 'fetch', ram(0))).toBe(false);
  });

  it('gives a page that was fetched from again a second chance', () => {
    fillSlots(0);
    hart.leaves.fetch_slow(ram(0));
    expect(hart.leaves.fetch_slow(CODE)).toBe(DECODED + DECODE_SLOT_BYTES);
    expect([hart.recordsOf(0), hart.recordsOf(1)]).toEqual([DECODED, 0]);
  });

  it('evicts no page that code was translated from while there are others', () => {
    fillSlots(1);
    hart.view.setUint8(TRANSLATED_PAGES, 1);
    expect(hart.leaves.fetch_slow(CODE)).toBe(DECODED + DECODE_SLOT_BYTES);
    expect([hart.recordsOf(0), hart.recordsOf(1)]).toEqual([DECODED, 0]);
    expect(hart.stale).toEqual([]);
  });

  it('leaves the slice alone even when it evicts a translated page', () => {
    fillSlots(1);
    hart.view.setUint8(TRANSLATED_PAGES, 1);
    hart.view.setUint8(TRANSLATED_PAGES + 1, 1);
    const count = hart.count();
    hart.leaves.fetch_slow(CODE);
    expect(hart.recordsOf(0)).toBe(0);
    expect(hart.stale).toEqual([0]);
    expect([hart.sliceEnded(), hart.count()]).toEqual([false, count]);
  });

  it('leaves the slice alone even when setting A drops records', () => {
    const entry = hart.map(VA, CODE, R | X);
    hart.leaves.fetch_slow(entry); // the page table is code
    hart.translate();
    for (let i = 0; i < STORES_BEFORE_DROP - 1; i++) hart.leaves.store_slow(entry + 0x800n, 0n, 3);
    hart.enter(S);
    hart.slice();
    hart.leaves.fetch_slow(VA);
    expect(hart.recordsOf(Number((entry - ram(0)) >> 12n))).toBe(0);
    expect(hart.sliceEnded()).toBe(false);
  });
});

describe('a store into a decoded page', () => {
  it.each([
    ['one byte', 0x104n, 0, [0xfe, 0x100, 0x102, 0x104]],
    ['an odd byte', 0x105n, 0, [0xfe, 0x100, 0x102, 0x104]],
    ['a halfword', 0x104n, 1, [0xfe, 0x100, 0x102, 0x104]],
    ['a misaligned halfword', 0x105n, 1, [0xfe, 0x100, 0x102, 0x104, 0x106]],
    ['8 bytes', 0x108n, 3, [0x102, 0x104, 0x106, 0x108, 0x10a, 0x10c, 0x10e]],
    ['the first bytes', 0x0n, 2, [0, 2]],
    ['the last bytes', 0xffcn, 2, [0xff6, 0xff8, 0xffa, 0xffc, 0xffe]],
  ])('of %s spoils the records it may change, and no others', (_, offset, log2size, expected) => {
    const records = decodeAll();
    hart.leaves.store_slow(CODE + offset, 0n, log2size);
    expect(spoiled(records)).toEqual(expected);
    expect(handler(records, 2048)).toBe(HANDLER_PAGE_END);
    expect(hart.dirty()).toEqual([CODE_PAGE]);
    expect(hart.sliceEnded()).toBe(false);
  });

  it('never lets the page into a WRITE array', () => {
    decodeAll();
    hart.leaves.store_slow(CODE, 0n, 3);
    expect(canWriteInline(3, CODE)).toBe(false);
    hart.leaves.amo_address(CODE, 3);
    expect(canWriteInline(3, CODE)).toBe(false);
  });

  it.each<[string, (hart: TestHart, at: bigint) => void]>([
    [
      'store_slow',
      ({ leaves }, at) => {
        leaves.store_slow(at, 0n, 3);
      },
    ],
    [
      'amo_address',
      ({ leaves }, at) => {
        leaves.amo_address(at, 3);
      },
    ],
    [
      'store_conditional',
      ({ leaves }, at) => {
        leaves.load_reserved(at, 3);
        leaves.store_conditional(at, 0n, 3);
      },
    ],
    [
      'dma_written',
      ({ leaves }, at) => {
        leaves.dma_written(Number(at) | 0, 8);
      },
    ],
  ])('by %s spoils and marks', (_, write) => {
    const records = decodeAll();
    write(hart, CODE + 0x10n);
    expect(spoiled(records)).toEqual([0xa, 0xc, 0xe, 0x10, 0x12, 0x14, 0x16]);
    expect(hart.dirty()).toEqual([CODE_PAGE]);
  });

  it('by the page walk spoils and marks', () => {
    const entry = hart.map(VA, CODE, R);
    const records = decodeAll(entry);
    hart.translate().enter(S);
    hart.leaves.load_slow(VA, 3);
    const offset = Number(entry & 0xfffn);
    expect(spoiled(records)).toContain(offset);
    expect(hart.dirty()).toEqual([Number((entry - ram(0)) >> 12n)]);
    expect(hart.dirty()[0]).toBeGreaterThanOrEqual(FIRST_TABLE_PAGE);
  });

  it('throws away what was translated from it, and ends the slice', () => {
    decodeAll();
    hart.view.setUint8(TRANSLATED_PAGES + CODE_PAGE, 1);
    const count = hart.count();
    hart.leaves.store_slow(CODE, 0n, 3);
    expect(hart.stale).toEqual([CODE_PAGE]);
    expect([hart.sliceEnded(), hart.count()]).toEqual([true, count]);
    hart.leaves.store_slow(CODE, 0n, 3);
    expect(hart.stale).toEqual([CODE_PAGE]);
  });

  it('that crosses into it spoils its beginning', () => {
    const records = decodeAll();
    hart.leaves.store_slow(CODE - 2n, 0n, 3);
    expect(spoiled(records)).toEqual([0, 2, 4]);
    expect(hart.dirty()).toEqual([CODE_PAGE - 1, CODE_PAGE]);
  });

  it(`makes it data again the ${STORES_BEFORE_DROP}th time, and the engine fetch anew`, () => {
    decodeAll();
    const drops = hart.u64(STAT_DECODED_DROPS);
    const free = hart.i32(DECODE_FREE_COUNT);
    for (let i = 1; i < STORES_BEFORE_DROP; i++) hart.leaves.store_slow(CODE, 0n, 0);
    expect(hart.recordsOf(CODE_PAGE)).not.toBe(0);
    expect(hart.sliceEnded()).toBe(false);
    const count = hart.count();
    hart.leaves.store_slow(CODE, 0n, 0);
    expect(hart.recordsOf(CODE_PAGE)).toBe(0);
    expect(hart.i32(SLOT_PAGES)).toBe(-1);
    expect(hart.i32(DECODE_FREE_COUNT)).toBe(free + 1);
    expect([hart.sliceEnded(), hart.count()]).toEqual([true, count]);
    expect(canWriteInline(3, CODE)).toBe(true);
    expect(hart.u64(STAT_DECODED_DROPS)).toBe(drops + 1n);
    // The next fetch starts over with a count of its own.
    const records = decodeAll();
    hart.leaves.store_slow(CODE, 0n, 0);
    expect(spoiled(records)).toEqual([0]);
  });
});

describe('dma_written', () => {
  it('marks every page of the range, and drops the pages it rewrites', () => {
    decodeAll();
    const kept = decodeAll(ram(0x4000));
    hart.slice();
    hart.leaves.dma_written(Number(ram(0x1ffe)) | 0, 0x2010);
    expect(hart.dirty()).toEqual([1, 2, 3, 4]);
    expect(hart.recordsOf(CODE_PAGE)).toBe(0);
    expect(spoiled(kept)).toEqual([0, 2, 4, 6, 8, 0xa, 0xc]);
    expect(hart.sliceEnded()).toBe(true);
  });

  it('of nothing does nothing', () => {
    hart.leaves.dma_written(Number(ram(0x1000)) | 0, 0);
    expect(hart.dirty()).toEqual([]);
  });

  it('refuses ranges outside RAM', () => {
    expect(() => {
      hart.leaves.dma_written(Number(ram(0xf_fff8)) | 0, 16);
    }).toThrow();
    expect(() => {
      hart.leaves.dma_written(0x1000, 16);
    }).toThrow();
  });
});

describe('flush_decoded', () => {
  it('frees every slot and clears the FETCH arrays', () => {
    for (let page = 0; page < 10; page++) decodeAll(ram(page << 12));
    hart.leaves.flush_decoded();
    for (let page = 0; page < 10; page++) expect(hart.recordsOf(page)).toBe(0);
    expect(hart.i32(DECODE_FREE_COUNT)).toBe(DECODE_SLOTS);
    expect(isCached(hart, 3, 'fetch', CODE)).toBe(false);
    expect(hart.leaves.fetch_slow(CODE)).toBe(DECODED);
  });
});

describe('fetch_halfword', () => {
  it('reads 16 bits, through the TLB or not', () => {
    hart.map(VA, CODE, R | X | A);
    hart.map(VA + 0x1000n, ram(0x5000), R | A);
    hart.poke(CODE, 0x1234_89abn);
    hart.translate().enter(S);
    expect(hart.leaves.fetch_halfword(VA)).toBe(0x89ab);
    hart.leaves.fetch_slow(VA);
    expect(hart.leaves.fetch_halfword(VA + 2n)).toBe(0x1234);
    expect(hart.i32(CPU_REDIRECT)).toBe(0);
    hart.pc = VA + 0xffen;
    expect(hart.leaves.fetch_halfword(VA + 0x1000n)).toBe(-1);
    expect(hart.trap()).toMatchObject({ cause: 12n, tval: VA + 0x1000n, epc: VA + 0xffen });
  });

  it('does not give the page records', () => {
    hart.leaves.fetch_halfword(CODE);
    expect(hart.recordsOf(CODE_PAGE)).toBe(0);
    expect(RAM).toBeGreaterThan(DECODED);
  });
});
