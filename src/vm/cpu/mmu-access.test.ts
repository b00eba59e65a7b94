import { describe, expect, it } from 'vitest';
import { CPU_BUS_ERROR, CPU_RESERVATION, RAM } from '../layout.ts';
import { M, PTE, S, TestHart, ram, unsigned } from './testing/test-hart.ts';

const { R, W, X, A, D } = PTE;
const VA = 0x40_0000n;
const UART = 0x1000_0000n;
const WORD = 0x8877_6655_4433_2211n;
const OTHER = 0x00ff_eedd_ccbb_aa99n;

/** Two pages that follow each other virtually, and not physically. */
function twoPages(first = R | W | A | D, second = R | W | A | D): TestHart {
  const hart = new TestHart();
  hart.map(VA, ram(0x5000), first);
  hart.map(VA + 0x1000n, ram(0x3000), second);
  return hart.translate().enter(S);
}

describe('loads', () => {
  it.each([
    [0, -0x80n],
    [1, -0x7f80n],
    [2, -0x7e7f_7f80n],
    [3, -0x7c7d_7e7f_7e7f_7f80n],
    [4, 0x80n],
    [5, 0x8080n],
    [6, 0x8180_8080n],
  ])('of kind %i extend', (kind, expected) => {
    const hart = new TestHart();
    hart.poke(ram(0x1000), 0x8382_8180_8180_8080n);
    expect(hart.leaves.load_slow(ram(0x1000), kind)).toBe(expected);
  });

  it('may be misaligned within a page, whether the TLB knows the page or not', () => {
    const hart = twoPages();
    hart.poke(ram(0x5010), WORD);
    hart.poke(ram(0x5018), OTHER);
    for (let offset = 0n; offset < 8n; offset++) {
      const both = (OTHER << 64n) | WORD;
      const expected = BigInt.asIntN(64, both >> (8n * offset));
      hart.leaves.flush_tlb();
      expect(hart.leaves.load_slow(VA + 0x10n + offset, 3)).toBe(expected);
      expect(hart.leaves.load_slow(VA + 0x10n + offset, 3)).toBe(expected);
      expect(hart.leaves.load_slow(VA + 0x10n + offset, 5)).toBe(BigInt.asUintN(16, expected));
    }
    expect(hart.trap()).toBeUndefined();
  });

  it('may cross into another page', () => {
    const hart = twoPages();
    hart.poke(ram(0x5ff8), WORD);
    hart.poke(ram(0x3000), OTHER);
    const both = (OTHER << 64n) | WORD;
    for (const [size, kind] of [
      [2n, 1],
      [4n, 2],
      [8n, 3],
    ] as const) {
      for (let head = 1n; head < size; head++) {
        const raw = both >> (8n * (8n - head));
        const va = VA + 0x1000n - head;
        expect(hart.leaves.load_slow(va, kind)).toBe(BigInt.asIntN(Number(8n * size), raw));
        if (kind === 3) continue;
        expect(hart.leaves.load_slow(va, kind | 4)).toBe(BigInt.asUintN(Number(8n * size), raw));
      }
    }
    expect(hart.trap()).toBeUndefined();
  });

  it('report the page at fault when they cross', () => {
    const missingSecond = twoPages(R | A, 0n);
    missingSecond.leaves.load_slow(VA + 0xffen, 3);
    expect(missingSecond.trap()).toMatchObject({ cause: 13n, tval: VA + 0x1000n });
    const missingFirst = twoPages(X | A, 0n);
    missingFirst.leaves.load_slow(VA + 0xffen, 3);
    expect(missingFirst.trap()).toMatchObject({ cause: 13n, tval: VA + 0xffen });
  });
});

describe('stores', () => {
  it('of every size change their bytes only', () => {
    const hart = new TestHart();
    for (const log2size of [0, 1, 2, 3]) {
      for (const at of [0x1000n, 0x1001n, 0x1003n, 0x1ffcn, 0x1fffn]) {
        hart.poke(ram(at & ~7n), WORD);
        hart.poke(ram((at & ~7n) + 8n), OTHER);
        const before = (OTHER << 64n) | WORD;
        const shift = 8n * (at & 7n);
        const mask = ((1n << BigInt(8 << log2size)) - 1n) << shift;
        const value = 0x1234_5678_9abc_def0n;
        hart.leaves.store_slow(ram(at), value, log2size);
        const after = (hart.peek(ram((at & ~7n) + 8n)) << 64n) | hart.peek(ram(at & ~7n));
        expect(after).toBe((before & ~mask) | ((value << shift) & mask));
      }
    }
    expect(hart.trap()).toBeUndefined();
    expect(hart.dirty()).toEqual([1, 2]);
  });

  it('that cross mark both pages', () => {
    const hart = twoPages();
    hart.leaves.store_slow(VA + 0xffdn, BigInt.asIntN(64, WORD), 3);
    expect(hart.peek(ram(0x5ff8)) >> 40n).toBe(0x33_2211n);
    expect(hart.peek(ram(0x3000))).toBe(0x88_7766_5544n);
    expect(hart.dirty()).toEqual([3, 5]);
  });

  it('that cross into a fault leave everything as it was', () => {
    for (const [first, second, tval] of [
      [R | W, R, VA + 0x1000n],
      [R, R | W, VA + 0xffdn],
    ] as const) {
      const hart = twoPages(first, second);
      hart.poke(ram(0x5ff8), WORD);
      hart.poke(ram(0x3000), OTHER);
      hart.leaves.store_slow(VA + 0xffdn, 0n, 3);
      expect(hart.trap()).toMatchObject({ cause: 15n, tval });
      expect([hart.peek(ram(0x5ff8)), hart.peek(ram(0x3000))]).toEqual([WORD, OTHER]);
      expect(hart.peek(hart.entry(VA)) & (A | D)).toBe(0n);
      expect(hart.peek(hart.entry(VA + 0x1000n)) & (A | D)).toBe(0n);
      expect(hart.dirty()).toEqual([]);
    }
  });

  it('that run off the end of RAM fault', () => {
    const hart = new TestHart();
    hart.mmio = () => undefined;
    const end = ram(0x10_0000);
    hart.leaves.store_slow(end - 4n, 0n, 3);
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: end });
    expect(hart.accesses).toEqual([]);
    hart.leaves.store_slow(end - 8n, 1n, 3);
    expect(hart.trap()).toBeUndefined();
    hart.leaves.store_slow(end, 0n, 3);
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: end });
  });
});

describe('devices', () => {
  it('are read and written with the size of the access; 8 bytes are two halves', () => {
    const hart = new TestHart();
    hart.mmio = (physical) => (physical & 4 ? -0x7fff_fff0 : 0x90);
    expect(hart.leaves.load_slow(UART, 0)).toBe(-0x70n);
    expect(hart.leaves.load_slow(UART, 4)).toBe(0x90n);
    expect(hart.leaves.load_slow(UART + 4n, 2)).toBe(-0x7fff_fff0n);
    expect(hart.leaves.load_slow(UART + 4n, 6)).toBe(0x8000_0010n);
    expect(unsigned(hart.leaves.load_slow(UART, 3))).toBe(0x8000_0010_0000_0090n);
    hart.leaves.store_slow(UART + 1n, 0x1234n, 0);
    hart.leaves.store_slow(0xf000_0000n, 0x1122_3344_5566_7788n, 3);
    expect(hart.trap()).toBeUndefined();
    expect(hart.accesses).toEqual([
      'read 0x10000000/1',
      'read 0x10000000/1',
      'read 0x10000004/4',
      'read 0x10000004/4',
      'read 0x10000000/4',
      'read 0x10000004/4',
      'write 0x10000001/1 = 0x1234',
      'write 0xf0000000/4 = 0x55667788',
      'write 0xf0000004/4 = 0x11223344',
    ]);
  });

  it('never enter the TLB, and do not answer misaligned accesses', () => {
    const hart = new TestHart();
    for (let i = 0; i < 2; i++) hart.leaves.load_slow(UART, 2);
    expect(hart.accesses.length).toBe(2);
    hart.leaves.load_slow(UART + 2n, 2);
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: UART + 2n });
    hart.leaves.store_slow(UART + 0xfffn, 0n, 1);
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: UART + 0xfffn });
    expect(hart.accesses.length).toBe(2);
  });

  it('that do not exist are access faults', () => {
    const hart = new TestHart();
    hart.mmio = () => undefined;
    hart.leaves.load_slow(UART, 3);
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: UART });
    hart.leaves.store_slow(UART, 0n, 3);
    expect(hart.trap()).toMatchObject({ cause: 7n, tval: UART });
    // The second half of a failed access is not tried, and the error does not stick.
    expect(hart.accesses).toEqual(['read 0x10000000/4', 'write 0x10000000/4 = 0x0']);
    expect(hart.i32(CPU_BUS_ERROR)).toBe(0);
    hart.leaves.fetch_slow(UART);
    expect(hart.trap()).toMatchObject({ cause: 1n, tval: UART });
  });

  it('can be mapped', () => {
    const hart = new TestHart();
    hart.map(VA, UART, R | W | A | D);
    hart.translate().enter(S);
    hart.leaves.store_slow(VA + 3n, 0x41n, 0);
    expect(hart.accesses).toEqual(['write 0x10000003/1 = 0x41']);
  });
});

describe('atomics', () => {
  it('get a host address, aligned and marked as written', () => {
    const hart = twoPages();
    expect(hart.leaves.amo_address(VA + 8n, 3)).toBe(RAM + 0x5008);
    expect(hart.leaves.amo_address(VA + 0x100cn, 2)).toBe(RAM + 0x300c);
    expect(hart.dirty()).toEqual([3, 5]);
  });

  it.each([
    ['AMO', 6n, 7n, 15n, (hart: TestHart, va: bigint) => hart.leaves.amo_address(va, 2)],
    ['LR', 4n, 5n, 13n, (hart: TestHart, va: bigint) => hart.leaves.load_reserved(va, 2)],
    ['SC', 6n, 7n, 15n, (hart: TestHart, va: bigint) => hart.leaves.store_conditional(va, 0n, 2)],
  ])('%s faults where it must', (_, misaligned, accessFault, pageFault, run) => {
    const hart = new TestHart();
    hart.map(VA, UART, R | W | A | D);
    hart.map(VA + 0x1000n, ram(0x3000), X | A);
    hart.translate().enter(S);
    for (const [va, cause] of [
      [VA + 2n, misaligned],
      [VA, accessFault],
      [VA + 0x1000n, pageFault],
    ] as const) {
      hart.setU64(CPU_RESERVATION, 0n);
      run(hart, va);
      expect(hart.trap()).toMatchObject({ cause, tval: va });
      hart.enter(S);
    }
    expect(hart.accesses).toEqual([]);
  });

  it('SC stores once behind an LR of the same address', () => {
    const hart = twoPages();
    const { leaves } = hart;
    hart.poke(ram(0x5010), 0x8000_0001n);
    expect(leaves.load_reserved(VA + 0x10n, 2)).toBe(-0x7fff_ffffn);
    expect(hart.u64(CPU_RESERVATION)).toBe(ram(0x5010));
    expect(leaves.store_conditional(VA + 0x10n, 7n, 2)).toBe(0n);
    expect(hart.peek(ram(0x5010))).toBe(7n);
    expect(leaves.store_conditional(VA + 0x10n, 8n, 2)).toBe(1n);
    leaves.load_reserved(VA + 0x10n, 3);
    expect(leaves.store_conditional(VA + 0x18n, 9n, 3)).toBe(1n);
    expect(leaves.store_conditional(VA + 0x10n, 9n, 3)).toBe(1n);
    expect(hart.peek(ram(0x5010))).toBe(7n);
    expect(hart.trap()).toBeUndefined();
  });

  it('SC without a reservation does not make its page dirty', () => {
    const hart = twoPages();
    expect(hart.leaves.store_conditional(VA, 1n, 3)).toBe(1n);
    expect(hart.dirty()).toEqual([]);
  });

  it('reserve physical addresses, which other masters take away', () => {
    const hart = twoPages();
    const { leaves } = hart;
    leaves.load_reserved(VA + 0x10n, 3);
    leaves.dma_written(Number(ram(0x5000)) | 0, 0x10);
    expect(leaves.store_conditional(VA + 0x10n, 1n, 3)).toBe(0n);
    leaves.load_reserved(VA + 0x10n, 3);
    leaves.dma_written(Number(ram(0x5017)) | 0, 1);
    expect(leaves.store_conditional(VA + 0x10n, 1n, 3)).toBe(1n);
    expect(hart.enter(M).mode).toBe(M);
  });
});
