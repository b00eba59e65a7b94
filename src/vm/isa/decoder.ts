/** Bits to instruction, derived from the table. */
import { assert } from '../../base/assert.ts';
import { type Operands, operandsOf } from './formats.ts';
import type { CompressedEncoding, Instruction } from './instruction.ts';
import { compressedEncodings, instructionNamed, instructions } from './table.ts';

export interface Decoded {
  readonly instruction: Instruction;
  readonly operands: Operands;
  /** Bytes: 2 or 4. */
  readonly length: 2 | 4;
  /** The name as written: `c.addi` rather than `addi`. */
  readonly spelling: string;
}

interface CompressedEntry {
  readonly encoding: CompressedEncoding;
  readonly instruction: Instruction;
}

/** Opcode (bits 6..2) and funct3 narrow a search down to a few candidates. */
const bucketOf = (bits: number): number => ((bits >>> 2) & 0x1f) | ((bits >>> 7) & 0xe0);
const BUCKETS = 256;
/** The low half's quadrant and funct3. */
const compressedBucketOf = (bits: number): number => (bits & 3) | ((bits >>> 11) & 0x1c);
const COMPRESSED_BUCKETS = 32;

const buckets: Instruction[][] = Array.from({ length: BUCKETS }, () => []);
for (const instruction of instructions) {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const bits = ((bucket & 0x1f) << 2) | 3 | ((bucket & 0xe0) << 7);
    const fixed = instruction.mask & 0x707f;
    if ((bits & fixed) === (instruction.match & fixed)) buckets[bucket]?.push(instruction);
  }
}

const compressedBuckets: CompressedEntry[][] = Array.from({ length: COMPRESSED_BUCKETS }, () => []);
for (const encoding of compressedEncodings) {
  const bucket = compressedBucketOf(encoding.match);
  assert((encoding.mask & 0xe003) === 0xe003, `${encoding.name} does not fix quadrant and funct3`);
  compressedBuckets[bucket]?.push({ encoding, instruction: instructionNamed(encoding.expandsTo) });
}

/** Length in bytes of the instruction that starts with this halfword. */
export const lengthOf = (halfword: number): 2 | 4 => ((halfword & 3) === 3 ? 4 : 2);

/** Rounding modes 5 and 6 are reserved in the instruction (unprivileged manual, F 8.2). */
const reservedRounding = (rm: number): boolean => rm === 5 || rm === 6;

const decodeWide = (bits: number): Decoded | undefined => {
  for (const instruction of buckets[bucketOf(bits)] ?? []) {
    if (((bits ^ instruction.match) & instruction.mask) !== 0) continue;
    const operands = operandsOf(instruction.format, bits);
    if (reservedRounding(operands.rm)) return undefined;
    return { instruction, operands, length: 4, spelling: instruction.name };
  }
  return undefined;
};

const decodeCompressed = (bits: number): Decoded | undefined => {
  for (const { encoding, instruction } of compressedBuckets[compressedBucketOf(bits)] ?? []) {
    if (((bits ^ encoding.match) & encoding.mask) !== 0) continue;
    const operands = encoding.operands(bits);
    if (operands) return { instruction, operands, length: 2, spelling: encoding.name };
  }
  return undefined;
};

/**
 * Decodes the instruction whose first 16 bits are the low half of `bits`; for compressed ones the
 * upper half is ignored. Undefined means illegal instruction.
 */
export const decode = (bits: number): Decoded | undefined =>
  lengthOf(bits) === 4 ? decodeWide(bits) : decodeCompressed(bits & 0xffff);
