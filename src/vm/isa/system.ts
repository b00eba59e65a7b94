/** Zicsr, Zifencei and the privileged instructions (privileged manual, 3.3 and 10.6). */
import { nothing } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { CSR, CSR_IMMEDIATE, FENCE, NONE, SFENCE } from './formats.ts';
import type { Instruction } from './instruction.ts';

const CSR_WRITE = 1;

/**
 * `op` is the low half of funct3: 1 write, 2 set, 3 clear. Set and clear with x0 (or 0) do not
 * write at all, so that a read-only CSR may be read (unprivileged manual, Zicsr).
 */
const csr = (name: string, op: 1 | 2 | 3, source: 'register' | 'immediate'): Instruction => ({
  name,
  extension: 'Zicsr',
  mask: 0x707f,
  match: ((source === 'register' ? op : op + 4) << 12) | 0x73,
  format: source === 'register' ? CSR : CSR_IMMEDIATE,
  semantics: ({ rs1, uimm, imm, leaf, setRd }) => {
    const writes = op === CSR_WRITE ? i32.const(1) : i64.ne(uimm, i64.const(0));
    return leaf(
      'csr_access',
      [i32.wrapI64(imm), i32.const(op), writes, source === 'register' ? rs1 : uimm],
      setRd,
    );
  },
});

const plain = (name: string, match: number, leafName: 'mret' | 'sret' | 'wfi'): Instruction => ({
  name,
  extension: 'system',
  mask: 0xffffffff | 0,
  match,
  format: NONE,
  semantics: ({ leaf }) => leaf(leafName, [], () => nothing),
});

export const system: readonly Instruction[] = [
  csr('csrrw', 1, 'register'),
  csr('csrrs', 2, 'register'),
  csr('csrrc', 3, 'register'),
  csr('csrrwi', 1, 'immediate'),
  csr('csrrsi', 2, 'immediate'),
  csr('csrrci', 3, 'immediate'),
  {
    name: 'fence.i',
    extension: 'Zifencei',
    mask: 0x707f,
    match: 0x100f,
    format: FENCE,
    semantics: ({ leaf }) => leaf('fence_i', [], () => nothing),
  },
  plain('mret', 0x30200073, 'mret'),
  plain('sret', 0x10200073, 'sret'),
  plain('wfi', 0x10500073, 'wfi'),
  {
    name: 'sfence.vma',
    extension: 'system',
    mask: 0xfe007fff | 0,
    match: 0x12000073,
    format: SFENCE,
    semantics: ({ rs1, leaf, uimm }) =>
      leaf('sfence_vma', [rs1, i64.ne(uimm, i64.const(0))], () => nothing),
  },
];
