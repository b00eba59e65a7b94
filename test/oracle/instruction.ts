/** A decoded instruction. Compressed ones carry the name and operands of what they stand for. */
export interface Instruction {
  /** The base mnemonic, for example `addi` also for `c.addi`. */
  readonly name: string;
  readonly length: 2 | 4;
  /** The encoding, 16 or 32 bits. */
  readonly bits: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly rs3: number;
  /** Sign-extended immediate, shift amount, or zero-extended immediate of csrr*i. */
  readonly imm: bigint;
  /** The rounding mode field, for the instructions that have one, else undefined. */
  readonly rm: number | undefined;
  readonly csr: number;
  /** How the operands are written. */
  readonly format: InstructionFormat;
}

export type InstructionFormat =
  | 'R'
  | 'R4'
  | 'I'
  | 'shift'
  | 'load'
  | 'S'
  | 'B'
  | 'U'
  | 'J'
  | 'csr'
  | 'csri'
  | 'none'
  | 'atomic'
  | 'fp'
  | 'fp1'
  | 'fence';

const X_NAMES =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(
    ' ',
  );

export const xName = (index: number): string => X_NAMES[index] ?? `x${index}`;
const fName = (index: number): string => `f${index}`;

const RM_NAMES = ['rne', 'rtz', 'rdn', 'rup', 'rmm', 'rm5', 'rm6', 'dyn'];

/** Assembly text, near enough to objdump's to be read; branch targets are absolute. */
export function disassemble(instruction: Instruction, pc: bigint): string {
  const { name, rd, rs1, rs2, rs3, imm, csr, rm } = instruction;
  const target = (): string => `0x${BigInt.asUintN(64, pc + imm).toString(16)}`;
  const isFloat = name.startsWith('f') && !name.startsWith('fence');
  const register = (index: number, float: boolean): string => (float ? fName(index) : xName(index));
  const toX = /^(fmv\.x|fcvt\.(w|wu|l|lu)\.|feq|flt|fle|fclass)/.test(name);
  const fromX = /^(fmv\.[wd]\.x|fcvt\.[sd]\.[wl])/.test(name);
  const rounding = rm === undefined ? '' : `, ${RM_NAMES[rm] ?? ''}`;
  const prefix = instruction.length === 2 ? 'c:' : '';
  const operands = ((): string => {
    switch (instruction.format) {
      case 'R':
        return `${xName(rd)}, ${xName(rs1)}, ${xName(rs2)}`;
      case 'R4':
        return `${fName(rd)}, ${fName(rs1)}, ${fName(rs2)}, ${fName(rs3)}${rounding}`;
      case 'fp':
        return `${register(rd, !toX)}, ${fName(rs1)}, ${fName(rs2)}${rounding}`;
      case 'fp1':
        return `${register(rd, !toX)}, ${register(rs1, !fromX)}${rounding}`;
      case 'I':
      case 'shift':
        return `${xName(rd)}, ${xName(rs1)}, ${imm}`;
      case 'load':
        return `${register(rd, isFloat)}, ${imm}(${xName(rs1)})`;
      case 'S':
        return `${register(rs2, isFloat)}, ${imm}(${xName(rs1)})`;
      case 'B':
        return `${xName(rs1)}, ${xName(rs2)}, ${target()}`;
      case 'U':
        return `${xName(rd)}, 0x${BigInt.asUintN(20, imm >> 12n).toString(16)}`;
      case 'J':
        return `${xName(rd)}, ${target()}`;
      case 'csr':
        return `${xName(rd)}, 0x${csr.toString(16)}, ${xName(rs1)}`;
      case 'csri':
        return `${xName(rd)}, 0x${csr.toString(16)}, ${imm}`;
      case 'atomic':
        return `${xName(rd)}, ${xName(rs2)}, (${xName(rs1)})`;
      case 'fence':
      case 'none':
        return '';
    }
  })();
  return `${prefix}${name} ${operands}`.trim();
}
