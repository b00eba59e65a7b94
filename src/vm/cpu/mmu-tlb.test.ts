import { describe, expect, it } from 'vitest';
import { CPU_FETCH_BANK, TLB_BANKS, TLB_BANK_BYTES } from '../layout.ts';
import { M, PTE, S, TestHart, U, dataBank, isCached, ram, unsigned } from './testing/test-hart.ts';

const { R, W, X, A, D } = PTE;
const ALL = R | W | X | A | D;
const VA = 0x40_0000n;
const KERNEL = unsigned(-0x20_0000n << 12n);
const SUM = 1n << 18n;

const bankAddress = (index: number): number => TLB_BANKS + index * TLB_BANK_BYTES;

function touch(hart: TestHart, va: bigint): void {
  hart.leaves.load_slow(va, 3);
  hart.leaves.store_slow(va, 1n, 3);
  hart.leaves.fetch_slow(va);
}

const cachedArrays = (hart: TestHart, bank: 0 | 1 | 2 | 3, va: bigint): string[] =>
  (['read', 'write', 'fetch'] as const).filter((array) => isCached(hart, bank, array, va));

describe('TLB banks', () => {
  it('are chosen by privilege, SUM and MPRV', () => {
    const hart = new TestHart();
    const banks = (): number[] => [dataBank(hart), hart.i32(CPU_FETCH_BANK)];
    const expectBanks = (data: number, fetch: number): void => {
      expect(banks()).toEqual([bankAddress(data), bankAddress(fetch)]);
    };
    expectBanks(3, 3);
    hart.enter(S);
    expectBanks(1, 1);
    hart.access('sstatus', 'set', SUM);
    expectBanks(2, 1);
    hart.enter(U);
    expectBanks(0, 0);
    hart.enter(M);
    expectBanks(3, 3);
    hart.write('mstatus', (1n << 17n) | (1n << 11n));
    expectBanks(1, 3);
    hart.access('mstatus', 'set', SUM);
    expectBanks(2, 3);
    hart.access('mstatus', 'clear', 3n << 11n);
    expectBanks(0, 3);
    hart.access('mstatus', 'set', 3n << 11n);
    expectBanks(3, 3);
  });

  it('hold what was accessed and no more', () => {
    const hart = new TestHart();
    for (let page = 0n; page < 8n; page++) hart.map(VA + (page << 12n), ram(page << 12n), ALL);
    hart.translate().enter(S);
    hart.leaves.load_slow(VA, 0);
    hart.leaves.store_slow(VA + 0x1000n, 0n, 0);
    hart.leaves.fetch_slow(VA + 0x2000n);
    expect(cachedArrays(hart, 1, VA)).toEqual(['read']);
    expect(cachedArrays(hart, 1, VA + 0x1000n)).toEqual(['read', 'write']);
    expect(cachedArrays(hart, 1, VA + 0x2000n)).toEqual(['fetch']);
    for (const bank of [0, 2, 3] as const) expect(cachedArrays(hart, bank, VA)).toEqual([]);
  });

  it('start empty, even for addresses that a zeroed entry would match', () => {
    const hart = new TestHart();
    for (const bank of [0, 1, 2, 3] as const) expect(cachedArrays(hart, bank, 0n)).toEqual([]);
    hart.mmio = () => undefined;
    hart.leaves.load_slow(0n, 3);
    expect(hart.trap()).toMatchObject({ cause: 5n });
  });

  it('replace an older page of the same index', () => {
    const hart = new TestHart();
    hart.map(VA, ram(0x1000), ALL);
    hart.map(VA + 0x10_0000n, ram(0x2000), ALL);
    hart.translate().enter(S);
    hart.poke(ram(0x1000), 1n);
    hart.poke(ram(0x2000), 2n);
    for (let i = 0; i < 2; i++) {
      expect(hart.leaves.load_slow(VA, 3)).toBe(1n);
      expect(hart.leaves.load_slow(VA + 0x10_0000n, 3)).toBe(2n);
    }
    hart.leaves.flush_tlb();
    expect(cachedArrays(hart, 1, VA + 0x10_0000n)).toEqual([]);
  });
});

/** All of `pages` touched in U, S and S with SUM where that is permitted, and in M. */
function warmed(): TestHart {
  const hart = new TestHart();
  hart.map(VA, ram(0x1000), ALL | PTE.U);
  hart.map(VA + 0x1000n, ram(0x2000), ALL);
  hart.map(KERNEL, ram(0x3000), ALL);
  hart.translate();
  // A fetched page takes no part in WRITE arrays, so code and data are different addresses.
  const data = (va: bigint): void => {
    hart.leaves.load_slow(va, 3);
    hart.leaves.store_slow(va, 1n, 3);
  };
  data(ram(0x5000));
  hart.enter(U);
  data(VA);
  hart.enter(S);
  data(VA + 0x1000n);
  data(KERNEL);
  hart.access('sstatus', 'set', SUM);
  data(VA);
  data(KERNEL);
  expect(hart.trap()).toBeUndefined();
  return hart;
}

describe('flushes', () => {
  it('of a new satp empty all banks but M', () => {
    const hart = warmed();
    hart.write('satp', hart.read('satp'));
    expect(isCached(hart, 0, 'write', VA)).toBe(true);
    expect(isCached(hart, 1, 'read', KERNEL)).toBe(true);
    hart.write('satp', hart.read('satp') + 1n);
    for (const bank of [0, 1, 2] as const) {
      for (const va of [VA, VA + 0x1000n, KERNEL]) expect(cachedArrays(hart, bank, va)).toEqual([]);
    }
    expect(isCached(hart, 3, 'write', ram(0x5000))).toBe(true);
  });

  it('of sfence.vma without an address do the same, and fetch the next instruction anew', () => {
    const hart = warmed();
    hart.pc = KERNEL;
    hart.leaves.sfence_vma(0n, 0);
    for (const bank of [0, 1, 2] as const) {
      for (const va of [VA, VA + 0x1000n, KERNEL]) expect(cachedArrays(hart, bank, va)).toEqual([]);
    }
    expect(isCached(hart, 3, 'write', ram(0x5000))).toBe(true);
    expect([hart.mode, hart.pc]).toEqual([S, KERNEL + 4n]);
  });

  it('of sfence.vma with an address keep everything else', () => {
    const hart = warmed();
    hart.leaves.sfence_vma(VA + 0x123n, 1);
    expect(cachedArrays(hart, 0, VA)).toEqual([]);
    expect(cachedArrays(hart, 2, VA)).toEqual([]);
    expect(cachedArrays(hart, 1, VA + 0x1000n)).toEqual(['read', 'write']);
    expect(cachedArrays(hart, 1, KERNEL)).toEqual(['read', 'write']);
    hart.leaves.sfence_vma(KERNEL, 1);
    expect(cachedArrays(hart, 1, KERNEL)).toEqual([]);
    expect(cachedArrays(hart, 1, VA + 0x1000n)).toEqual(['read', 'write']);
  });

  it.each([
    ['2 MiB', 1, 0x8000_0000n],
    ['1 GiB', 2, 0x8000_0000n],
  ])('of sfence.vma with an address empty a whole superpage of %s', (_, level, pa) => {
    const hart = new TestHart();
    const big = 0x40_0000_0000n >> 1n;
    hart.map(big, pa, ALL, level);
    hart.map(VA, ram(0x1000), ALL);
    hart.translate().enter(S);
    const granules = [0n, 0x1000n, 0x7_f000n].map((offset) => big + offset);
    for (const va of [...granules, VA]) touch(hart, va);
    hart.map(big, pa, R | X | A | D, level);
    hart.leaves.sfence_vma(big + 0x3_4567n, 1);
    for (const va of granules) expect(cachedArrays(hart, 1, va)).toEqual([]);
    expect(cachedArrays(hart, 1, VA)).toEqual(['read', 'fetch']);
    expect(hart.pc).not.toBe(0n);
    hart.trap();
    hart.leaves.store_slow(granules[1] ?? 0n, 0n, 3);
    expect(hart.trap()).toMatchObject({ cause: 15n });
  });

  it('are not the user’s to ask for', () => {
    const hart = warmed();
    hart.enter(U);
    hart.leaves.sfence_vma(VA, 1);
    expect(hart.trap()).toMatchObject({ cause: 2n });
    expect(cachedArrays(hart, 0, VA)).toEqual(['read', 'write']);
  });

  it('of MXR empty the translated READ arrays only', () => {
    const hart = warmed();
    hart.access('sstatus', 'set', 1n << 19n);
    expect(cachedArrays(hart, 0, VA)).toEqual(['write']);
    expect(cachedArrays(hart, 2, KERNEL)).toEqual(['write']);
    expect(cachedArrays(hart, 3, ram(0x5000))).toEqual(['read', 'write']);
  });

  it('of writes make the next store mark its page again', () => {
    const hart = warmed();
    hart.clean();
    expect(cachedArrays(hart, 0, VA)).toEqual(['read']);
    expect(cachedArrays(hart, 3, ram(0x5000))).toEqual(['read']);
    hart.enter(U);
    hart.leaves.store_slow(VA, 2n, 3);
    expect(hart.dirty()).toEqual([1]);
    expect(cachedArrays(hart, 0, VA)).toEqual(['read', 'write']);
  });
});
