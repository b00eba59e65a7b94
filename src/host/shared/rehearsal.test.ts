import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../base/bytes.ts';
import { CaptureArea } from '../../checkpoint/capture-area.ts';
import { RAM } from '../../vm/layout.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { rehearse } from './rehearsal.ts';

const PAGE = 4096;
const RAM_BYTES = 32 << 20;
const FIRST_PAGE = 2;

/** Writes to each of so many pages, again and again: an endless loop in M-mode. */
const writer = (pages: number): Uint8Array => {
  const lui = (rd: number, value: number): number => ((value << 12) | (rd << 7) | 0x37) >>> 0;
  const program = [
    // auipc t0, FIRST_PAGE: where the writing begins
    ((FIRST_PAGE << 12) | (5 << 7) | 0x17) >>> 0,
    // t1: bytes to go; t4: a page
    lui(6, pages),
    lui(29, 1),
    // loop: sw t0, 0(t0); add t0, t0, t4; sub t1, t1, t4; bnez t1, loop
    0x0052a023,
    0x01d282b3,
    0x41d30333,
    0xfe031ae3,
    // j to the beginning
    0xfe5ff06f,
  ];
  return new Uint8Array(Uint32Array.from(program).buffer);
};

/** A machine that waits at its first instruction, in memory that is full of something. */
function setUp(program: Uint8Array) {
  const machine = new Machine({ ramBytes: RAM_BYTES });
  const ram = new Uint8Array(machine.memory.buffer, RAM, RAM_BYTES);
  for (let page = 0; page < RAM_BYTES / PAGE; page++)
    ram.fill(page & 0xff, page * PAGE, page * PAGE + 64);
  ram.set(program);
  machine.reset();
  const sections = machine.save();
  const { memory, ramBytes } = machine;
  const setup = { memory, ramBytes, engine: 'interpreter', disk: undefined } as const;
  return { setup, sections, ram, area: new CaptureArea(memory, ramBytes) };
}

/** A clock that moves on whenever somebody looks at it. */
const impatient = (step: number) => {
  let now = 0;
  return { now: () => (now += step), wall: () => 1_000_000 };
};

describe('a rehearsal', () => {
  it('runs the guest, and leaves nothing behind', () => {
    const { setup, sections, ram, area } = setUp(writer(300));
    const before = ram.slice();
    const { instructions, pages } = rehearse(setup, sections, impatient(1));
    expect(instructions).toBeGreaterThan(10_000n);
    expect(pages).toBe(300);
    expect(sameBytes(ram, before)).toBe(true);
    expect([area.countDirty(), area.countWritten(), area.ringLength, area.capturedMap]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('takes a guest back that writes to more than can be kept', () => {
    // In the very first slice, before the clock is looked at again.
    const { setup, sections, ram, area } = setUp(writer(6_000));
    const before = ram.slice();
    const { pages } = rehearse(setup, sections, impatient(0.001));
    expect(pages).toBe(4_096);
    expect(sameBytes(ram, before)).toBe(true);
    expect([area.countDirty(), area.ringLength, area.capturedMap]).toEqual([0, 0, 0]);
  });

  it('leaves memory in which the machine runs as if there had been none', () => {
    const digests = [false, true].map((rehearses) => {
      const { setup, sections } = setUp(writer(100));
      if (rehearses) rehearse(setup, sections, impatient(1));
      const machine = new Machine(setup);
      machine.restore(sections);
      machine.run(50_000);
      expect(machine.capture()?.instructions).toBe(50_000n);
      return [machine.digest(), new CaptureArea(setup.memory, RAM_BYTES).countDirty()];
    });
    expect(digests[1]).toEqual(digests[0]);
  });
});
