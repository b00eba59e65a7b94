import { afterEach, describe, expect, it, vi } from 'vitest';
import { printStatistics, type RunStatistics } from './statistics.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What is printed for a run, parsed. */
function printed(run: Partial<RunStatistics>): Record<string, unknown> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  printStatistics({
    ...{ instructions: 1_000_000n, seconds: 0.5, wallSeconds: 2, exceptions: 3n, interrupts: 4n },
    ...run,
  });
  const text = String(write.mock.calls[0]?.[0]);
  expect(text.endsWith('\n')).toBe(true);
  return JSON.parse(text) as Record<string, unknown>;
}

describe('the line of --stats', () => {
  it('says nothing of translation for the interpreter', () => {
    expect(printed({})).toEqual({
      ...{ instructions: 1_000_000, seconds: 0.5, mips: 2, wallSeconds: 2 },
      ...{ traps: 7, exceptions: 3, interrupts: 4 },
    });
  });

  const translation = {
    ...{ pages: 5, regions: 2, bytes: 90_000, invalidations: 1, runs: 10, executed: 750_000 },
    timing: { translatedMs: 12.34567, totalMs: 4.00049, p50Ms: 0.5, p999Ms: 0.9, maxMs: 1.25 },
  };

  it('says what was compiled, how long it took, and what each engine has run', () => {
    expect(printed({ translation })['translation']).toEqual({
      ...{ pages: 5, regions: 2, bytes: 90_000, invalidations: 1, runs: 10, executed: 750_000 },
      share: { translated: 0.75, interpreted: 0.25 },
      compileMs: 12.346,
      timing: { totalMs: 4, p50Ms: 0.5, p999Ms: 0.9, maxMs: 1.25 },
    });
  });

  it('has no times where nobody looked at a clock, and no share of nothing', () => {
    const untimed = { ...translation, executed: 0, timing: undefined };
    const figures = printed({ translation: untimed, instructions: 0n })['translation'];
    expect(figures).toMatchObject({ share: { translated: 0, interpreted: 1 } });
    expect(figures).not.toHaveProperty('compileMs');
  });
});
