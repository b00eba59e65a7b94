import { describe, expect, it } from 'vitest';
import {
  HANDLER_DECODE,
  HANDLER_PAGE_END,
  LONE_PAGE,
  LONE_RECORDS,
  RECORD_BYTES,
} from '../layout.ts';
import { M, type Mode, PTE, S, TestHart, U, ram } from './testing/test-hart.ts';

const R = 1n;
const W = 2n;
const X = 4n;
const TOR = 1n << 3n;
const NA4 = 2n << 3n;
const NAPOT = 3n << 3n;
const LOCKED = 0x80n;
const EVERYTHING = (1n << 54n) - 1n;

/** pmpaddr of a naturally aligned power of two. */
const napot = (base: bigint, size: bigint): bigint => (base >> 2n) | (size / 8n - 1n);

interface Entry {
  readonly cfg: bigint;
  readonly address: bigint;
}

function protectedHart(entries: readonly Entry[], mode: Mode = S): TestHart {
  const hart = new TestHart();
  hart.write('pmpcfg0', 0n);
  entries.forEach(({ address }, i) => {
    hart.write(`pmpaddr${i}`, address);
  });
  for (const register of [0, 1]) {
    const bytes = entries.slice(8 * register, 8 * register + 8);
    const value = bytes.reduce((bits, { cfg }, i) => bits | (cfg << BigInt(8 * i)), 0n);
    hart.write(`pmpcfg${2 * register}`, value);
  }
  hart.slice();
  return hart.enter(mode);
}

/** Which of load, store and fetch are permitted at an address (each tried alone). */
function permitted(hart: TestHart, at: bigint, log2size = 2): string {
  const { mode } = hart;
  const tried: [string, () => unknown, bigint][] = [
    ['r', () => hart.leaves.load_slow(at, log2size), 5n],
    [
      'w',
      () => {
        hart.leaves.store_slow(at, 0n, log2size);
      },
      7n,
    ],
    ['x', () => hart.leaves.fetch_slow(at), 1n],
  ];
  return tried
    .filter(([, run, cause]) => {
      run();
      const actual = hart.cause(mode);
      expect([undefined, cause]).toContain(actual);
      return actual === undefined;
    })
    .map(([name]) => name)
    .join('');
}

const all: Entry = { cfg: NAPOT | R | W | X, address: EVERYTHING };

describe('PMP', () => {
  it('denies S and U everything, and M nothing, while no entry matches', () => {
    for (const mode of [S, U] as const)
      expect(permitted(protectedHart([], mode), ram(0x1000))).toBe('');
    expect(permitted(protectedHart([], M), ram(0x1000))).toBe('rwx');
  });

  it.each([
    [R, 'r'],
    [R | W, 'rw'],
    [X, 'x'],
    [R | X, 'rx'],
    [R | W | X, 'rwx'],
    [0n, ''],
    // Reserved: writable but not readable reads back as neither.
    [W, ''],
    [W | X, 'x'],
  ])('permits by R, W and X (%i)', (permissions, expected) => {
    const entry = { cfg: NAPOT | permissions, address: EVERYTHING };
    expect(permitted(protectedHart([entry]), ram(0x1000))).toBe(expected);
    expect(permitted(protectedHart([entry], M), ram(0x1000))).toBe('rwx');
    expect(permitted(protectedHart([{ ...entry, cfg: entry.cfg | LOCKED }], M), ram(0x1000))).toBe(
      expected,
    );
  });

  it('lets the entry with the lowest number decide', () => {
    const hart = protectedHart([
      { cfg: NAPOT | R, address: napot(ram(0x1000), 0x1000n) },
      { cfg: NAPOT, address: napot(ram(0), 0x4000n) },
      all,
    ]);
    expect(permitted(hart, ram(0x1000))).toBe('r');
    expect(permitted(hart, ram(0x2000))).toBe('');
    expect(permitted(hart, ram(0x4000))).toBe('rwx');
  });

  it('matches NA4, NAPOT and TOR to the byte', () => {
    const kinds: [string, Entry[], bigint, bigint][] = [
      ['NA4', [{ cfg: NA4, address: ram(0x1008) >> 2n }], 0x1008n, 0x100cn],
      ['NAPOT 8', [{ cfg: NAPOT, address: napot(ram(0x1008), 8n) }], 0x1008n, 0x1010n],
      ['NAPOT 64', [{ cfg: NAPOT, address: napot(ram(0x1040), 64n) }], 0x1040n, 0x1080n],
      [
        'TOR',
        [
          { cfg: 0n, address: ram(0x1004) >> 2n },
          { cfg: TOR, address: ram(0x2010) >> 2n },
        ],
        0x1004n,
        0x2010n,
      ],
    ];
    for (const [name, entries, from, to] of kinds) {
      const hart = protectedHart([...entries, all]);
      const around = [from - 4n, from, to - 4n, to].map((at) => permitted(hart, ram(at)));
      expect([name, ...around]).toEqual([name, 'rwx', '', '', 'rwx']);
    }
  });

  it('starts TOR of entry 0 at address 0, and matches nothing when TOR is empty', () => {
    const hart = protectedHart([{ cfg: TOR | R, address: ram(0x1000) >> 2n }]);
    expect([permitted(hart, ram(0xffc)), permitted(hart, ram(0x1000))]).toEqual(['r', '']);
    const empty = protectedHart([
      { cfg: 0n, address: ram(0x2000) >> 2n },
      { cfg: TOR, address: ram(0x1000) >> 2n },
      all,
    ]);
    expect(permitted(empty, ram(0x1800))).toBe('rwx');
  });

  it('fails accesses that match an entry in part, even M’s', () => {
    const partly = { cfg: NA4 | R | W | X, address: ram(0x1008) >> 2n };
    for (const mode of [S, M] as const) {
      const hart = protectedHart([partly, all], mode);
      expect(permitted(hart, ram(0x1008), 2)).toBe('rwx');
      expect(permitted(hart, ram(0x1008), 3)).toBe('x'); // fetches are of 2 bytes
      expect(permitted(hart, ram(0x1006), 2)).toBe('x');
      expect(permitted(hart, ram(0x1010), 3)).toBe('rwx');
    }
  });

  it('applies at once, to what the TLB held too', () => {
    const hart = protectedHart([all]);
    expect(permitted(hart, ram(0x1000))).toBe('rwx');
    hart.inMachineMode(() => {
      hart.write('pmpcfg0', NAPOT | R);
    });
    expect(hart.sliceEnded()).toBe(true);
    expect(permitted(hart, ram(0x1000))).toBe('r');
    hart.inMachineMode(() => {
      hart.write('pmpaddr0', napot(ram(0x2000), 0x1000n));
    });
    expect(permitted(hart, ram(0x1000))).toBe('');
  });

  it('checks devices', () => {
    const hart = protectedHart([{ cfg: NAPOT | R, address: napot(0x1000_0000n, 8n) }]);
    hart.leaves.load_slow(0x1000_0000n, 2);
    expect(hart.cause(S)).toBeUndefined();
    hart.leaves.store_slow(0x1000_0000n, 0n, 2);
    expect(hart.cause(S)).toBe(7n);
    hart.leaves.load_slow(0x1000_0008n, 2);
    expect(hart.cause(S)).toBe(5n);
    expect(hart.accesses).toEqual(['read 0x10000000/4']);
  });

  it('checks the page walk as the supervisor’s loads, and A and D as its stores', () => {
    const va = 0x40_0000n;
    for (const [permissions, flags, cause] of [
      [0n, PTE.A, 5n],
      [R, PTE.A, undefined],
      [R, 0n, 5n],
      [R | W, 0n, undefined],
    ] as const) {
      const hart = new TestHart();
      const entry = hart.map(va, ram(0x1000), PTE.R | flags);
      hart.write('pmpcfg0', 0n);
      hart.write('pmpaddr0', napot(entry & ~0xfffn, 0x1000n));
      hart.write('pmpaddr1', EVERYTHING);
      hart.write('pmpcfg0', NAPOT | permissions | ((NAPOT | R | W | X) << 8n));
      hart.translate().enter(S);
      hart.leaves.load_slow(va, 3);
      expect(hart.cause(S)).toBe(cause);
    }
  });

  it('lets MPRV accesses be judged as those of MPP', () => {
    const hart = protectedHart([{ cfg: NAPOT | X, address: EVERYTHING }], M);
    expect(permitted(hart, ram(0x1000))).toBe('rwx');
    // A trap overwrites MPP, so mstatus is set before each.
    const status = (1n << 17n) | (1n << 11n);
    hart.write('mstatus', status);
    hart.leaves.load_slow(ram(0x1000), 2);
    expect(hart.cause(M)).toBe(5n);
    hart.write('mstatus', status);
    hart.leaves.store_slow(ram(0x1000), 0n, 2);
    expect(hart.cause(M)).toBe(7n);
    hart.write('mstatus', status);
    hart.leaves.fetch_slow(ram(0x2000));
    expect(hart.cause(M)).toBeUndefined();
  });
});

describe('PMP locks', () => {
  it('keep configuration and address until reset', () => {
    const hart = protectedHart(
      [{ cfg: NAPOT | LOCKED | R, address: napot(ram(0x1000), 0x1000n) }],
      M,
    );
    hart.write('pmpcfg0', 0n);
    hart.write('pmpaddr0', 0n);
    expect(hart.read('pmpcfg0')).toBe(NAPOT | LOCKED | R);
    expect(hart.read('pmpaddr0')).toBe(napot(ram(0x1000), 0x1000n));
    hart.leaves.reset();
    expect([hart.read('pmpcfg0'), hart.read('pmpaddr0')]).toEqual([0n, 0n]);
  });

  it('of TOR keep the address below too', () => {
    const hart = protectedHart(
      [
        { cfg: 0n, address: 4n },
        { cfg: TOR | LOCKED, address: 8n },
      ],
      M,
    );
    for (const i of [0, 1, 2]) hart.write(`pmpaddr${i}`, 99n);
    expect([0, 1, 2].map((i) => hart.read(`pmpaddr${i}`))).toEqual([4n, 8n, 99n]);
    hart.write('pmpcfg0', NAPOT | (NAPOT << 8n));
    expect(hart.read('pmpcfg0')).toBe(NAPOT | ((TOR | LOCKED) << 8n));
  });

  it('hold in the second configuration register', () => {
    const hart = new TestHart();
    hart.write('pmpaddr15', 5n);
    hart.write('pmpcfg2', (LOCKED | NA4) << 56n);
    hart.write('pmpaddr15', 6n);
    hart.write('pmpcfg2', 0n);
    expect([hart.read('pmpaddr15'), hart.read('pmpcfg2')]).toEqual([5n, (LOCKED | NA4) << 56n]);
  });
});

describe('a page that PMP divides', () => {
  const divided = (): TestHart =>
    protectedHart([{ cfg: NAPOT, address: napot(ram(0x1800), 8n) }, all], S);
  const handlerAt = (hart: TestHart, offset: number): number =>
    hart.view.getUint16(LONE_RECORDS + (offset / 2) * RECORD_BYTES, true);

  it('is never cached', () => {
    const hart = divided();
    for (let i = 0; i < 2; i++) {
      expect(permitted(hart, ram(0x1000))).toBe('rwx');
      expect(permitted(hart, ram(0x1800))).toBe('');
    }
    expect(permitted(hart, ram(0x2000))).toBe('rwx');
  });

  it('is executed one instruction at a time', () => {
    const hart = divided();
    expect(hart.leaves.fetch_slow(ram(0x1010))).toBe(LONE_RECORDS);
    expect(hart.i32(LONE_PAGE)).toBe(1);
    expect(handlerAt(hart, 0x10)).toBe(HANDLER_DECODE);
    for (const offset of [0, 0xe, 0x12, 0xffe, 0x1000])
      expect(handlerAt(hart, offset)).toBe(HANDLER_PAGE_END);
    hart.leaves.fetch_slow(ram(0x1014));
    expect(handlerAt(hart, 0x10)).toBe(HANDLER_PAGE_END);
    expect(handlerAt(hart, 0x14)).toBe(HANDLER_DECODE);
    expect(hart.recordsOf(1)).toBe(0);
  });

  it('faults at the half of an instruction that is not executable', () => {
    const hart = divided();
    hart.poke(ram(0x17f8), 0x0013n << 48n);
    hart.pc = ram(0x17fe);
    hart.leaves.fetch_slow(ram(0x17fe));
    expect(hart.trap()).toMatchObject({ cause: 1n, tval: ram(0x1800), epc: ram(0x17fe) });
  });
});
