/** The engines against the oracle where translated code stops being true. */
import { describe, expect, it } from 'vitest';
import { createEngineUnderTest, engineNames } from '../fuzz/engine.ts';
import { runLockstep } from '../fuzz/lockstep.ts';
import { TORTURES, TORTURE_RAM_BYTES } from './programs.ts';

/** Each makes slices of another length. */
const SEEDS = [0, 1, 2, 3];
/** Engines that translate at once, so that these short programs run in regions. */
const EAGER: readonly string[] = ['jit', 'pages', 'lockstep'];

describe.each(engineNames)('the engine %s', (name) => {
  it.each(TORTURES)('does what the oracle does when $name', ({ program }) => {
    const engine = createEngineUnderTest(name, TORTURE_RAM_BYTES);
    for (const seed of SEEDS) {
      expect(runLockstep(program(seed), engine).story).toBeUndefined();
    }
    const translated = engine.regionInstructions;
    if (EAGER.includes(name)) expect(translated).toBeGreaterThan(500);
    if (name === 'interpreter') expect(translated).toBe(0);
  });
});
