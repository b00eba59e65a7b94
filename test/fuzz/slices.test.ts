import { describe, expect, it } from 'vitest';
import { ramImage } from './code.ts';
import type { Program } from './code.ts';
import { CSR } from './encode.ts';
import { createEngineUnderTest, engineNames } from './engine.ts';
import type { EngineUnderTest } from './engine.ts';
import { SYSTEM_RAM_BYTES, systemProgram } from './system-program.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const INSTRUCTIONS = 30_000;
/** How far guest time moves when the program waits: further than any of its timers. */
const WAIT_TICKS = 50n;

/** Runs a program in slices of these lengths, in turn; the digest of the state at its end. */
function digestAfter(
  program: Program,
  engine: EngineUnderTest,
  lengths: readonly number[],
): string {
  engine.reset(ramImage(program), BigInt(program.pc));
  for (let index = 1; index < 32; index++) engine.setX(index, program.x[index] ?? 0n);
  for (let index = 0; index < 32; index++) engine.setF(index, program.f[index] ?? 0n);
  for (let slice = 0; engine.instructions < INSTRUCTIONS; slice++) {
    const length = lengths[slice % lengths.length] ?? 1;
    const isRunning = engine.step(Math.min(length, INSTRUCTIONS - Number(engine.instructions)));
    if (!isRunning) engine.setTime(engine.getCsr(CSR.time) + WAIT_TICKS);
  }
  return engine.digest();
}

describe('the state after so many instructions (R6)', () => {
  it.each(SEEDS)('does not depend on slices or engine, seed %i', (seed) => {
    const program = systemProgram(seed, INSTRUCTIONS);
    const digests = engineNames.flatMap((name) => {
      const engine = createEngineUnderTest(name, SYSTEM_RAM_BYTES);
      return [[INSTRUCTIONS], [1000], [1, 2, 3, 50, 7, 400]].map((lengths) =>
        digestAfter(program, engine, lengths),
      );
    });
    expect(new Set(digests).size).toBe(1);
  });
});
