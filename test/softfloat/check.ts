import { SeededRandom } from '../../src/base/random.ts';
import type { FloatLeaves } from './leaves.ts';
import { drawOperands, type Operands } from './operands.ts';
import type { Operation } from './operations.ts';
import { ROUNDING_MODES, type Oracle } from './oracle.ts';

/**
 * What was set before the leaf was called, in turn: leaves behave differently once NX is set, and must
 * never clear a flag.
 */
const EARLIER_FLAGS = [0, 1, 0, 1, 31] as const;
const MISMATCHES_SHOWN = 8;

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Operands of `count` executions, the same for the same seed and operation. */
export function drawBatch(operation: Operation, seed: number, count: number): Operands[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => drawOperands(random, operation.operands));
}

/**
 * Compares a leaf with the instruction, bit for bit and flag for flag, in every rounding mode.
 * Returns a description of each mismatch.
 */
export function compare(
  operation: Operation,
  batch: readonly Operands[],
  leaves: FloatLeaves,
  oracle: Oracle,
): string[] {
  const { mnemonic, leaf, flipA, flipC, resultMask } = operation;
  const call = leaves.leaf(leaf);
  const mismatches: string[] = [];
  oracle.run(mnemonic, batch).forEach((expected, index) => {
    const { a, b, c } = batch[index] as Operands;
    for (let mode = 0; mode < ROUNDING_MODES.length; mode++) {
      const earlier = EARLIER_FLAGS[index % EARLIER_FLAGS.length] as number;
      leaves.flags = earlier;
      const result = call(a ^ flipA, b, c ^ flipC, mode) & resultMask;
      const flags = leaves.flags;
      const wanted = expected.result(mode) & resultMask;
      const wantedFlags = expected.flags(mode) | earlier;
      if (result === wanted && flags === wantedFlags) continue;
      mismatches.push(
        `${mnemonic} ${String(ROUNDING_MODES[mode])} ${hex(a)} ${hex(b)} ${hex(c)} (fflags ${earlier}): ` +
          `${hex(result)} fflags ${flags}, expected ${hex(wanted)} fflags ${wantedFlags}`,
      );
    }
  });
  return mismatches;
}

/** Throws with the seed and the first mismatches when there are any. */
export function expectAgreement(mismatches: readonly string[], seed: number): void {
  if (mismatches.length === 0) return;
  const shown = mismatches.slice(0, MISMATCHES_SHOWN).join('\n');
  throw new Error(`seed ${seed}: ${mismatches.length} mismatches\n${shown}`);
}
