/**
 * Operand formats (RISC-V unprivileged manual, 2.2, 2.3 and the "Instruction Set Listings"). A
 * format says which register files the operand fields name and how the immediate is put together.
 */

export type RegisterFile = 'x' | 'f';

/** The operands of one instruction as decoded; absent registers are 0. */
export interface Operands {
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly rs3: number;
  /** Rounding mode field (funct3), 7 = dynamic; 0 where the format has none. */
  readonly rm: number;
  /** Sign-extended immediate: fits in 32 bits for every format. For CSR formats the CSR number. */
  readonly imm: number;
}

export interface Format {
  readonly name: string;
  readonly rd?: RegisterFile;
  readonly rs1?: RegisterFile;
  readonly rs2?: RegisterFile;
  readonly rs3?: RegisterFile;
  readonly rounding?: true;
  /** `pc`: the immediate is added to the pc to form a target. */
  readonly target?: 'pc';
  readonly immediate?: (bits: number) => number;
  /** How the operands are written in assembly; used by the disassembler. */
  readonly syntax: string;
}

const immediateI = (bits: number): number => bits >> 20;
const immediateS = (bits: number): number => ((bits >> 25) << 5) | ((bits >>> 7) & 0x1f);
const immediateB = (bits: number): number =>
  ((bits >> 31) << 12) | ((bits & 0x80) << 4) | ((bits >>> 20) & 0x7e0) | ((bits >>> 7) & 0x1e);
const immediateU = (bits: number): number => bits & ~0xfff;
const immediateJ = (bits: number): number =>
  ((bits >> 31) << 20) | (bits & 0xff000) | ((bits >>> 9) & 0x800) | ((bits >>> 20) & 0x7fe);
const shamt = (bits: number): number => (bits >>> 20) & 0x3f;
const csrNumber = (bits: number): number => bits >>> 20;

export const R: Format = { name: 'R', rd: 'x', rs1: 'x', rs2: 'x', syntax: 'rd, rs1, rs2' };
export const I: Format = {
  name: 'I',
  rd: 'x',
  rs1: 'x',
  immediate: immediateI,
  syntax: 'rd, rs1, imm',
};
export const LOAD: Format = {
  name: 'load',
  rd: 'x',
  rs1: 'x',
  immediate: immediateI,
  syntax: 'rd, imm(rs1)',
};
export const SHIFT: Format = {
  name: 'shift',
  rd: 'x',
  rs1: 'x',
  immediate: shamt,
  syntax: 'rd, rs1, imm',
};
export const S: Format = {
  name: 'S',
  rs1: 'x',
  rs2: 'x',
  immediate: immediateS,
  syntax: 'rs2, imm(rs1)',
};
export const B: Format = {
  name: 'B',
  rs1: 'x',
  rs2: 'x',
  target: 'pc',
  immediate: immediateB,
  syntax: 'rs1, rs2, target',
};
export const U: Format = { name: 'U', rd: 'x', immediate: immediateU, syntax: 'rd, upper' };
export const J: Format = {
  name: 'J',
  rd: 'x',
  target: 'pc',
  immediate: immediateJ,
  syntax: 'rd, target',
};
export const NONE: Format = { name: 'none', syntax: '' };
export const FENCE: Format = { name: 'fence', syntax: '' };
export const SFENCE: Format = { name: 'sfence', rs1: 'x', rs2: 'x', syntax: 'rs1, rs2' };
/** rs1 is a register for csrrw/s/c, a 5-bit immediate for the others: see `zicsr.ts`. */
export const CSR: Format = {
  name: 'csr',
  rd: 'x',
  rs1: 'x',
  immediate: csrNumber,
  syntax: 'rd, csr, rs1',
};
export const CSR_IMMEDIATE: Format = {
  name: 'csr-immediate',
  rd: 'x',
  rs1: 'x',
  immediate: csrNumber,
  syntax: 'rd, csr, uimm',
};
export const AMO: Format = { name: 'amo', rd: 'x', rs1: 'x', rs2: 'x', syntax: 'rd, rs2, (rs1)' };
export const LR: Format = { name: 'lr', rd: 'x', rs1: 'x', syntax: 'rd, (rs1)' };
export const FLOAD: Format = {
  name: 'fload',
  rd: 'f',
  rs1: 'x',
  immediate: immediateI,
  syntax: 'rd, imm(rs1)',
};
export const FSTORE: Format = {
  name: 'fstore',
  rs1: 'x',
  rs2: 'f',
  immediate: immediateS,
  syntax: 'rs2, imm(rs1)',
};
export const FR: Format = {
  name: 'fr',
  rd: 'f',
  rs1: 'f',
  rs2: 'f',
  rounding: true,
  syntax: 'rd, rs1, rs2, rm',
};
export const FR1: Format = {
  name: 'fr1',
  rd: 'f',
  rs1: 'f',
  rounding: true,
  syntax: 'rd, rs1, rm',
};
export const FR4: Format = {
  name: 'fr4',
  rd: 'f',
  rs1: 'f',
  rs2: 'f',
  rs3: 'f',
  rounding: true,
  syntax: 'rd, rs1, rs2, rs3, rm',
};
/** Sign injection, minimum and maximum: funct3 is part of the opcode. */
export const FR_NO_RM: Format = {
  name: 'fr-no-rm',
  rd: 'f',
  rs1: 'f',
  rs2: 'f',
  syntax: 'rd, rs1, rs2',
};
export const FCOMPARE: Format = {
  name: 'fcompare',
  rd: 'x',
  rs1: 'f',
  rs2: 'f',
  syntax: 'rd, rs1, rs2',
};
export const F_TO_X: Format = {
  name: 'f-to-x',
  rd: 'x',
  rs1: 'f',
  rounding: true,
  syntax: 'rd, rs1, rm',
};
export const X_TO_F: Format = {
  name: 'x-to-f',
  rd: 'f',
  rs1: 'x',
  rounding: true,
  syntax: 'rd, rs1, rm',
};
export const MOVE_F_TO_X: Format = { name: 'move-f-to-x', rd: 'x', rs1: 'f', syntax: 'rd, rs1' };
export const MOVE_X_TO_F: Format = { name: 'move-x-to-f', rd: 'f', rs1: 'x', syntax: 'rd, rs1' };

/** The operand fields of a 32-bit encoding. */
export function operandsOf(format: Format, bits: number): Operands {
  return {
    rd: format.rd ? (bits >>> 7) & 31 : 0,
    rs1: format.rs1 ? (bits >>> 15) & 31 : 0,
    rs2: format.rs2 ? (bits >>> 20) & 31 : 0,
    rs3: format.rs3 ? (bits >>> 27) & 31 : 0,
    rm: format.rounding ? (bits >>> 12) & 7 : 0,
    imm: format.immediate ? format.immediate(bits) : 0,
  };
}
