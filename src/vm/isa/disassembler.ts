/** Instruction to assembly text, derived from the table; ABI register names (psABI, chapter 1). */
import { decode } from './decoder.ts';

const X_NAMES =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(
    ' ',
  );
const F_NAMES =
  'ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11'.split(
    ' ',
  );
const ROUNDING_NAMES = ['rne', 'rtz', 'rdn', 'rup', 'rmm', '', '', 'dyn'];

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Text of the instruction `bits` at address `pc`; unknown encodings give `.insn 0x…`. */
export function disassemble(bits: number, pc: bigint): string {
  const decoded = decode(bits);
  if (!decoded) return `.insn ${hex((bits & 3) === 3 ? bits >>> 0 : bits & 0xffff)}`;
  const { operands, spelling } = decoded;
  const { format } = decoded.instruction;
  const register = (field: 'rd' | 'rs1' | 'rs2' | 'rs3'): string =>
    (format[field] === 'f' ? F_NAMES : X_NAMES)[operands[field]] ?? '?';
  const text = format.syntax.replace(/rd|rs[123]|rm|imm\b|uimm|upper|target|csr/g, (part) => {
    switch (part) {
      case 'rd':
      case 'rs1':
      case 'rs2':
      case 'rs3':
        return register(part);
      case 'rm':
        return ROUNDING_NAMES[operands.rm] ?? '?';
      case 'uimm':
        return String(operands.rs1);
      case 'upper':
        return hex((operands.imm >>> 12) & 0xfffff);
      case 'target':
        return hex(BigInt.asUintN(64, pc + BigInt(operands.imm)));
      case 'csr':
        return hex(operands.imm >>> 0);
      default:
        return String(operands.imm);
    }
  });
  return text === '' ? spelling : `${spelling} ${text}`;
}
