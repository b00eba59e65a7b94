/** The instruction table: every instruction the machine knows, each described once. */
import { assert, defined } from '../../base/assert.ts';
import { compressed } from './compressed.ts';
import { floatingPoint } from './float.ts';
import type { CompressedEncoding, Instruction } from './instruction.ts';
import { rv64a } from './rv64a.ts';
import { rv64i } from './rv64i.ts';
import { rv64m } from './rv64m.ts';
import { system } from './system.ts';

export const instructions: readonly Instruction[] = [
  ...rv64i,
  ...rv64m,
  ...rv64a,
  ...floatingPoint,
  ...system,
];

export const compressedEncodings: readonly CompressedEncoding[] = compressed;

const byName = new Map(instructions.map((instruction) => [instruction.name, instruction]));
assert(byName.size === instructions.length, 'two instructions share a name');

/** The instruction of that name; asserts that it exists. */
export const instructionNamed = (name: string): Instruction =>
  defined(byName.get(name), `instruction ${name}`);

/** Instructions that also have a compressed spelling, by name. */
export const hasCompressedForm: ReadonlySet<string> = new Set(
  compressed.map((encoding) => encoding.expandsTo),
);
