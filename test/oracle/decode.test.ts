import { describe, expect, it } from 'vitest';
import { decode, ENCODINGS } from './decode.ts';
import { disassemble } from './instruction.ts';
import { executableNames } from './oracle.ts';

const text = (bits: number, pc = 0n): string => {
  const instruction = decode(bits);
  return instruction === undefined ? 'illegal' : disassemble(instruction, pc);
};

describe('decode', () => {
  it.each([
    [0x00a58533, 'add a0, a1, a0'],
    [0xfff00513, 'addi a0, zero, -1'],
    [0x43f55513, 'srai a0, a0, 63'],
    [0x0005051b, 'addiw a0, a0, 0'],
    [0xfe20ae23, 'sw sp, -4(ra)'],
    [0x80000537, 'lui a0, 0x80000'],
    [0x10c586af, 'illegal'], // amo of no width
    [0x18c5a6af, 'sc.w a3, a2, (a1)'],
    [0x1005a6af, 'lr.w a3, zero, (a1)'],
    [0x1015a6af, 'illegal'], // lr with rs2 set
    [0x02c5f553, 'fadd.d f10, f11, f12, dyn'],
    [0x6ac58553, 'illegal'], // no such format
    [0xc0359553, 'fcvt.lu.s a0, f11, rtz'],
    [0x30200073, 'mret'],
    [0x12b50073, 'sfence.vma zero, a0, a1'],
    [0x300515f3, 'csrrw a1, 0x300, a0'],
    [0x3002d5f3, 'csrrwi a1, 0x300, 5'],
    [0xffffffff, 'illegal'],
    [0x0000100f, 'fence.i'],
  ])('%#', (bits, expected) => {
    expect(text(bits)).toBe(expected);
  });

  it('computes branch targets', () => {
    expect(text(0xfea5cee3, 0x100n)).toBe('blt a1, a0, 0xfc');
    expect(text(0xff5ff0ef, 0x100n)).toBe('jal ra, 0xf4');
  });

  it.each([
    [0x4501, 'c:addi a0, zero, 0'],
    [0x852e, 'c:add a0, zero, a1'],
    [0x952e, 'c:add a0, a0, a1'],
    [0x1141, 'c:addi sp, sp, -16'],
    [0x7139, 'c:addi sp, sp, -64'],
    [0x0808, 'c:addi a0, sp, 16'],
    [0xe406, 'c:sd ra, 8(sp)'],
    [0x60a2, 'c:ld ra, 8(sp)'],
    [0x4188, 'c:lw a0, 0(a1)'],
    [0x657d, 'c:lui a0, 0x1f'],
    [0x757d, 'c:lui a0, 0xfffff'],
    [0x8082, 'c:jalr zero, 0(ra)'],
    [0x9502, 'c:jalr ra, 0(a0)'],
    [0x9002, 'c:ebreak'],
    [0x8d89, 'c:sub a1, a1, a0'],
    [0x9d89, 'c:subw a1, a1, a0'],
    [0x157e, 'c:slli a0, a0, 63'],
    [0x8505, 'c:srai a0, a0, 1'],
    [0x2108, 'c:fld f10, 0(a0)'],
    [0x0000, 'illegal'],
    [0x8002, 'illegal'], // c.jr x0
    [0x6101, 'illegal'], // c.addi16sp 0
    [0x6081, 'illegal'], // c.lui ra, 0
    [0x2001, 'illegal'], // c.addiw x0
    [0x4002, 'illegal'], // c.lwsp x0
    [0x9c41, 'illegal'],
  ])('%#', (bits, expected) => {
    expect(text(bits)).toBe(expected);
  });

  it('computes compressed branch targets', () => {
    expect(text(0xbfd5, 0x100n)).toBe('c:jal zero, 0xf4');
    expect(text(0xdd75, 0x100n)).toBe('c:beq a0, zero, 0xfc');
  });

  it('can execute whatever it decodes', () => {
    const names = executableNames();
    expect(ENCODINGS.filter(({ name }) => !names.has(name))).toEqual([]);
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 3) === 3) continue;
      const instruction = decode(bits);
      if (instruction) expect(names.has(instruction.name), instruction.name).toBe(true);
    }
  });

  it('knows each encoding by one line only', () => {
    for (const [index, a] of ENCODINGS.entries()) {
      for (const b of ENCODINGS.slice(index + 1)) {
        const common = a.mask & b.mask;
        expect((a.match & common) === (b.match & common), `${a.name} and ${b.name}`).toBe(false);
      }
    }
  });
});
