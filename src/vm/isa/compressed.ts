/**
 * C: compressed encodings (unprivileged manual, chapter C, RV64C). Each names the base
 * instruction it stands for; semantics exist only there.
 */
import type { Operands } from './formats.ts';
import type { CompressedEncoding } from './instruction.ts';

const NO_OPERANDS: Operands = { rd: 0, rs1: 0, rs2: 0, rs3: 0, rm: 0, imm: 0 };
const operands = (given: Partial<Operands>): Operands => ({ ...NO_OPERANDS, ...given });

const field = (bits: number, high: number, low: number): number =>
  (bits >>> low) & ((1 << (high - low + 1)) - 1);
const signExtend = (value: number, width: number): number =>
  (value << (32 - width)) >> (32 - width);

/** Full register fields and the three-bit ones (x8..x15). */
const rdFull = (bits: number): number => field(bits, 11, 7);
const rs2Full = (bits: number): number => field(bits, 6, 2);
const rdShort = (bits: number): number => 8 + field(bits, 4, 2);
const rs1Short = (bits: number): number => 8 + field(bits, 9, 7);

const imm6 = (bits: number): number =>
  signExtend((field(bits, 12, 12) << 5) | field(bits, 6, 2), 6);
const shamt6 = (bits: number): number => (field(bits, 12, 12) << 5) | field(bits, 6, 2);
const offsetW = (bits: number): number =>
  (field(bits, 5, 5) << 6) | (field(bits, 12, 10) << 3) | (field(bits, 6, 6) << 2);
const offsetD = (bits: number): number => (field(bits, 6, 5) << 6) | (field(bits, 12, 10) << 3);
const offsetSpW = (bits: number): number =>
  (field(bits, 3, 2) << 6) | (field(bits, 12, 12) << 5) | (field(bits, 6, 4) << 2);
const offsetSpD = (bits: number): number =>
  (field(bits, 4, 2) << 6) | (field(bits, 12, 12) << 5) | (field(bits, 6, 5) << 3);
const storeSpW = (bits: number): number => (field(bits, 8, 7) << 6) | (field(bits, 12, 9) << 2);
const storeSpD = (bits: number): number => (field(bits, 9, 7) << 6) | (field(bits, 12, 10) << 3);
const offsetJ = (bits: number): number =>
  signExtend(
    (field(bits, 12, 12) << 11) |
      (field(bits, 8, 8) << 10) |
      (field(bits, 10, 9) << 8) |
      (field(bits, 6, 6) << 7) |
      (field(bits, 7, 7) << 6) |
      (field(bits, 2, 2) << 5) |
      (field(bits, 11, 11) << 4) |
      (field(bits, 5, 3) << 1),
    12,
  );
const offsetB = (bits: number): number =>
  signExtend(
    (field(bits, 12, 12) << 8) |
      (field(bits, 6, 5) << 6) |
      (field(bits, 2, 2) << 5) |
      (field(bits, 11, 10) << 3) |
      (field(bits, 4, 3) << 1),
    9,
  );
const imm4spn = (bits: number): number =>
  (field(bits, 10, 7) << 6) |
  (field(bits, 12, 11) << 4) |
  (field(bits, 5, 5) << 3) |
  (field(bits, 6, 6) << 2);
const imm16sp = (bits: number): number =>
  signExtend(
    (field(bits, 12, 12) << 9) |
      (field(bits, 4, 3) << 7) |
      (field(bits, 5, 5) << 6) |
      (field(bits, 2, 2) << 5) |
      (field(bits, 6, 6) << 4),
    10,
  );

const SP = 2;
const RA = 1;

const encoding = (
  name: string,
  mask: number,
  match: number,
  expandsTo: string,
  operandsOfBits: (bits: number) => Operands | undefined,
): CompressedEncoding => ({ name, mask, match, expandsTo, operands: operandsOfBits });

const shortLoad = (
  name: string,
  match: number,
  expandsTo: string,
  offset: (bits: number) => number,
) =>
  encoding(name, 0xe003, match, expandsTo, (b) =>
    operands({ rd: rdShort(b), rs1: rs1Short(b), imm: offset(b) }),
  );
const shortStore = (
  name: string,
  match: number,
  expandsTo: string,
  offset: (bits: number) => number,
) =>
  encoding(name, 0xe003, match, expandsTo, (b) =>
    operands({ rs2: rdShort(b), rs1: rs1Short(b), imm: offset(b) }),
  );
const stackStore = (
  name: string,
  match: number,
  expandsTo: string,
  offset: (bits: number) => number,
) =>
  encoding(name, 0xe003, match, expandsTo, (b) =>
    operands({ rs2: rs2Full(b), rs1: SP, imm: offset(b) }),
  );
/** Loads to an integer register must not name x0 (reserved). */
const stackLoad = (
  name: string,
  match: number,
  expandsTo: string,
  offset: (bits: number) => number,
  file: 'x' | 'f',
) =>
  encoding(name, 0xe003, match, expandsTo, (b) =>
    file === 'x' && rdFull(b) === 0
      ? undefined
      : operands({ rd: rdFull(b), rs1: SP, imm: offset(b) }),
  );
const shortArithmetic = (name: string, match: number, expandsTo: string) =>
  encoding(name, 0xfc63, match, expandsTo, (b) =>
    operands({ rd: rs1Short(b), rs1: rs1Short(b), rs2: rdShort(b) }),
  );

export const compressed: readonly CompressedEncoding[] = [
  // Quadrant 0. nzuimm = 0 is reserved; all zeros is the defined illegal instruction.
  encoding('c.addi4spn', 0xe003, 0x0000, 'addi', (b) =>
    imm4spn(b) === 0 ? undefined : operands({ rd: rdShort(b), rs1: SP, imm: imm4spn(b) }),
  ),
  shortLoad('c.fld', 0x2000, 'fld', offsetD),
  shortLoad('c.lw', 0x4000, 'lw', offsetW),
  shortLoad('c.ld', 0x6000, 'ld', offsetD),
  shortStore('c.fsd', 0xa000, 'fsd', offsetD),
  shortStore('c.sw', 0xc000, 'sw', offsetW),
  shortStore('c.sd', 0xe000, 'sd', offsetD),

  // Quadrant 1.
  encoding('c.addi', 0xe003, 0x0001, 'addi', (b) =>
    operands({ rd: rdFull(b), rs1: rdFull(b), imm: imm6(b) }),
  ),
  encoding('c.addiw', 0xe003, 0x2001, 'addiw', (b) =>
    rdFull(b) === 0 ? undefined : operands({ rd: rdFull(b), rs1: rdFull(b), imm: imm6(b) }),
  ),
  encoding('c.li', 0xe003, 0x4001, 'addi', (b) => operands({ rd: rdFull(b), imm: imm6(b) })),
  encoding('c.addi16sp', 0xef83, 0x6101, 'addi', (b) =>
    imm16sp(b) === 0 ? undefined : operands({ rd: SP, rs1: SP, imm: imm16sp(b) }),
  ),
  // rd = 2 is c.addi16sp; rd = 0 is a hint, and executes as lui x0.
  encoding('c.lui', 0xe003, 0x6001, 'lui', (b) =>
    imm6(b) === 0 || rdFull(b) === SP ? undefined : operands({ rd: rdFull(b), imm: imm6(b) << 12 }),
  ),
  encoding('c.srli', 0xec03, 0x8001, 'srli', (b) =>
    operands({ rd: rs1Short(b), rs1: rs1Short(b), imm: shamt6(b) }),
  ),
  encoding('c.srai', 0xec03, 0x8401, 'srai', (b) =>
    operands({ rd: rs1Short(b), rs1: rs1Short(b), imm: shamt6(b) }),
  ),
  encoding('c.andi', 0xec03, 0x8801, 'andi', (b) =>
    operands({ rd: rs1Short(b), rs1: rs1Short(b), imm: imm6(b) }),
  ),
  shortArithmetic('c.sub', 0x8c01, 'sub'),
  shortArithmetic('c.xor', 0x8c21, 'xor'),
  shortArithmetic('c.or', 0x8c41, 'or'),
  shortArithmetic('c.and', 0x8c61, 'and'),
  shortArithmetic('c.subw', 0x9c01, 'subw'),
  shortArithmetic('c.addw', 0x9c21, 'addw'),
  encoding('c.j', 0xe003, 0xa001, 'jal', (b) => operands({ imm: offsetJ(b) })),
  encoding('c.beqz', 0xe003, 0xc001, 'beq', (b) => operands({ rs1: rs1Short(b), imm: offsetB(b) })),
  encoding('c.bnez', 0xe003, 0xe001, 'bne', (b) => operands({ rs1: rs1Short(b), imm: offsetB(b) })),

  // Quadrant 2.
  encoding('c.slli', 0xe003, 0x0002, 'slli', (b) =>
    operands({ rd: rdFull(b), rs1: rdFull(b), imm: shamt6(b) }),
  ),
  stackLoad('c.fldsp', 0x2002, 'fld', offsetSpD, 'f'),
  stackLoad('c.lwsp', 0x4002, 'lw', offsetSpW, 'x'),
  stackLoad('c.ldsp', 0x6002, 'ld', offsetSpD, 'x'),
  encoding('c.jr', 0xf07f, 0x8002, 'jalr', (b) =>
    rdFull(b) === 0 ? undefined : operands({ rs1: rdFull(b) }),
  ),
  encoding('c.mv', 0xf003, 0x8002, 'add', (b) =>
    rs2Full(b) === 0 ? undefined : operands({ rd: rdFull(b), rs2: rs2Full(b) }),
  ),
  encoding('c.ebreak', 0xffff, 0x9002, 'ebreak', () => operands({})),
  encoding('c.jalr', 0xf07f, 0x9002, 'jalr', (b) =>
    rdFull(b) === 0 ? undefined : operands({ rd: RA, rs1: rdFull(b) }),
  ),
  encoding('c.add', 0xf003, 0x9002, 'add', (b) =>
    rs2Full(b) === 0 ? undefined : operands({ rd: rdFull(b), rs1: rdFull(b), rs2: rs2Full(b) }),
  ),
  stackStore('c.fsdsp', 0xa002, 'fsd', storeSpD),
  stackStore('c.swsp', 0xc002, 'sw', storeSpW),
  stackStore('c.sdsp', 0xe002, 'sd', storeSpD),
];
