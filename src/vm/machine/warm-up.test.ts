import { expect, it } from 'vitest';
import { ENGINE_NAMES } from './engine.ts';
import { warmUp } from './warm-up.ts';

const ROUNDS = 1024 * 27;

it.each(ENGINE_NAMES)('keeps the engine %s busy with all that a guest does', (engine) => {
  // Real code is not at hand: any bytes have to do.
  const code = Uint8Array.from({ length: 3 * 4096 }, (_, i) => (i * 2_654_435_761) >>> 24);
  const { exceptions } = warmUp(engine, 3 * ROUNDS, code);
  // One trap every 1,024 times around the loop, and none that was not meant: it would never come back.
  expect(Number(exceptions)).toBeGreaterThanOrEqual(30);
  expect(Number(exceptions)).toBeLessThan(45);
});
