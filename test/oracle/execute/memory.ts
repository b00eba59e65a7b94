import { load, store } from '../access.ts';
import { u64 } from '../bits.ts';
import type { Hart } from '../hart.ts';
import type { Instruction } from '../instruction.ts';
import { FS } from '../status.ts';
import { IllegalInstruction } from '../trap.ts';
import type { Execute } from './integer.ts';

const effectiveAddress = (hart: Hart, { rs1, imm }: Instruction): bigint =>
  u64(hart.getX(rs1) + imm);

/** Bytes, and whether the value is sign-extended. */
const LOADS: Readonly<Record<string, readonly [bytes: number, signed: boolean]>> = {
  lb: [1, true],
  lh: [2, true],
  lw: [4, true],
  ld: [8, true],
  lbu: [1, false],
  lhu: [2, false],
  lwu: [4, false],
};
const STORES: Readonly<Record<string, number>> = { sb: 1, sh: 2, sw: 4, sd: 8 };

/** Floating-point instructions are illegal while mstatus.FS is Off. */
export function requireFloat(hart: Hart): void {
  if ((hart.mstatus & FS) === 0n) throw new IllegalInstruction();
}

/** The machine marks FS Dirty at every floating-point instruction, which the manual allows. */
export function markFloatDirty(hart: Hart): void {
  hart.mstatus |= FS;
}

export const memoryInstructions = new Map<string, Execute>();

for (const [name, [bytes, signed]] of Object.entries(LOADS)) {
  memoryInstructions.set(name, (hart, instruction) => {
    const value = load(hart, effectiveAddress(hart, instruction), bytes);
    hart.setX(instruction.rd, signed ? BigInt.asIntN(8 * bytes, value) : value);
  });
}
for (const [name, bytes] of Object.entries(STORES)) {
  memoryInstructions.set(name, (hart, instruction) => {
    store(hart, effectiveAddress(hart, instruction), bytes, hart.getX(instruction.rs2));
  });
}

const floatLoad =
  (bytes: number): Execute =>
  (hart, instruction) => {
    requireFloat(hart);
    markFloatDirty(hart);
    const value = load(hart, effectiveAddress(hart, instruction), bytes);
    hart.setF(instruction.rd, bytes === 4 ? value | 0xffffffff00000000n : value);
  };
const floatStore =
  (bytes: number): Execute =>
  (hart, instruction) => {
    requireFloat(hart);
    markFloatDirty(hart);
    store(hart, effectiveAddress(hart, instruction), bytes, hart.getF(instruction.rs2));
  };

memoryInstructions
  .set('flw', floatLoad(4))
  .set('fld', floatLoad(8))
  .set('fsw', floatStore(4))
  .set('fsd', floatStore(8))
  // One hart that sees its own stores at once: nothing to order, nothing to flush.
  .set('fence', () => undefined)
  .set('fence.i', () => undefined);
