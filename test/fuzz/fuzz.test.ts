import { describe, expect, it } from 'vitest';
import { createEngineUnderTest, engineNames } from './engine.ts';
import { runLockstep } from './lockstep.ts';
import { USER_RAM_BYTES, userProgram } from './user-program.ts';

/** TANDEM_LONG_TESTS=1 runs a hundred times the seeds; TANDEM_FUZZ_SEED starts them elsewhere. */
const long = process.env['TANDEM_LONG_TESTS'] === '1';
const firstSeed = Number(process.env['TANDEM_FUZZ_SEED'] ?? '1');
const USER_SEEDS = long ? 5_000 : 50;
const USER_INSTRUCTIONS = 6_000;

describe.each(engineNames)('%s', (name) => {
  it('executes random user instructions as the oracle does', () => {
    const engine = createEngineUnderTest(name, USER_RAM_BYTES);
    for (let seed = firstSeed; seed < firstSeed + USER_SEEDS; seed++) {
      const { story } = runLockstep(userProgram(seed, USER_INSTRUCTIONS), engine);
      expect(story).toBeUndefined();
    }
  });
});
