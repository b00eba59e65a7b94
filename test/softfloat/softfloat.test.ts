import { afterAll, beforeAll, describe, it } from 'vitest';
import { compare, drawBatch, expectAgreement } from './check.ts';
import { FloatLeaves } from './leaves.ts';
import { OPERATIONS } from './operations.ts';
import { Oracle } from './oracle.ts';

const SEEDS = [1, 2, 3, 4, 5];
/** Operands per seed and instruction, each in five rounding modes. */
const OPERANDS = 10_000;

describe('softfloat leaves against RISC-V instructions, at length', () => {
  let oracle: Oracle;
  let leaves: FloatLeaves;

  beforeAll(() => {
    oracle = new Oracle();
    leaves = new FloatLeaves();
  });

  afterAll(() => {
    oracle[Symbol.dispose]();
  });

  it.each(OPERATIONS)('$mnemonic gives the same bits and flags', (operation) => {
    for (const seed of SEEDS) {
      const batch = drawBatch(operation, seed, OPERANDS);
      expectAgreement(compare(operation, batch, leaves, oracle), seed);
    }
  });
});
