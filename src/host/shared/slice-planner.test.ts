import { describe, expect, it } from 'vitest';
import { SlicePlanner } from './slice-planner.ts';

/** Runs slices on an engine of some million instructions a second; gives the last slice's milliseconds. */
function settle(planner: SlicePlanner, mips: number): number {
  let milliseconds = 0;
  for (let i = 0; i < 60; i++) {
    milliseconds = planner.budget / (mips * 1000);
    planner.record(milliseconds);
  }
  return milliseconds;
}

describe('SlicePlanner', () => {
  it.each([5, 120, 300, 3000])('finds a millisecond at %i MIPS', (mips) => {
    expect(settle(new SlicePlanner(), mips)).toBeCloseTo(1, 1);
  });

  it('follows an engine that gets faster or slower', () => {
    const planner = new SlicePlanner();
    settle(planner, 50);
    expect(settle(planner, 2000)).toBeCloseTo(1, 1);
    expect(settle(planner, 20)).toBeCloseTo(1, 1);
  });

  it('is not thrown off by one long pause', () => {
    const planner = new SlicePlanner();
    settle(planner, 100);
    const before = planner.budget;
    planner.record(500);
    expect(planner.budget).toBeGreaterThan(before / 2);
  });

  it('stays within bounds when the clock stands still', () => {
    const planner = new SlicePlanner();
    for (let i = 0; i < 1000; i++) planner.record(0);
    expect(planner.budget).toBe(10_000_000);
  });
});
