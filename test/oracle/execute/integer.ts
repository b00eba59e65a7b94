import { MASK64, s32, s64, sext32, u32, u64 } from '../bits.ts';
import type { Hart } from '../hart.ts';
import type { Instruction } from '../instruction.ts';

/** What an instruction does. Throws an exception object when it traps; then it has changed nothing. */
export type Execute = (hart: Hart, instruction: Instruction) => void;

type Binary = (a: bigint, b: bigint) => bigint;

const truth = (value: boolean): bigint => (value ? 1n : 0n);
const shift6 = (amount: bigint): bigint => amount & 63n;
const shift5 = (amount: bigint): bigint => amount & 31n;

const MINIMUM64 = -(1n << 63n);
const MINIMUM32 = -(1n << 31n);

/** Division as the M chapter's table demands: by zero gives -1 and the dividend, overflow the dividend and 0. */
const divide = (a: bigint, b: bigint, minimum: bigint): bigint =>
  b === 0n ? -1n : a === minimum && b === -1n ? a : a / b;
const remainder = (a: bigint, b: bigint): bigint => (b === 0n ? a : a % b);

/** rd = a op b, on unsigned 64-bit operands; the result is taken modulo 2^64. */
const BINARY: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << shift6(b),
  slt: (a, b) => truth(s64(a) < s64(b)),
  sltu: (a, b) => truth(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> shift6(b),
  sra: (a, b) => s64(a) >> shift6(b),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => sext32(a + b),
  subw: (a, b) => sext32(a - b),
  sllw: (a, b) => sext32(a << shift5(b)),
  srlw: (a, b) => sext32(u32(a) >> shift5(b)),
  sraw: (a, b) => s32(a) >> shift5(b),
  mul: (a, b) => a * b,
  mulh: (a, b) => (s64(a) * s64(b)) >> 64n,
  mulhsu: (a, b) => (s64(a) * b) >> 64n,
  mulhu: (a, b) => (a * b) >> 64n,
  div: (a, b) => divide(s64(a), s64(b), MINIMUM64),
  divu: (a, b) => (b === 0n ? MASK64 : a / b),
  rem: (a, b) => remainder(s64(a), s64(b)),
  remu: (a, b) => remainder(a, b),
  mulw: (a, b) => sext32(a * b),
  divw: (a, b) => divide(s32(a), s32(b), MINIMUM32),
  divuw: (a, b) => (u32(b) === 0n ? MASK64 : sext32(u32(a) / u32(b))),
  remw: (a, b) => remainder(s32(a), s32(b)),
  remuw: (a, b) => sext32(remainder(u32(a), u32(b))),
};

/** The immediate forms and the register form each of them repeats. */
const IMMEDIATE: Readonly<Record<string, string>> = {
  addi: 'add',
  slti: 'slt',
  sltiu: 'sltu',
  xori: 'xor',
  ori: 'or',
  andi: 'and',
  slli: 'sll',
  srli: 'srl',
  srai: 'sra',
  addiw: 'addw',
  slliw: 'sllw',
  srliw: 'srlw',
  sraiw: 'sraw',
};

const CONDITIONS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  beq: (a, b) => a === b,
  bne: (a, b) => a !== b,
  blt: (a, b) => s64(a) < s64(b),
  bge: (a, b) => s64(a) >= s64(b),
  bltu: (a, b) => a < b,
  bgeu: (a, b) => a >= b,
};

export const integerInstructions = new Map<string, Execute>();

for (const [name, binary] of Object.entries(BINARY)) {
  integerInstructions.set(name, (hart, { rd, rs1, rs2 }) => {
    hart.setX(rd, binary(hart.getX(rs1), hart.getX(rs2)));
  });
}
for (const [name, registerForm] of Object.entries(IMMEDIATE)) {
  const binary = BINARY[registerForm];
  if (binary === undefined) throw new Error(`no instruction ${registerForm}`);
  integerInstructions.set(name, (hart, { rd, rs1, imm }) => {
    hart.setX(rd, binary(hart.getX(rs1), u64(imm)));
  });
}
for (const [name, holds] of Object.entries(CONDITIONS)) {
  integerInstructions.set(name, (hart, { rs1, rs2, imm }) => {
    if (holds(hart.getX(rs1), hart.getX(rs2))) hart.nextPc = u64(hart.pc + imm);
  });
}
integerInstructions
  .set('lui', (hart, { rd, imm }) => {
    hart.setX(rd, imm);
  })
  .set('auipc', (hart, { rd, imm }) => {
    hart.setX(rd, hart.pc + imm);
  })
  .set('jal', (hart, { rd, imm }) => {
    hart.setX(rd, hart.nextPc);
    hart.nextPc = u64(hart.pc + imm);
  })
  .set('jalr', (hart, { rd, rs1, imm }) => {
    const target = u64(hart.getX(rs1) + imm) & ~1n;
    hart.setX(rd, hart.nextPc);
    hart.nextPc = target;
  });
