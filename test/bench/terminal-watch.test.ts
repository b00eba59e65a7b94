/** The failover bench reports no loss and short silences: it must be able to report others. */
import { describe, expect, test } from 'vitest';
import { type Arrival, flawsOf, longestSilence } from '../../bench/terminal-watch.ts';

const arriving = (...texts: readonly string[]): Arrival[] =>
  texts.map((text, i) => ({ at: 10 * i, text }));

describe('flaws', () => {
  test('are none where lines follow one another, however they are cut', () => {
    const arrivals = arriving('ne 7\r\nline 8\r\nli', 'ne 9', '\r\nline 10\r\nline 1');
    expect(flawsOf(arrivals)).toEqual({ lost: 0, repeated: 0 });
  });

  test.each([
    ['a gap', 'line 1\nline 2\nline 5\n', { lost: 2, repeated: 0 }],
    ['a line twice', 'line 1\nline 2\nline 2\nline 3\n', { lost: 0, repeated: 1 }],
    ['a step back', 'line 1\nline 2\nline 3\nline 2\nline 3\n', { lost: 0, repeated: 2 }],
    ['a torn line at the end', 'line 1\nline 2\nli', { lost: 0, repeated: 0 }],
    ['a torn line in between', 'line 1\nliline 2\nline 3\n', { lost: 1, repeated: 0 }],
  ])('of %s are counted', (_, text, flaws) => {
    expect(flawsOf(arriving('\n', text))).toEqual(flaws);
  });

  test('are not made up where nothing came', () => {
    expect(() => flawsOf(arriving('line 1'))).toThrow(RangeError);
  });
});

describe('the longest silence', () => {
  const arrivals = [0, 50, 60, 95, 100].map((at) => ({ at, text: 'x' }));

  test('ends after the given moment, and may have begun before it', () => {
    expect(longestSilence(arrivals, 40)).toBe(50);
    expect(longestSilence(arrivals, 50)).toBe(35);
    expect(longestSilence(arrivals, 95)).toBe(5);
  });

  test('has to end', () => {
    expect(() => longestSilence(arrivals, 100)).toThrow(RangeError);
  });
});
