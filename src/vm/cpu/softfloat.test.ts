import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, drawBatch, expectAgreement } from '../../../test/softfloat/check.ts';
import { FloatLeaves } from '../../../test/softfloat/leaves.ts';
import { OPERATIONS } from '../../../test/softfloat/operations.ts';
import { Oracle } from '../../../test/softfloat/oracle.ts';
import { FLOAT_LEAVES } from '../isa/leaf-signatures.ts';

/** Operands per instruction, each in five rounding modes. */
const OPERANDS = 4000;
const SEED = 20;

describe('softfloat leaves against RISC-V instructions executed by qemu-riscv64', () => {
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
    const batch = drawBatch(operation, SEED, OPERANDS);
    expectAgreement(compare(operation, batch, leaves, oracle), SEED);
  });

  it('covers every floating-point leaf', () => {
    const covered = new Set<string>(OPERATIONS.map(({ leaf }) => leaf));
    expect(Object.keys(FLOAT_LEAVES).filter((leaf) => !covered.has(leaf))).toEqual([]);
  });
});
