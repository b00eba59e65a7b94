import { describe, expect, it } from 'vitest';
import {
  CPU_FFLAGS,
  CPU_FP_READY,
  CPU_FRM,
  CPU_IRQ_LINES,
  CPU_MTIMECMP,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  TIME_SHIFT,
} from '../layout.ts';
import { M, type Mode, S, TestHart, U, ram } from './testing/test-hart.ts';

const ALL = (1n << 64n) - 1n;
const FS = 3n << 13n;
const FS_INITIAL = 1n << 13n;
const SD = 1n << 63n;
const UXL = 2n << 32n;
const STCE = 1n << 63n;
const SEIP = 1n << 9n;
const STIP = 1n << 5n;
const SSIP = 1n << 1n;

describe('constants', () => {
  it('say what the hart is', () => {
    const hart = new TestHart();
    const read = (names: string[]): bigint[] => names.map((name) => hart.read(name));
    expect(read(['mvendorid', 'marchid', 'mimpid', 'mhartid', 'mconfigptr'])).toEqual([
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
    const letters = Array.from('abcdefghijklmnopqrstuvwxyz').filter(
      (_, i) => (hart.read('misa') >> BigInt(i)) & 1n,
    );
    expect(letters.join('')).toBe('acdfimsu');
    expect(hart.read('misa') >> 62n).toBe(2n);
  });

  it.each([0x321, 0x7a4, 0x747, 0x30c, 0x3a1, 0x3c0, 0x5a8, 0xda0])(
    'do not exist at 0x%s: illegal, with the instruction as the value',
    (number) => {
      const hart = new TestHart();
      const instruction = BigInt(((number << 20) | 0x2573) >>> 0);
      hart.pc = ram(0x1ffe); // across a page
      hart.poke(ram(0x1ff8), instruction << 48n);
      hart.poke(ram(0x2000), instruction >> 16n);
      hart.read(number);
      expect(hart.trap()).toEqual({ mode: M, cause: 2n, tval: instruction, epc: ram(0x1ffe) });
    },
  );
});

describe('mstatus', () => {
  it('keeps MPP when the reserved mode is written', () => {
    const hart = new TestHart();
    const mpp = (): bigint => (hart.read('mstatus') >> 11n) & 3n;
    for (const [written, expected] of [
      [1n, 1n],
      [2n, 1n],
      [3n, 3n],
      [2n, 3n],
      [0n, 0n],
      [2n, 0n],
    ] as const) {
      hart.write('mstatus', written << 11n);
      expect(mpp()).toBe(expected);
    }
  });

  it('derives SD from FS, in sstatus too', () => {
    const hart = new TestHart();
    for (const fs of [0n, 1n, 2n, 3n]) {
      hart.write('mstatus', fs << 13n);
      expect(hart.read('mstatus') >> 63n).toBe(fs === 3n ? 1n : 0n);
      expect(hart.read('sstatus')).toBe((fs << 13n) | UXL | (fs === 3n ? SD : 0n));
      expect(hart.i32(CPU_FP_READY)).toBe(fs === 3n ? 1 : 0);
    }
  });

  it('is written through sstatus only where that shows it', () => {
    const hart = new TestHart();
    hart.write('mstatus', 0x7e_1888n);
    const before = hart.read('mstatus');
    hart.write('sstatus', 0n);
    expect(hart.read('mstatus')).toBe(before & ~0xc_6122n);
    hart.write('sstatus', 0x122n);
    expect(hart.read('mstatus')).toBe((before & ~0xc_6122n) | 0x122n);
  });
});

describe('floating-point CSRs', () => {
  it('are illegal while FS is Off', () => {
    const hart = new TestHart();
    for (const name of ['fflags', 'frm', 'fcsr']) {
      hart.read(name);
      expect(hart.cause(M)).toBe(2n);
      hart.write(name, 1n);
      expect(hart.cause(M)).toBe(2n);
    }
    expect(hart.i32(CPU_FFLAGS)).toBe(0);
  });

  it('are views of one register, and make it Dirty when written', () => {
    const hart = new TestHart();
    hart.write('mstatus', FS_INITIAL);
    expect(hart.read('fcsr')).toBe(0n);
    expect(hart.read('mstatus') & FS).toBe(FS_INITIAL);
    hart.write('fcsr', 0xfb5n);
    expect([hart.i32(CPU_FFLAGS), hart.i32(CPU_FRM)]).toEqual([0x15, 5]);
    expect(hart.read('mstatus') & FS).toBe(FS);
    expect(hart.access('fflags', 'clear', 5n)).toBe(0x15n);
    expect(hart.access('frm', 'write', 0xfan)).toBe(5n);
    expect(hart.read('fcsr')).toBe(0x50n);
  });

  it('switch the FPU on by use', () => {
    const hart = new TestHart();
    expect(hart.leaves.fp_enable()).toBe(0);
    expect(hart.cause(M)).toBe(2n);
    hart.write('mstatus', FS_INITIAL);
    expect(hart.leaves.fp_enable()).toBe(1);
    expect(hart.i32(CPU_FP_READY)).toBe(1);
    expect(hart.read('mstatus') & (FS | SD)).toBe(FS | SD);
  });
});

describe('counters', () => {
  it('count instructions, not the one that reads', () => {
    const hart = new TestHart();
    expect(hart.read('mcycle')).toBe(hart.count() - 1n);
    expect(hart.read('minstret')).toBe(hart.count() - 1n);
    hart.execute(5);
    expect(hart.read('cycle')).toBe(hart.count() - 1n);
  });

  it('read what was written, one instruction later', () => {
    const hart = new TestHart();
    hart.write('minstret', ALL);
    hart.execute(1);
    expect(hart.read('instret')).toBe(ALL);
    hart.execute(1);
    expect(hart.read('minstret')).toBe(0n);
    hart.execute(10);
    expect(hart.read('minstret')).toBe(10n);
    expect(hart.read('mcycle')).toBe(hart.count() - 1n);
  });

  it('do not count what traps as retired', () => {
    const hart = new TestHart();
    const cycles = hart.read('mcycle');
    const retired = hart.read('minstret');
    hart.read(0x7a4);
    expect(hart.cause(M)).toBe(2n);
    const passed = hart.read('mcycle') - cycles;
    expect(hart.read('minstret') - retired).toBe(passed - 1n);
  });

  it('stand still while inhibited, each by itself', () => {
    const hart = new TestHart();
    hart.write('mcycle', 100n);
    hart.write('minstret', 200n);
    hart.execute(11);
    hart.write('mcountinhibit', 4n);
    hart.execute(50);
    expect([hart.read('mcycle'), hart.read('minstret')]).toEqual([160n, 210n]);
    hart.write('minstret', 7n);
    hart.execute(50);
    expect(hart.read('instret')).toBe(7n);
    hart.write('mcountinhibit', 1n);
    hart.execute(1);
    expect(hart.read('minstret')).toBe(7n);
    hart.execute(9);
    expect([hart.read('mcycle'), hart.read('minstret')]).toEqual([210n, 16n]);
  });

  it('are open to lower modes as mcounteren and scounteren say', () => {
    const hart = new TestHart();
    for (const [index, name] of ['cycle', 'time', 'instret', 'hpmcounter3'].entries()) {
      const bit = 1n << BigInt(index);
      for (const m of [0n, bit, ALL ^ bit]) {
        for (const s of [0n, bit, ALL ^ bit]) {
          hart.enter(M);
          hart.write('mcounteren', m);
          hart.write('scounteren', s);
          const legal = (mode: Mode): boolean => {
            hart.enter(mode).read(name);
            return hart.cause(mode) === undefined;
          };
          expect(legal(M)).toBe(true);
          expect(legal(S)).toBe((m & bit) !== 0n);
          expect(legal(U)).toBe((m & s & bit) !== 0n);
        }
      }
    }
  });

  it('show guest time, which goes by instructions between inputs', () => {
    const hart = new TestHart();
    hart.setU64(CPU_TIME_BASE, 5000n);
    hart.setU64(CPU_TIME_COUNT, hart.count());
    expect(hart.read('time')).toBe(5000n);
    hart.execute((1 << TIME_SHIFT) - 1);
    expect(hart.read('time')).toBe(5000n);
    hart.execute(1);
    expect([hart.read('time'), hart.leaves.guest_time()]).toEqual([5001n, 5001n]);
  });
});

describe('interrupt CSRs', () => {
  it('show S-mode what is delegated', () => {
    const hart = new TestHart();
    hart.write('mie', 0xaaan);
    hart.write('mip', 0x222n);
    for (const delegated of [0n, 0x2n, 0x220n, 0x222n]) {
      hart.write('mideleg', delegated);
      expect([hart.read('sie'), hart.read('sip')]).toEqual([delegated, delegated]);
    }
    hart.write('mideleg', 0x20n);
    hart.write('sie', 0n);
    expect(hart.read('mie')).toBe(0xa8an);
    hart.write('sip', 0n);
    expect(hart.read('mip')).toBe(0x222n);
    hart.write('mideleg', 0x222n);
    hart.write('sip', 0n);
    expect(hart.read('mip')).toBe(0x220n); // only SSIP is S-mode's to clear
    hart.access('sip', 'set', 0x222n);
    expect(hart.read('mip')).toBe(0x222n);
  });

  it('join SEIP’s software bit with the line, and never write the line back', () => {
    const hart = new TestHart();
    hart.setI32(CPU_IRQ_LINES, Number(SEIP));
    expect(hart.read('mip')).toBe(SEIP);
    expect(hart.access('mip', 'set', SSIP)).toBe(SEIP);
    hart.setI32(CPU_IRQ_LINES, 0);
    expect(hart.read('mip')).toBe(SSIP);
    hart.write('mip', SEIP);
    expect(hart.read('mip')).toBe(SEIP);
    hart.setI32(CPU_IRQ_LINES, Number(SEIP));
    hart.access('mip', 'clear', SEIP);
    expect(hart.read('mip')).toBe(SEIP);
    hart.setI32(CPU_IRQ_LINES, 0);
    expect(hart.read('mip')).toBe(0n);
  });

  it('show M-mode’s lines and timer, which no write changes', () => {
    const hart = new TestHart();
    hart.setI32(CPU_IRQ_LINES, 0x808);
    hart.setU64(CPU_MTIMECMP, 0n);
    expect(hart.read('mip')).toBe(0x888n);
    hart.write('mip', 0n);
    expect(hart.read('mip')).toBe(0x888n);
    hart.setU64(CPU_MTIMECMP, ALL);
    hart.setI32(CPU_IRQ_LINES, 0);
    hart.write('mip', 0x888n);
    expect(hart.read('mip')).toBe(0n);
  });
});

describe('stimecmp', () => {
  it('is S-mode’s only with menvcfg.STCE and mcounteren.TM', () => {
    const hart = new TestHart();
    for (const stce of [0n, STCE]) {
      for (const tm of [0n, 2n]) {
        hart.enter(M);
        hart.write('menvcfg', stce);
        hart.write('mcounteren', tm);
        hart.write('stimecmp', 5n);
        expect(hart.cause(M)).toBeUndefined();
        hart.enter(S).read('stimecmp');
        expect(hart.cause(S)).toBe(stce !== 0n && tm !== 0n ? undefined : 2n);
        hart.enter(U).read('stimecmp');
        expect(hart.cause(U)).toBe(2n);
      }
    }
  });

  it('drives STIP, which is then no longer writable', () => {
    const hart = new TestHart();
    hart.write('mip', STIP);
    expect(hart.read('mip')).toBe(STIP);
    hart.write('mip', 0n);
    hart.setU64(CPU_TIME_BASE, 100n);
    hart.setU64(CPU_TIME_COUNT, hart.count());
    hart.write('stimecmp', 101n);
    hart.write('menvcfg', STCE);
    expect(hart.read('mip')).toBe(0n);
    hart.write('mip', STIP);
    expect(hart.read('mip')).toBe(0n);
    hart.execute(1 << TIME_SHIFT);
    expect(hart.read('mip')).toBe(STIP);
    hart.write('mip', 0n);
    expect(hart.read('mip')).toBe(STIP);
    hart.write('stimecmp', ALL);
    expect(hart.read('mip')).toBe(0n);
    hart.write('mip', STIP);
    hart.write('menvcfg', 0n);
    expect(hart.read('mip')).toBe(0n);
  });

  it('ends the slice when it is written, so that the next one is planned with it', () => {
    const hart = new TestHart();
    const count = hart.count();
    hart.write('stimecmp', 5n);
    expect([hart.sliceEnded(), hart.count()]).toEqual([true, count]);
  });
});

describe('debug triggers', () => {
  it('are none', () => {
    const hart = new TestHart();
    hart.write('tselect', 1n);
    hart.write('tdata1', ALL);
    expect([hart.read('tselect'), hart.read('tdata1')]).toEqual([0n, 0n]);
  });
});
