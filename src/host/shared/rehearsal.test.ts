import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../base/bytes.ts';
import { CaptureArea } from '../../checkpoint/capture-area.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { rehearse } from './rehearsal.ts';
import { RAM_BYTES, setUpWriter } from './testing/writer-guest.ts';

/** A clock that moves on whenever somebody looks at it. */
const impatient = (step: number) => {
  let now = 0;
  return { now: () => (now += step), wall: () => 1_000_000 };
};

describe('a rehearsal', () => {
  it('runs the guest, and leaves nothing behind', () => {
    const { setup, sections, ram, area } = setUpWriter(300);
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
    const { setup, sections, ram, area } = setUpWriter(6_000);
    const before = ram.slice();
    const { pages } = rehearse(setup, sections, impatient(0.001));
    expect(pages).toBe(4_096);
    expect(sameBytes(ram, before)).toBe(true);
    expect([area.countDirty(), area.ringLength, area.capturedMap]).toEqual([0, 0, 0]);
  });

  it('leaves memory in which the machine runs as if there had been none', () => {
    const digests = [false, true].map((rehearses) => {
      const { setup, sections } = setUpWriter(100);
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
