import type { Instruction, InstructionFormat } from './instruction.ts';

/**
 * The C extension for RV64 (unprivileged manual, chapter C). Each line: mnemonic, the sixteen
 * bits, and what they mean. `-` bits are operands. Lines are tried in order, so the
 * special cases (reserved ones too) come before the general ones.
 */

type Operands = Partial<Pick<Instruction, 'rd' | 'rs1' | 'rs2' | 'imm'>>;
interface Expansion extends Operands {
  readonly name: string;
  readonly format: InstructionFormat;
}
interface Row {
  readonly mask: number;
  readonly match: number;
  readonly expand: (bits: number) => Expansion | undefined;
}

function row(pattern: string, expand: (bits: number) => Expansion | undefined): Row {
  const compact = pattern.replace(/ /g, '');
  if (compact.length !== 16) throw new Error(`a compressed pattern must have 16 bits: ${pattern}`);
  return {
    mask: parseInt(compact.replace(/[01]/g, '1').replace(/-/g, '0'), 2),
    match: parseInt(compact.replace(/-/g, '0'), 2),
    expand,
  };
}

const reserved = (): undefined => undefined;

// Operand fields, named as in the manual's formats CR, CI, CSS, CIW, CL, CS, CA, CB, CJ.
const full = (bits: number): number => (bits >> 7) & 31;
const fullRs2 = (bits: number): number => (bits >> 2) & 31;
const short = (bits: number): number => 8 + ((bits >> 7) & 7);
const shortLow = (bits: number): number => 8 + ((bits >> 2) & 7);

/**
 * Gathers an immediate: `places` lists, for the encoding's bits from `top` downwards, which bit of the
 * immediate each one is (the way the manual prints it), skipping bits with -1.
 */
function gather(bits: number, top: number, places: readonly number[]): number {
  return places.reduce(
    (sum, place, index) => (place < 0 ? sum : sum | (((bits >> (top - index)) & 1) << place)),
    0,
  );
}
const signed = (value: number, width: number): bigint => BigInt.asIntN(width, BigInt(value));

const SKIP5 = [-1, -1, -1, -1, -1] as const;
const SKIP3 = [-1, -1, -1] as const;
const ci = (bits: number): number => gather(bits, 12, [5, ...SKIP5, 4, 3, 2, 1, 0]);
const imm6 = (bits: number): bigint => signed(ci(bits), 6);
const shamt = (bits: number): bigint => BigInt(ci(bits));
const addi4spn = (bits: number): bigint => BigInt(gather(bits, 12, [5, 4, 9, 8, 7, 6, 2, 3]));
const addi16sp = (bits: number): bigint =>
  signed(gather(bits, 12, [9, ...SKIP5, 4, 6, 8, 7, 5]), 10);
const clWord = (bits: number): bigint => BigInt(gather(bits, 12, [5, 4, 3, ...SKIP3, 2, 6]));
const clDouble = (bits: number): bigint => BigInt(gather(bits, 12, [5, 4, 3, ...SKIP3, 7, 6]));
const lwsp = (bits: number): bigint => BigInt(gather(bits, 12, [5, ...SKIP5, 4, 3, 2, 7, 6]));
const ldsp = (bits: number): bigint => BigInt(gather(bits, 12, [5, ...SKIP5, 4, 3, 8, 7, 6]));
const swsp = (bits: number): bigint => BigInt(gather(bits, 12, [5, 4, 3, 2, 7, 6]));
const sdsp = (bits: number): bigint => BigInt(gather(bits, 12, [5, 4, 3, 8, 7, 6]));
const cj = (bits: number): bigint =>
  signed(gather(bits, 12, [11, 4, 9, 8, 10, 6, 7, 3, 2, 1, 5]), 12);
const cb = (bits: number): bigint =>
  signed(gather(bits, 12, [8, 4, 3, ...SKIP3, 7, 6, 2, 1, 5]), 9);

const op = (name: string, format: InstructionFormat, operands: Operands): Expansion => ({
  name,
  format,
  ...operands,
});
const load = (name: string, rd: number, rs1: number, imm: bigint): Expansion =>
  op(name, 'load', { rd, rs1, imm });
const store = (name: string, rs2: number, rs1: number, imm: bigint): Expansion =>
  op(name, 'S', { rs1, rs2, imm });
const arithmetic = (name: string) => (b: number) =>
  op(name, 'R', { rd: short(b), rs1: short(b), rs2: shortLow(b) });

const ROWS: readonly Row[] = [
  // Quadrant 0
  row('000 00000000 --- 00', reserved), // with all zeros: the defined illegal instruction
  row('000 -------- --- 00', (b) => op('addi', 'I', { rd: shortLow(b), rs1: 2, imm: addi4spn(b) })),
  row('001 --- --- -- --- 00', (b) => load('fld', shortLow(b), short(b), clDouble(b))),
  row('010 --- --- -- --- 00', (b) => load('lw', shortLow(b), short(b), clWord(b))),
  row('011 --- --- -- --- 00', (b) => load('ld', shortLow(b), short(b), clDouble(b))),
  row('100 --- --- -- --- 00', reserved),
  row('101 --- --- -- --- 00', (b) => store('fsd', shortLow(b), short(b), clDouble(b))),
  row('110 --- --- -- --- 00', (b) => store('sw', shortLow(b), short(b), clWord(b))),
  row('111 --- --- -- --- 00', (b) => store('sd', shortLow(b), short(b), clDouble(b))),
  // Quadrant 1
  row('000 - ----- ----- 01', (b) => op('addi', 'I', { rd: full(b), rs1: full(b), imm: imm6(b) })),
  row('001 - 00000 ----- 01', reserved),
  row('001 - ----- ----- 01', (b) => op('addiw', 'I', { rd: full(b), rs1: full(b), imm: imm6(b) })),
  row('010 - ----- ----- 01', (b) => op('addi', 'I', { rd: full(b), rs1: 0, imm: imm6(b) })),
  row('011 0 ----- 00000 01', reserved), // c.lui and c.addi16sp need a non-zero immediate
  row('011 - 00010 ----- 01', (b) => op('addi', 'I', { rd: 2, rs1: 2, imm: addi16sp(b) })),
  row('011 - ----- ----- 01', (b) => op('lui', 'U', { rd: full(b), imm: imm6(b) << 12n })),
  row('100 - 00 --- ----- 01', (b) =>
    op('srli', 'shift', { rd: short(b), rs1: short(b), imm: shamt(b) }),
  ),
  row('100 - 01 --- ----- 01', (b) =>
    op('srai', 'shift', { rd: short(b), rs1: short(b), imm: shamt(b) }),
  ),
  row('100 - 10 --- ----- 01', (b) =>
    op('andi', 'I', { rd: short(b), rs1: short(b), imm: imm6(b) }),
  ),
  row('100 0 11 --- 00 --- 01', arithmetic('sub')),
  row('100 0 11 --- 01 --- 01', arithmetic('xor')),
  row('100 0 11 --- 10 --- 01', arithmetic('or')),
  row('100 0 11 --- 11 --- 01', arithmetic('and')),
  row('100 1 11 --- 00 --- 01', arithmetic('subw')),
  row('100 1 11 --- 01 --- 01', arithmetic('addw')),
  row('100 1 11 --- 1- --- 01', reserved),
  row('101 ----------- 01', (b) => op('jal', 'J', { rd: 0, imm: cj(b) })),
  row('110 --- --- ----- 01', (b) => op('beq', 'B', { rs1: short(b), rs2: 0, imm: cb(b) })),
  row('111 --- --- ----- 01', (b) => op('bne', 'B', { rs1: short(b), rs2: 0, imm: cb(b) })),
  // Quadrant 2
  row('000 - ----- ----- 10', (b) =>
    op('slli', 'shift', { rd: full(b), rs1: full(b), imm: shamt(b) }),
  ),
  row('001 - ----- ----- 10', (b) => load('fld', full(b), 2, ldsp(b))),
  row('010 - 00000 ----- 10', reserved),
  row('010 - ----- ----- 10', (b) => load('lw', full(b), 2, lwsp(b))),
  row('011 - 00000 ----- 10', reserved),
  row('011 - ----- ----- 10', (b) => load('ld', full(b), 2, ldsp(b))),
  row('100 0 00000 00000 10', reserved),
  row('100 0 ----- 00000 10', (b) => load('jalr', 0, full(b), 0n)),
  row('100 0 ----- ----- 10', (b) => op('add', 'R', { rd: full(b), rs1: 0, rs2: fullRs2(b) })),
  row('100 1 00000 00000 10', () => op('ebreak', 'none', {})),
  row('100 1 ----- 00000 10', (b) => load('jalr', 1, full(b), 0n)),
  row('100 1 ----- ----- 10', (b) =>
    op('add', 'R', { rd: full(b), rs1: full(b), rs2: fullRs2(b) }),
  ),
  row('101 ------ ----- 10', (b) => store('fsd', fullRs2(b), 2, sdsp(b))),
  row('110 ------ ----- 10', (b) => store('sw', fullRs2(b), 2, swsp(b))),
  row('111 ------ ----- 10', (b) => store('sd', fullRs2(b), 2, sdsp(b))),
];

/** Decodes 16 bits into the instruction they stand for; undefined when they are reserved. */
export function decodeCompressed(bits: number): Instruction | undefined {
  const found = ROWS.find(({ mask, match }) => (bits & mask) === match)?.expand(bits);
  if (found === undefined) return undefined;
  return {
    rd: 0,
    rs1: 0,
    rs2: 0,
    rs3: 0,
    imm: 0n,
    rm: undefined,
    csr: 0,
    length: 2,
    bits,
    ...found,
  };
}
