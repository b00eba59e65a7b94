import { describe, expect, it } from 'vitest';
import { CSRS, CSR_STATE } from './csr-table.ts';
import { M, type Mode, S, TestHart, U } from './testing/test-hart.ts';

const ALL = (1n << 64n) - 1n;
const FS_INITIAL = 1n << 13n;
const SD = 1n << 63n;
const UXL = 2n << 32n;
const SXL = 2n << 34n;
const STCE = 1n << 63n;
const ADUE = 1n << 61n;
const LOW_32 = 0xffff_ffffn;

/** What each CSR reads after zeros, and after ones, were written by M-mode; from the manual, not from the table. */
const WARL: Record<string, readonly [zeros: bigint, ones: bigint]> = {
  fflags: [0n, 0x1fn],
  frm: [0n, 7n],
  fcsr: [0n, 0xffn],
  // MPP = 3 is legal; FS = 3 sets SD.
  mstatus: [UXL | SXL, UXL | SXL | SD | 0x7e_79aan],
  sstatus: [UXL, UXL | SD | 0xc_6122n],
  misa: [0x8000_0000_0014_112dn, 0x8000_0000_0014_112dn],
  medeleg: [0n, 0xb3ffn],
  mideleg: [0n, 0x222n],
  mie: [0n, 0xaaan],
  sie: [0n, 0n], // nothing is delegated
  mip: [0n, 0x222n],
  sip: [0n, 0n],
  mtvec: [0n, ALL - 2n],
  stvec: [0n, ALL - 2n],
  mepc: [0n, ALL - 1n],
  sepc: [0n, ALL - 1n],
  mcounteren: [0n, LOW_32],
  scounteren: [0n, LOW_32],
  mcountinhibit: [0n, 5n],
  menvcfg: [ADUE, ADUE | STCE | 1n],
  senvcfg: [0n, 1n],
  satp: [0n, 0n], // mode 15 does not exist
  pmpcfg0: [0n, 0x9f9f_9f9f_9f9f_9f9fn],
  pmpcfg2: [0n, 0x9f9f_9f9f_9f9f_9f9fn],
  time: [0n, 0n],
  cycle: [0n, 0n],
  instret: [0n, 0n],
};
for (const name of ['sscratch', 'mscratch', 'scause', 'mcause', 'stval', 'mtval', 'stimecmp']) {
  WARL[name] = [0n, ALL];
}
for (const name of ['mcycle', 'minstret']) WARL[name] = [0n, ALL];
for (let i = 0; i < 16; i++) WARL[`pmpaddr${i}`] = [0n, (1n << 54n) - 1n];
/** Everything else is a zero that ignores writes. */
const expectedOf = (name: string): readonly [bigint, bigint] => WARL[name] ?? [0n, 0n];

const isReadOnly = (number: number): boolean => number >> 10 === 3;
const lowestMode = (number: number): number => (number >> 8) & 3;

/** Floating point on, counters open to all, Sstc on: nothing but privilege limits access. */
function openHart(): TestHart {
  const hart = new TestHart();
  hart.access('mstatus', 'set', FS_INITIAL);
  hart.write('mcounteren', ALL);
  hart.write('scounteren', ALL);
  hart.write('menvcfg', STCE);
  return hart;
}

describe('the CSR table', () => {
  it('has every number and name once', () => {
    expect(new Set(CSRS.map(({ number }) => number)).size).toBe(CSRS.length);
    expect(new Set(CSRS.map(({ name }) => name)).size).toBe(CSRS.length);
  });

  it('names every slot once for checkpoints', () => {
    expect(new Set(CSR_STATE.values()).size).toBe(CSR_STATE.size);
    const slots = new Set(CSRS.map(({ slot }) => slot).filter((slot) => slot !== 0));
    expect(new Set(CSR_STATE.values())).toEqual(slots);
  });

  it('knows every CSR that this test expects', () => {
    const names = new Set(CSRS.map(({ name }) => name));
    expect(Object.keys(WARL).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe.each(CSRS.filter(({ number }) => !isReadOnly(number)))('$name', ({ name }) => {
  it('holds the legal bits of what is written', () => {
    const [zeros, ones] = expectedOf(name);
    const hart = new TestHart();
    hart.access('mstatus', 'set', FS_INITIAL);
    hart.write(name, 0n);
    hart.execute(1);
    expect(hart.read(name)).toBe(zeros);
    hart.write(name, ALL);
    hart.execute(1);
    expect(hart.read(name)).toBe(ones);
    expect(hart.trap()).toBeUndefined();
  });

  it('sets and clears single bits, and gives the old value', () => {
    const [zeros, ones] = expectedOf(name);
    // Locks would stick, counters count, satp and MPP take only whole values.
    if (/^(pmpcfg|mcycle|minstret|satp)/.test(name)) return;
    const hart = new TestHart();
    hart.access('mstatus', 'set', FS_INITIAL);
    for (let bit = 0n; bit < 64n; bit++) {
      if (name === 'mstatus' && (bit === 11n || bit === 12n)) continue;
      if (name.endsWith('status') && (bit === 13n || bit === 14n || bit === 63n)) continue;
      hart.write(name, 0n);
      const one = 1n << bit;
      expect([bit, hart.access(name, 'set', one)]).toEqual([bit, zeros]);
      expect([bit, hart.read(name)]).toEqual([bit, zeros | (ones & one)]);
      expect([bit, hart.access(name, 'clear', one)]).toEqual([bit, zeros | (ones & one)]);
      expect([bit, hart.read(name)]).toEqual([bit, zeros]);
    }
    expect(hart.trap()).toBeUndefined();
  });
});

describe.each([M, S, U] as Mode[])('privilege %i', (mode) => {
  it('reaches the CSRs whose number allows it, and writes those that are writable', () => {
    for (const { name, number } of CSRS) {
      const hart = openHart().enter(mode);
      const readable = mode >= lowestMode(number);
      hart.read(number);
      expect([name, hart.cause(mode)]).toEqual([name, readable ? undefined : 2n]);
      hart.access(number, 'set', 0n);
      const writable = readable && !isReadOnly(number);
      expect([name, hart.cause(mode)]).toEqual([name, writable ? undefined : 2n]);
    }
  });

  it('finds nothing at any other number', () => {
    const known = new Set(CSRS.map(({ number }) => number));
    const hart = openHart().enter(mode);
    const found = [];
    for (let number = 0; number < 4096; number++) {
      if (known.has(number)) continue;
      hart.read(number);
      if (hart.cause(mode) !== 2n) found.push(number);
    }
    expect(found).toEqual([]);
  });
});
