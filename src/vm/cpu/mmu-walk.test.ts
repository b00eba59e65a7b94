import { describe, expect, it } from 'vitest';
import { M, type Mode, PTE, S, SV39, TestHart, U, ram } from './testing/test-hart.ts';

const { V, R, W, X, A, D } = PTE;
const USER = PTE.U;
const VA = 0x40_0000n;
const PAGE_3 = ram(0x3000);
interface Access {
  readonly name: string;
  readonly accessFault: bigint;
  readonly pageFault: bigint;
  /** The permission of a page-table entry that it needs. */
  readonly bit: bigint;
}
const LOAD: Access = { name: 'load', accessFault: 5n, pageFault: 13n, bit: R };
const STORE: Access = { name: 'store', accessFault: 7n, pageFault: 15n, bit: W };
const FETCH: Access = { name: 'fetch', accessFault: 1n, pageFault: 12n, bit: X };
const ACCESSES = [LOAD, STORE, FETCH];

function perform(hart: TestHart, access: Access, va: bigint): void {
  if (access === LOAD) hart.leaves.load_slow(va, 3);
  else if (access === STORE) hart.leaves.store_slow(va, 0x77n, 3);
  else hart.leaves.fetch_slow(va);
}

/** A supervisor with one page mapped. */
function supervisor(flags: bigint, pa = PAGE_3, level = 0, va = VA): TestHart {
  const hart = new TestHart();
  hart.map(va, pa, flags, level);
  return hart.translate().enter(S);
}

describe('addresses', () => {
  it('are physical in M-mode and where satp is Bare', () => {
    const hart = new TestHart();
    hart.poke(ram(0x1238), 42n);
    for (const mode of [M, S, U] satisfies Mode[]) {
      hart.enter(mode);
      expect(hart.leaves.load_slow(ram(0x1238), 3)).toBe(42n);
      expect(hart.trap()).toBeUndefined();
    }
  });

  it.each([
    ['4 KiB', 0, PAGE_3, 0x3ff8n],
    ['2 MiB', 1, 0x8000_0000n, 0x1_2ff8n],
    ['1 GiB', 2, 0x8000_0000n, 0x1_2ff8n],
  ])('go through Sv39 leaves of %s', (_, level, pa, offset) => {
    const va = 0x40_4000_0000n - (1n << 39n); // in the upper half
    const target = level === 0 ? PAGE_3 + (offset & 0xfffn) : pa + offset;
    const hart = supervisor(R | W | A | D, pa, level, va);
    const address = va + (level === 0 ? offset & 0xfffn : offset);
    hart.poke(target, 0x1122_3344_5566_7788n);
    expect(hart.leaves.load_slow(BigInt.asIntN(64, address), 3)).toBe(0x1122_3344_5566_7788n);
    hart.leaves.store_slow(address, -2n, 2);
    expect(hart.peek(target)).toBe(0x1122_3344_ffff_fffen);
    expect(hart.trap()).toBeUndefined();
  });

  it.each(ACCESSES)('fault when they are not canonical ($name)', (access) => {
    // Each shares its lower 39 bits with a mapped address.
    const upper = (1n << 64n) - (1n << 38n);
    const lower = [39n, 40n, 63n].map((bit) => VA | (1n << bit));
    const aliases = [...lower, VA | (1n << 38n), upper ^ (1n << 39n), upper ^ (1n << 63n)];
    for (const va of aliases) {
      const hart = supervisor(R | W | X | A | D);
      hart.map(upper & ((1n << 39n) - 1n), PAGE_3, R | W | X | A | D);
      hart.map((VA | (1n << 38n)) & ((1n << 39n) - 1n), PAGE_3, R | W | X | A | D);
      hart.pc = 0x1000n;
      perform(hart, access, va);
      expect(hart.trap()).toEqual({ mode: M, cause: access.pageFault, tval: va, epc: 0x1000n });
    }
  });

  it.each(ACCESSES)('that physical memory cannot have are access faults ($name)', (access) => {
    // Mapped above 4 GiB, with the low 32 bits in RAM.
    const hart = supervisor(R | W | X | A | D, (1n << 40n) | PAGE_3);
    perform(hart, access, VA);
    expect(hart.trap()).toMatchObject({ cause: access.accessFault, tval: VA });
    for (const bare of [1n << 32n, 1n << 56n, (1n << 63n) | PAGE_3]) {
      const machine = new TestHart();
      perform(machine, access, bare);
      expect(machine.trap()).toMatchObject({ cause: access.accessFault, tval: bare });
    }
    expect(hart.accesses).toEqual([]);
  });
});

describe('page-table entries', () => {
  const bad: [string, bigint, number][] = [
    ['not valid', R | W | X | A | D, 0],
    ['writable but not readable', V | W | A | D, 0],
    ['writable and executable but not readable', V | W | X | A | D, 0],
    ['with N', V | R | W | X | A | D | (1n << 63n), 0],
    ['with PBMT', V | R | W | X | A | D | (1n << 61n), 0],
    ['with a reserved bit', V | R | W | X | A | D | (1n << 54n), 0],
    ['a pointer at the last level', V, 0],
    ['a pointer with A', V | A, 1],
    ['a pointer with D', V | D, 1],
    ['a pointer with U', V | USER, 1],
    ['a misaligned 2 MiB page', V | R | W | X | A | D, 1],
    ['a misaligned 1 GiB page', V | R | W | X | A | D, 2],
  ];
  it.each(bad)('that are bad fault: %s', (_, flags, level) => {
    for (const access of ACCESSES) {
      const hart = new TestHart();
      const at = hart.entry(VA, level);
      hart.poke(at, ((PAGE_3 >> 12n) << 10n) | flags);
      hart.translate().enter(S);
      perform(hart, access, VA);
      expect(hart.trap()).toMatchObject({ cause: access.pageFault, tval: VA });
      expect(hart.peek(at)).toBe(((PAGE_3 >> 12n) << 10n) | flags);
    }
  });

  it.each(ACCESSES)('outside RAM are access faults of the original access ($name)', (access) => {
    const hart = new TestHart();
    hart.poke(hart.entry(VA, 1), ((0x1000_0000n >> 12n) << 10n) | V);
    hart.translate().enter(S);
    perform(hart, access, VA);
    expect(hart.trap()).toMatchObject({ cause: access.accessFault, tval: VA });
    expect(hart.accesses).toEqual([]);
  });

  it('may have any software bits and G', () => {
    const hart = supervisor(R | A | PTE.G | (3n << 8n));
    hart.leaves.load_slow(VA, 3);
    expect(hart.trap()).toBeUndefined();
  });
});

describe('permission', () => {
  /** The manual's rules once more, in the plainest way. */
  function allowed(
    flags: bigint,
    access: Access,
    mode: Mode,
    { sum, mxr }: { sum: boolean; mxr: boolean },
  ): boolean {
    const isUserPage = (flags & USER) !== 0n;
    if (mode === U && !isUserPage) return false;
    if (mode === S && isUserPage && (access === FETCH || !sum)) return false;
    if (access === LOAD) return (flags & R) !== 0n || (mxr && (flags & X) !== 0n);
    return (flags & access.bit) !== 0n;
  }

  const FLAGS = [R, R | W, X, R | X, R | W | X].flatMap((f) => [f, f | USER]);
  const SETTINGS = [false, true].flatMap((sum) => [false, true].map((mxr) => ({ sum, mxr })));

  it.each(SETTINGS)('follows R, W, X and U with SUM $sum and MXR $mxr', (setting) => {
    const hart = new TestHart().translate();
    if (setting.sum) hart.access('mstatus', 'set', 1n << 18n);
    if (setting.mxr) hart.access('mstatus', 'set', 1n << 19n);
    for (const flags of FLAGS) {
      hart.map(VA, PAGE_3, flags | A | D);
      for (const mode of [U, S] as const) {
        for (const access of ACCESSES) {
          hart.leaves.flush_tlb();
          hart.enter(mode);
          perform(hart, access, VA);
          const expected = allowed(flags, access, mode, setting) ? undefined : access.pageFault;
          expect([flags, mode, access.name, hart.cause(mode)]).toEqual([
            flags,
            mode,
            access.name,
            expected,
          ]);
        }
      }
    }
  });

  it('does not change when SUM or MXR is toggled behind filled entries', () => {
    const hart = new TestHart().translate();
    hart.map(VA, PAGE_3, R | W | USER | A | D);
    hart.map(VA + 0x1000n, PAGE_3, X | A | D);
    hart.enter(S);
    const loads = (va: bigint): boolean => {
      hart.leaves.load_slow(va, 3);
      return hart.cause(S) === undefined;
    };
    expect([loads(VA), loads(VA + 0x1000n)]).toEqual([false, false]);
    hart.access('sstatus', 'set', 3n << 18n);
    expect([loads(VA), loads(VA + 0x1000n)]).toEqual([true, true]);
    hart.access('sstatus', 'clear', 3n << 18n);
    expect([loads(VA), loads(VA + 0x1000n)]).toEqual([false, false]);
  });

  it('of M-mode loads and stores is MPP’s while MPRV is set', () => {
    const hart = new TestHart().translate();
    hart.mmio = () => undefined;
    hart.map(VA, PAGE_3, R | W | USER | A | D);
    const mprv = 1n << 17n;
    const tryWith = (status: bigint): bigint | undefined => {
      hart.write('mstatus', status);
      hart.leaves.load_slow(VA, 3);
      return hart.cause(M);
    };
    expect(tryWith(mprv)).toBeUndefined(); // MPP = U
    expect(tryWith(mprv | (1n << 11n))).toBe(13n); // MPP = S
    expect(tryWith(mprv | (1n << 11n) | (1n << 18n))).toBeUndefined(); // with SUM
    expect(tryWith(mprv | (3n << 11n))).toBe(5n); // MPP = M: 0x400000 is no RAM
    expect(tryWith(0n)).toBe(5n);
    // Fetches are M's own.
    hart.write('mstatus', mprv);
    hart.leaves.fetch_slow(VA);
    expect(hart.cause(M)).toBe(1n);
  });
});

describe('the A and D bits', () => {
  it.each([
    ['load', LOAD, A],
    ['store', STORE, A | D],
    ['fetch', FETCH, A],
  ] as const)('are set by the walk of a %s', (_, access, bits) => {
    const hart = new TestHart();
    const at = hart.map(VA, PAGE_3, R | W | X);
    hart.translate().enter(S);
    hart.clean();
    perform(hart, access, VA);
    expect(hart.trap()).toBeUndefined();
    expect(hart.peek(at) & 0xffn).toBe(V | R | W | X | bits);
    const tablePage = Number((at - ram(0)) >> 12n);
    expect(hart.dirty()).toEqual(access === STORE ? [3, tablePage] : [tablePage]);
  });

  it('are not written when they are set already', () => {
    const hart = supervisor(R | W | X | A | D);
    hart.clean();
    for (const access of [LOAD, FETCH]) perform(hart, access, VA);
    expect(hart.dirty()).toEqual([]);
  });

  it('stay when the access is not permitted', () => {
    const hart = new TestHart();
    const at = hart.map(VA, PAGE_3, R);
    hart.translate().enter(S);
    perform(hart, STORE, VA);
    expect(hart.trap()).toMatchObject({ cause: 15n });
    expect(hart.peek(at) & (A | D)).toBe(0n);
  });

  it('make a store after a load walk again, so that D is exact', () => {
    const hart = new TestHart();
    const at = hart.map(VA, PAGE_3, R | W);
    hart.translate().enter(S);
    perform(hart, LOAD, VA);
    expect(hart.peek(at) & (A | D)).toBe(A);
    perform(hart, STORE, VA);
    expect(hart.peek(at) & (A | D)).toBe(A | D);
  });
});

describe('satp', () => {
  it('ignores writes of other modes than Bare and Sv39', () => {
    const hart = new TestHart();
    const valid = SV39 | 0x80080n;
    hart.write('satp', valid);
    for (const mode of [1n, 7n, 9n, 10n, 15n]) hart.write('satp', (mode << 60n) | 0x123n);
    expect(hart.read('satp')).toBe(valid);
  });

  it('has no ASID bits', () => {
    const hart = new TestHart();
    hart.write('satp', SV39 | (0xffffn << 44n) | 0x80080n);
    expect(hart.read('satp')).toBe(SV39 | 0x80080n);
  });

  it('ends the slice only if the next instruction may come from elsewhere', () => {
    const hart = new TestHart();
    hart.map(ram(0x2000), ram(0x2000), R | X | A);
    hart.enter(S);
    hart.pc = ram(0x2000);
    hart.slice();
    const tables = hart.inMachineMode(() => {
      hart.translate();
      const value = hart.read('satp');
      hart.write('satp', 0n);
      return value;
    });
    hart.slice();
    hart.write('satp', tables);
    expect(hart.sliceEnded()).toBe(false);
    hart.pc = ram(0x4000); // not mapped
    hart.write('satp', 0n);
    expect(hart.sliceEnded()).toBe(true);
  });

  it('is out of the supervisor’s reach with TVM', () => {
    const hart = new TestHart();
    hart.access('mstatus', 'set', 1n << 20n);
    hart.enter(S);
    hart.read('satp');
    expect(hart.cause(S)).toBe(2n);
    hart.leaves.sfence_vma(0n, 0);
    expect(hart.cause(S)).toBe(2n);
  });
});

describe('translate_debug', () => {
  it('finds an address without side effects', () => {
    const hart = new TestHart();
    const at = hart.map(VA, PAGE_3, R | W);
    hart.translate().enter(S);
    hart.clean();
    expect(hart.leaves.translate_debug(VA + 5n, 0)).toBe(PAGE_3 + 5n);
    expect(hart.leaves.translate_debug(VA + 5n, 1)).toBe(PAGE_3 + 5n);
    expect(hart.leaves.translate_debug(VA + 5n, 2)).toBe(-1n);
    expect(hart.leaves.translate_debug(1n << 40n, 0)).toBe(-1n);
    expect(hart.peek(at) & (A | D)).toBe(0n);
    expect(hart.dirty()).toEqual([]);
    expect(hart.trap()).toBeUndefined();
  });
});
