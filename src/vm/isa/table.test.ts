import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { decode } from './decoder.ts';
import { disassemble } from './disassembler.ts';
import { compressedEncodings, instructions } from './table.ts';

describe('the instruction table', () => {
  it('has no two encodings that overlap', () => {
    const clashes: string[] = [];
    instructions.forEach((a, i) => {
      for (const b of instructions.slice(i + 1)) {
        // Two patterns share an encoding exactly when they agree wherever both fix a bit.
        if (((a.match ^ b.match) & a.mask & b.mask) === 0) clashes.push(`${a.name} and ${b.name}`);
      }
    });
    expect(clashes).toEqual([]);
  });

  it('fixes in match only what mask covers', () => {
    for (const { name, mask, match } of instructions)
      expect([name, match & ~mask]).toEqual([name, 0]);
    for (const { name, mask, match } of compressedEncodings)
      expect([name, match & ~mask]).toEqual([name, 0]);
  });

  it('decodes every defined encoding to its own instruction (seed 1)', () => {
    const random = new SeededRandom(1);
    for (const instruction of instructions) {
      for (let i = 0; i < 50; i++) {
        const bits = ((random.u32() & ~instruction.mask) | instruction.match) >>> 0;
        const decoded = decode(bits);
        const reserved = instruction.format.rounding && [5, 6].includes((bits >>> 12) & 7);
        expect(decoded?.instruction.name).toBe(reserved ? undefined : instruction.name);
      }
    }
  });

  it('gives every halfword at most one compressed meaning', () => {
    let defined = 0;
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 3) === 3) continue;
      const owners = compressedEncodings.filter(
        (encoding) => (bits & encoding.mask) === encoding.match && encoding.operands(bits),
      );
      expect(owners.length).toBeLessThanOrEqual(1);
      expect(decode(bits)?.spelling).toBe(owners[0]?.name);
      defined += owners.length;
    }
    // RV64C defines 47,8xx of 49,152 encodings: a handful of reserved corners and quadrant 0's funct3 4.
    expect(defined).toBeGreaterThan(44_000);
  });
});

describe('the disassembler', () => {
  it.each([
    [0x00a58513, 'addi a0, a1, 10'],
    [0xfe0508e3, 'beq a0, zero, 0xfffffffffffffff0'],
    [0x0005b503, 'ld a0, 0(a1)'],
    [0xfeb53c23, 'sd a1, -8(a0)'],
    [0x12345537, 'lui a0, 0x12345'],
    [0x02c5f553, 'fadd.d fa0, fa1, fa2, dyn'],
    [0x14202573, 'csrrs a0, 0x142, zero'],
    [0x100525af, 'lr.w a1, (a0)'],
    [0x852e, 'c.mv a0, zero, a1'],
    [0x00000073, 'ecall'],
    [0x0000, '.insn 0x0'],
    [0xffffffff, '.insn 0xffffffff'],
  ])('%i', (bits, text) => {
    expect(disassemble(bits, 0n)).toBe(text);
  });
});
