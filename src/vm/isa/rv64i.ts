/** RV64I: base integer instructions (unprivileged manual, chapters 2 and 4). */
import type { I32, I64 } from '../wasm/ast.ts';
import { nothing, seq } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { CPU_PRIVILEGE } from '../layout.ts';
import type { Log2Size, Semantics } from './context.ts';
import { B, FENCE, I, J, LOAD, NONE, R, S, SHIFT, U } from './formats.ts';
import type { Instruction } from './instruction.ts';

const OP = 0x33;
const OP_32 = 0x3b;
const OP_IMM = 0x13;
const OP_IMM_32 = 0x1b;

type Binary = (a: I64, b: I64) => I64;

const base = (
  name: string,
  mask: number,
  match: number,
  format: Instruction['format'],
  semantics: Semantics,
) => ({ name, extension: 'I', mask, match, format, semantics }) as const satisfies Instruction;

const register = (
  name: string,
  opcode: number,
  funct3: number,
  funct7: number,
  operation: Binary,
): Instruction =>
  base(name, 0xfe00707f, (funct7 << 25) | (funct3 << 12) | opcode, R, ({ rs1, rs2, setRd }) =>
    setRd(operation(rs1, rs2)),
  );

const immediate = (name: string, opcode: number, funct3: number, operation: Binary): Instruction =>
  base(name, 0x707f, (funct3 << 12) | opcode, I, ({ rs1, imm, setRd }) =>
    setRd(operation(rs1, imm)),
  );

const shift = (name: string, mask: number, match: number, operation: Binary): Instruction =>
  base(name, mask, match, SHIFT, ({ rs1, imm, setRd }) => setRd(operation(rs1, imm)));

const branch = (name: string, funct3: number, condition: (a: I64, b: I64) => I32): Instruction =>
  base(name, 0x707f, (funct3 << 12) | 0x63, B, ({ rs1, rs2, branch: take }) =>
    take(condition(rs1, rs2)),
  );

const load = (
  name: string,
  funct3: number,
  size: Log2Size,
  extension: 'signed' | 'zero',
): Instruction =>
  base(name, 0x707f, (funct3 << 12) | 0x03, LOAD, ({ rs1, imm, load: read, setRd }) =>
    read(size, extension, i64.add(rs1, imm), setRd),
  );

const store = (name: string, funct3: number, size: Log2Size): Instruction =>
  base(name, 0x707f, (funct3 << 12) | 0x23, S, ({ rs1, rs2, imm, store: write }) =>
    write(size, i64.add(rs1, imm), rs2),
  );

const wordOf =
  (operation: (a: I32, b: I32) => I32): Binary =>
  (a, b) =>
    i64.extendI32S(operation(i32.wrapI64(a), i32.wrapI64(b)));
const condition =
  (compare: (a: I64, b: I64) => I32): Binary =>
  (a, b) =>
    i64.extendI32U(compare(a, b));

/** Exception causes (privileged manual, mcause). */
const BREAKPOINT = 3;
const ECALL_FROM_USER = 8;

export const rv64i: readonly Instruction[] = [
  base('lui', 0x7f, 0x37, U, ({ imm, setRd }) => setRd(imm)),
  base('auipc', 0x7f, 0x17, U, ({ pc, imm, setRd }) => setRd(i64.add(pc, imm))),
  base('jal', 0x7f, 0x6f, J, ({ nextPc, setRd, jumpRelative }) =>
    seq(setRd(nextPc), jumpRelative()),
  ),
  base('jalr', 0x707f, 0x67, I, ({ rs1, imm, nextPc, bind, setRd, jump }) =>
    bind(i64.and(i64.add(rs1, imm), i64.const(-2)), (target) => seq(setRd(nextPc), jump(target))),
  ),

  branch('beq', 0, i64.eq),
  branch('bne', 1, i64.ne),
  branch('blt', 4, i64.ltS),
  branch('bge', 5, i64.geS),
  branch('bltu', 6, i64.ltU),
  branch('bgeu', 7, i64.geU),

  load('lb', 0, 0, 'signed'),
  load('lh', 1, 1, 'signed'),
  load('lw', 2, 2, 'signed'),
  load('ld', 3, 3, 'signed'),
  load('lbu', 4, 0, 'zero'),
  load('lhu', 5, 1, 'zero'),
  load('lwu', 6, 2, 'zero'),
  store('sb', 0, 0),
  store('sh', 1, 1),
  store('sw', 2, 2),
  store('sd', 3, 3),

  immediate('addi', OP_IMM, 0, i64.add),
  immediate('slti', OP_IMM, 2, condition(i64.ltS)),
  immediate('sltiu', OP_IMM, 3, condition(i64.ltU)),
  immediate('xori', OP_IMM, 4, i64.xor),
  immediate('ori', OP_IMM, 6, i64.or),
  immediate('andi', OP_IMM, 7, i64.and),
  shift('slli', 0xfc00707f, 0x00001013, i64.shl),
  shift('srli', 0xfc00707f, 0x00005013, i64.shrU),
  shift('srai', 0xfc00707f, 0x40005013, i64.shrS),
  immediate('addiw', OP_IMM_32, 0, wordOf(i32.add)),
  shift('slliw', 0xfe00707f, 0x0000101b, wordOf(i32.shl)),
  shift('srliw', 0xfe00707f, 0x0000501b, wordOf(i32.shrU)),
  shift('sraiw', 0xfe00707f, 0x4000501b, wordOf(i32.shrS)),

  register('add', OP, 0, 0x00, i64.add),
  register('sub', OP, 0, 0x20, i64.sub),
  register('sll', OP, 1, 0x00, i64.shl),
  register('slt', OP, 2, 0x00, condition(i64.ltS)),
  register('sltu', OP, 3, 0x00, condition(i64.ltU)),
  register('xor', OP, 4, 0x00, i64.xor),
  register('srl', OP, 5, 0x00, i64.shrU),
  register('sra', OP, 5, 0x20, i64.shrS),
  register('or', OP, 6, 0x00, i64.or),
  register('and', OP, 7, 0x00, i64.and),
  register('addw', OP_32, 0, 0x00, wordOf(i32.add)),
  register('subw', OP_32, 0, 0x20, wordOf(i32.sub)),
  register('sllw', OP_32, 1, 0x00, wordOf(i32.shl)),
  register('srlw', OP_32, 5, 0x00, wordOf(i32.shrU)),
  register('sraw', OP_32, 5, 0x20, wordOf(i32.shrS)),

  // One hart and strongly ordered devices: nothing to order (reserved fields are ignored, 2.7).
  base('fence', 0x707f, 0x0f, FENCE, () => nothing),
  base('ecall', 0xffffffff, 0x73, NONE, ({ leaf }) =>
    // User, supervisor and machine calls have causes 8, 9 and 11: 8 + privilege.
    leaf(
      'raise',
      [i64.add(i64.load32U(i32.const(CPU_PRIVILEGE)), i64.const(ECALL_FROM_USER)), i64.const(0)],
      () => nothing,
    ),
  ),
  base('ebreak', 0xffffffff, 0x100073, NONE, ({ pc, raise }) => raise(BREAKPOINT, pc)),
];
