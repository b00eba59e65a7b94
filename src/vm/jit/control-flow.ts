/** Where control goes behind an instruction: what ends basic blocks. */
import type { Decoded } from '../isa/decoder.ts';

/** One instruction of a block. */
export interface RegionInstruction {
  /** Bytes from the start of the entry's page; may be negative or beyond it. */
  readonly offset: number;
  readonly decoded: Decoded;
}

/** How a block ends. Offsets are bytes from the start of the entry's page. */
export type ControlFlow =
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  /** To a known place; a call, when it has a place to return to. */
  | { readonly kind: 'jump'; readonly target: number; readonly returnTo: number | undefined }
  /** To a computed address; a call, when it has a place to return to. */
  | { readonly kind: 'indirect'; readonly isReturn: boolean; readonly returnTo: number | undefined }
  /** The next block begins here. */
  | { readonly kind: 'next'; readonly next: number }
  /** The engine must fetch anew behind the last instruction: it may have changed control state. */
  | { readonly kind: 'leave'; readonly next: number };

/** Longer blocks are cut, so that a slice can end everywhere soon. */
export const MAX_BLOCK_INSTRUCTIONS = 64;

/** x1, where calls leave the address to return to (unprivileged manual 2.5). */
const LINK_REGISTER = 1;

/** Instructions behind which pages, privilege or code may be different. */
const CHANGES_CONTROL: ReadonlySet<string> = new Set([
  'fence.i',
  'sfence.vma',
  'mret',
  'sret',
  'wfi',
  'ecall',
  'ebreak',
]);

const CSR_INSTRUCTIONS: ReadonlySet<string> = new Set([
  'csrrw',
  'csrrs',
  'csrrc',
  'csrrwi',
  'csrrsi',
  'csrrci',
]);

const SATP = 0x180;
const MACHINE = 3;

/** True when a write of the CSR may change what is fetched: satp, and PMP among those of M-mode. */
const decidesFetches = (csr: number): boolean => csr === SATP || ((csr >> 8) & MACHINE) === MACHINE;

/** True for instructions that read or write a CSR. */
export const accessesCsr = (decoded: Decoded): boolean =>
  CSR_INSTRUCTIONS.has(decoded.instruction.name);

/** `auipc` and `jalr` in a row are a jump to a known place. */
const farTarget = (
  offset: number,
  decoded: Decoded,
  before: { readonly offset: number; readonly decoded: Decoded } | undefined,
): number | undefined => {
  const upper = before?.decoded;
  if (!before || upper?.instruction.name !== 'auipc') return undefined;
  if (before.offset + upper.length !== offset || upper.operands.rd === 0) return undefined;
  if (upper.operands.rd !== decoded.operands.rs1) return undefined;
  const target = before.offset + upper.operands.imm + decoded.operands.imm;
  // jalr clears bit 0; the page's start is even.
  return target - (target & 1);
};

/**
 * How the block ends with this instruction; undefined when it goes on.
 * @param before the instruction before it in the block
 */
export function controlFlowOf(
  offset: number,
  decoded: Decoded,
  before: { readonly offset: number; readonly decoded: Decoded } | undefined,
): ControlFlow | undefined {
  const { instruction, operands, length } = decoded;
  const next = offset + length;
  const returnTo = operands.rd === LINK_REGISTER ? next : undefined;
  if (instruction.format.name === 'B')
    return { kind: 'branch', taken: offset + operands.imm, next };
  if (instruction.name === 'jal') return { kind: 'jump', target: offset + operands.imm, returnTo };
  if (instruction.name === 'jalr') {
    const target = farTarget(offset, decoded, before);
    if (target !== undefined) return { kind: 'jump', target, returnTo };
    const isReturn = operands.rd === 0 && operands.rs1 === LINK_REGISTER;
    return { kind: 'indirect', isReturn, returnTo };
  }
  if (CHANGES_CONTROL.has(instruction.name)) return { kind: 'leave', next };
  if (accessesCsr(decoded) && decidesFetches(operands.imm)) return { kind: 'leave', next };
  return undefined;
}
