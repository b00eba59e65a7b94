import { describe, expect, it } from 'vitest';
import { createEngineUnderTest, engineNames } from './engine.ts';
import { runLockstep } from './lockstep.ts';
import { PINNED, pinnedProgram } from './pinned.ts';
import { SYSTEM_RAM_BYTES, systemProgram } from './system-program.ts';
import { USER_RAM_BYTES, userProgram } from './user-program.ts';

// TANDEM_LONG_TESTS=1 runs a hundred times the seeds; TANDEM_FUZZ_SEED starts them elsewhere.
const isLong = process.env['TANDEM_LONG_TESTS'] === '1';
const firstSeed = Number(process.env['TANDEM_FUZZ_SEED'] ?? '1');
const factor = isLong ? 100 : 1;
const USER = { seeds: 30 * factor, instructions: 4_000 };
const SYSTEM = { seeds: 20 * factor, instructions: 8_000 };

describe.each(engineNames)('the engine %s does what the oracle does', (name) => {
  it('with random user instructions', () => {
    const engine = createEngineUnderTest(name, USER_RAM_BYTES);
    for (let seed = firstSeed; seed < firstSeed + USER.seeds; seed++) {
      const { story } = runLockstep(userProgram(seed, USER.instructions), engine);
      expect(story).toBeUndefined();
    }
  });

  it('with random address spaces, traps and code that changes', () => {
    const engine = createEngineUnderTest(name, SYSTEM_RAM_BYTES);
    for (let seed = firstSeed; seed < firstSeed + SYSTEM.seeds; seed++) {
      const { story } = runLockstep(systemProgram(seed, SYSTEM.instructions), engine);
      expect(story).toBeUndefined();
    }
  });

  it.each(PINNED)('where it once did not: $name', (pinned) => {
    const engine = createEngineUnderTest(name, USER_RAM_BYTES);
    expect(runLockstep(pinnedProgram(pinned), engine).story).toBeUndefined();
  });
});

describe('the programs', () => {
  it('are the same for the same seed', () => {
    expect(userProgram(7, 1)).toEqual(userProgram(7, 1));
    expect(systemProgram(7, 1)).toEqual(systemProgram(7, 1));
    expect(userProgram(7, 1)).not.toEqual(userProgram(8, 1));
  });

  it('reach all modes and all kinds of exceptions', () => {
    const engine = createEngineUnderTest('interpreter', SYSTEM_RAM_BYTES);
    const causes = new Set<bigint>();
    const modes = new Set<number>();
    for (let seed = 1; seed <= 8; seed++) {
      const { exceptions, privileges } = runLockstep(systemProgram(seed, 10_000), engine);
      for (const cause of exceptions.keys()) causes.add(cause);
      for (const mode of privileges.keys()) modes.add(mode);
    }
    expect([...modes].sort()).toEqual([0, 1, 3]);
    expect([...causes]).toEqual(
      expect.arrayContaining([1n, 2n, 4n, 5n, 6n, 7n, 8n, 9n, 12n, 13n, 15n]),
    );
  });
});
