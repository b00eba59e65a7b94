import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { parseElf } from './elf.ts';

interface Fields {
  readonly elfClass?: number;
  readonly data?: number;
  readonly type?: number;
  readonly machine?: number;
  readonly physical?: bigint;
  readonly virtual?: bigint;
  readonly memoryBytes?: bigint;
  readonly entry?: bigint;
  readonly programHeaders?: number;
}

const CODE = Uint8Array.from([0x13, 0, 0, 0, 0x73, 0, 0x50, 0x10]);
const STRINGS = '\0_start\0tohost\0fromhost\0';

/** Writes a small executable by hand: header, one program header, code, symbol table, strings, sections. */
function makeElf(fields: Fields = {}): Uint8Array {
  const code = 64 + 56;
  const symbols = code + CODE.length;
  const strings = symbols + 3 * 24;
  const sections = strings + STRINGS.length + 1;
  const bytes = new Uint8Array(sections + 3 * 64);
  const view = new DataView(bytes.buffer);
  const virtual = fields.virtual ?? 0x8000_0000n;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, fields.elfClass ?? 2, fields.data ?? 1, 1]);
  view.setUint16(16, fields.type ?? 2, true);
  view.setUint16(18, fields.machine ?? 243, true);
  view.setBigUint64(24, fields.entry ?? virtual, true);
  view.setBigUint64(32, 64n, true);
  view.setBigUint64(40, BigInt(sections), true);
  view.setUint16(54, 56, true);
  view.setUint16(56, fields.programHeaders ?? 1, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  view.setUint32(64, 1, true);
  view.setBigUint64(64 + 8, BigInt(code), true);
  view.setBigUint64(64 + 16, virtual, true);
  view.setBigUint64(64 + 24, fields.physical ?? virtual, true);
  view.setBigUint64(64 + 32, BigInt(CODE.length), true);
  view.setBigUint64(64 + 40, fields.memoryBytes ?? 0x2000n, true);
  bytes.set(CODE, code);
  view.setUint32(symbols + 24, STRINGS.indexOf('tohost'), true);
  view.setBigUint64(symbols + 24 + 8, virtual + 0x1000n, true);
  view.setUint32(symbols + 48, STRINGS.indexOf('fromhost'), true);
  view.setBigUint64(symbols + 48 + 8, virtual + 0x1040n, true);
  bytes.set(new TextEncoder().encode(STRINGS), strings);
  view.setUint32(sections + 64 + 4, 2, true);
  view.setBigUint64(sections + 64 + 24, BigInt(symbols), true);
  view.setBigUint64(sections + 64 + 32, 72n, true);
  view.setUint32(sections + 64 + 40, 2, true);
  view.setUint32(sections + 128 + 4, 3, true);
  view.setBigUint64(sections + 128 + 24, BigInt(strings), true);
  view.setBigUint64(sections + 128 + 32, BigInt(STRINGS.length), true);
  return bytes;
}

const kindOf = (bytes: Uint8Array): string => {
  const result = parseElf(bytes);
  return result.ok ? 'ok' : result.error.kind;
};

describe('parseElf', () => {
  it('finds segments, entry and the HTIF symbols', () => {
    const result = parseElf(makeElf());
    expect(result).toEqual({
      ok: true,
      value: {
        entry: 0x8000_0000,
        segments: [{ address: 0x8000_0000, bytes: CODE, memoryBytes: 0x2000 }],
        tohost: 0x8000_1000,
        fromhost: 0x8000_1040,
      },
    });
  });

  it('gives physical addresses when the program is linked elsewhere', () => {
    const virtual = 0xffff_ffff_8000_0000n;
    const result = parseElf(makeElf({ virtual, physical: 0x8020_0000n, entry: virtual + 6n }));
    expect(result.ok && result.value.entry).toBe(0x8020_0006);
    expect(result.ok && result.value.tohost).toBe(0x8020_1000);
    expect(result.ok && result.value.segments[0]?.address).toBe(0x8020_0000);
  });

  it('leaves out a file header that was linked into the page below RAM', () => {
    const elf = makeElf({ physical: 0x7fff_fffcn });
    new DataView(elf.buffer).setBigUint64(64 + 8, 0n, true);
    const result = parseElf(elf);
    const bytes = elf.subarray(4, CODE.length);
    expect(result.ok && result.value.segments).toEqual([
      { address: 0x8000_0000, bytes, memoryBytes: 0x2000 - 4 },
    ]);
  });

  it.each<[string, Fields, string]>([
    ['a 32-bit file', { elfClass: 1 }, 'not-64-bit'],
    ['a big-endian file', { data: 2 }, 'not-little-endian'],
    ['another machine', { machine: 62 }, 'not-risc-v'],
    ['an object file', { type: 1 }, 'not-executable'],
    ['no segments', { programHeaders: 0 }, 'nothing-to-load'],
    ['a file size over the memory size', { memoryBytes: 4n }, 'bad-address'],
    ['an address beyond 2^53', { physical: 1n << 60n }, 'bad-address'],
    ['too many headers', { programHeaders: 60_000 }, 'too-much'],
  ])('refuses %s', (_name, fields, kind) => {
    expect(kindOf(makeElf(fields))).toBe(kind);
  });

  it('names the machine a file is for', () => {
    const result = parseElf(makeElf({ machine: 62 }));
    expect(!result.ok && result.error.message).toBe('this ELF file is for x86-64, not for RISC-V');
  });

  it('refuses what is no ELF file and what is cut short', () => {
    expect(kindOf(new Uint8Array(0))).toBe('not-elf');
    expect(kindOf(new TextEncoder().encode('#!/bin/sh\nexit 0\n'))).toBe('not-elf');
    expect(kindOf(makeElf().subarray(0, 40))).toBe('truncated');
    expect(kindOf(makeElf().subarray(0, 100))).toBe('truncated');
    expect(kindOf(makeElf().subarray(0, 122))).toBe('truncated');
  });

  it('never throws on damaged files (seed 20)', () => {
    const random = new SeededRandom(20);
    for (let round = 0; round < 3000; round++) {
      const bytes = makeElf();
      for (let i = random.below(6); i >= 0; i--)
        bytes[4 + random.below(bytes.length - 4)] = random.u32() & 0xff;
      expect(() => parseElf(bytes.subarray(0, random.below(bytes.length + 1)))).not.toThrow();
    }
  });
});
