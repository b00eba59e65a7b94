import { describe, expect, it } from 'vitest';
import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_FP_READY,
  CPU_MIP,
  PMP_COUNT,
  PMP_OPEN_HIGH,
  PMP_OPEN_LOW,
  CPU_REDIRECT,
  CPU_WAITING,
  STAT_EXCEPTIONS,
} from '../layout.ts';
import { M, type Mode, S, TestHart, U, ram, signed } from './testing/test-hart.ts';

const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPP_S = 1n << 11n;
const MPP_M = 3n << 11n;
const MPRV = 1n << 17n;
const TSR = 1n << 22n;
const STATES = SIE | MIE | SPIE | MPIE | SPP | MPP_M | MPRV;
const ALL = (1n << 64n) - 1n;
const PC = ram(0x1234);

const status = (hart: TestHart): bigint => hart.inMachineMode(() => hart.read('mstatus')) & STATES;

function hartAt(mode: Mode, setup: (hart: TestHart) => void = () => undefined): TestHart {
  const hart = new TestHart();
  hart.write('mtvec', 0x1000n);
  hart.write('stvec', 0x2000n);
  setup(hart);
  hart.slice();
  hart.pc = PC;
  return hart.enter(mode);
}

describe('exceptions', () => {
  it('go to M-mode unless they are delegated', () => {
    const hart = hartAt(U, (h) => {
      h.write('mstatus', MIE);
    });
    hart.leaves.raise(8n, 0n);
    expect([hart.mode, hart.pc, hart.i32(CPU_REDIRECT)]).toEqual([M, 0x1000n, 1]);
    expect(status(hart)).toBe(MPIE);
    expect(hart.trap()).toEqual({ mode: M, cause: 8n, tval: 0n, epc: PC });
    expect(hart.u64(STAT_EXCEPTIONS)).toBe(1n);
  });

  it('go to S-mode when they are, from U and S', () => {
    for (const [mode, spp] of [
      [U, 0n],
      [S, SPP],
    ] as const) {
      const hart = hartAt(mode, (h) => {
        h.write('medeleg', 1n << 13n);
        h.write('mstatus', SIE | MIE);
      });
      hart.leaves.raise(13n, signed(ALL - 7n));
      expect([hart.mode, hart.pc]).toEqual([S, 0x2000n]);
      expect(hart.trap()).toEqual({ mode: S, cause: 13n, tval: ALL - 7n, epc: PC });
      expect(status(hart)).toBe(MIE | SPIE | spp);
      expect(hart.inMachineMode(() => hart.read('mepc'))).toBe(0n);
    }
  });

  it('of M-mode are never delegated', () => {
    const hart = hartAt(M, (h) => {
      h.write('medeleg', ALL);
      h.write('mstatus', MPRV | MPP_S);
    });
    hart.leaves.raise(2n, 5n);
    expect(hart.trap()).toEqual({ mode: M, cause: 2n, tval: 5n, epc: PC });
    expect(status(hart)).toBe(MPP_M | MPRV); // a trap leaves MPRV
  });

  it.each([10n, 11n, 14n, 16n, 24n])('of cause %s cannot be delegated', (cause) => {
    const hart = hartAt(S, (h) => {
      h.write('medeleg', ALL);
    });
    hart.leaves.raise(cause, 0n);
    expect(hart.mode).toBe(M);
  });

  it('are not spread by vectored mode', () => {
    const hart = hartAt(S, (h) => {
      h.write('mtvec', 0x1001n);
    });
    hart.leaves.raise(9n, 0n);
    expect(hart.pc).toBe(0x1000n);
  });

  it.each([
    ['16', 0x4501_9002n, 0x9002n],
    ['32', 0xffff_ffffn, 0xffff_ffffn],
  ])('for illegal instructions of %s bits give the bits', (_, memory, bits) => {
    const hart = hartAt(S);
    hart.pc = ram(0x2000);
    hart.poke(ram(0x2000), memory);
    hart.leaves.raise_illegal();
    expect(hart.trap()).toMatchObject({ cause: 2n, tval: bits });
  });
});

describe('mret', () => {
  it.each<[bigint, Mode, bigint, bigint]>([
    // MPP, mode behind, mstatus before, and after
    [0n, U, MPIE | MPRV, MIE | MPIE],
    [MPP_S, S, MIE | MPRV, MPIE],
    [MPP_M, M, MPIE | MPRV, MIE | MPIE | MPRV],
    [MPP_M, M, 0n, MPIE],
  ])('restores the state that MPP %i says', (mpp, mode, before, after) => {
    const hart = hartAt(M, (h) => {
      h.write('mstatus', before | mpp | SIE | SPIE | SPP);
      h.write('mepc', 0x4243n);
    });
    hart.leaves.mret();
    expect([hart.mode, hart.pc, hart.i32(CPU_REDIRECT)]).toEqual([mode, 0x4242n, 1]);
    expect(status(hart)).toBe(after | SIE | SPIE | SPP);
  });

  it('is illegal below M-mode', () => {
    for (const mode of [S, U] as const) {
      const hart = hartAt(mode);
      hart.leaves.mret();
      expect(hart.trap()).toMatchObject({ cause: 2n, epc: PC });
    }
  });
});

describe('sret', () => {
  it.each<[Mode, bigint, Mode, bigint]>([
    [S, SPIE, U, SIE | SPIE],
    [S, SIE | SPP, S, SPIE],
    [M, SPIE | SPP | MPRV, S, SIE | SPIE],
  ])('in mode %i with mstatus %i restores the state', (from, before, mode, after) => {
    const hart = hartAt(from, (h) => {
      h.write('mstatus', before | MIE | MPIE);
      h.write('sepc', 0x5001n);
    });
    hart.leaves.sret();
    expect([hart.mode, hart.pc, hart.i32(CPU_REDIRECT)]).toEqual([mode, 0x5000n, 1]);
    expect(status(hart)).toBe(after | MIE | MPIE);
  });

  it('is illegal in U-mode, and in S-mode with TSR', () => {
    const user = hartAt(U);
    user.leaves.sret();
    expect(user.trap()).toMatchObject({ cause: 2n });
    const trapped = hartAt(S, (h) => {
      h.write('mstatus', TSR);
    });
    trapped.leaves.sret();
    expect(trapped.trap()).toMatchObject({ cause: 2n });
    const machine = hartAt(M, (h) => {
      h.write('mstatus', TSR);
    });
    machine.leaves.sret();
    expect(machine.mode).toBe(U);
  });
});

describe('refresh', () => {
  it('derives the same hart from its cells and slots', () => {
    const hart = hartAt(S, (h) => {
      h.write('mstatus', (1n << 18n) | (3n << 13n));
      h.write('pmpcfg0', 0x1bn);
    });
    const CHANGED = [CPU_DATA_BANK, CPU_FETCH_BANK, CPU_FP_READY, PMP_COUNT];
    const derived = (): number[] =>
      [...CHANGED, CPU_MIP, PMP_OPEN_LOW, PMP_OPEN_HIGH].map((address) => hart.i32(address));
    const before = derived();
    for (const address of CHANGED) hart.setI32(address, 0);
    hart.leaves.refresh();
    expect(derived()).toEqual(before);
  });
});

describe('reset', () => {
  it('is M-mode at the start of RAM, with everything off', () => {
    const hart = hartAt(U, (h) => {
      h.write('mstatus', (3n << 13n) | MIE);
    });
    hart.setI32(CPU_WAITING, 1);
    hart.leaves.reset();
    expect([hart.mode, hart.pc, hart.i32(CPU_WAITING)]).toEqual([M, ram(0), 0]);
    expect(hart.read('mstatus')).toBe((2n << 32n) | (2n << 34n));
    expect(['mie', 'mip', 'satp', 'mtvec', 'mcause'].map((name) => hart.read(name))).toEqual([
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
    expect(hart.trap()).toBeUndefined();
  });
});
