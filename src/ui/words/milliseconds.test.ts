import { expect, test } from 'vitest';
import { formatMs } from './milliseconds.ts';

test.each([
  [0, '0 ms'],
  [0.0004, '0 ms'],
  [0.004, '0.004 ms'],
  [0.08, '0.08 ms'],
  [0.996, '1.0 ms'],
  [4.25, '4.3 ms'],
  [9.96, '10 ms'],
  [38.4, '38 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_400, '1.4 s'],
  [61_000, '1.0 min'],
  [-3, '0 ms'],
  [Number.NaN, '0 ms'],
  [Number.POSITIVE_INFINITY, '0 ms'],
])('%d milliseconds read as %s', (ms, text) => {
  expect(formatMs(ms).replaceAll('\u00a0', ' ')).toBe(text);
});

test('sentences write the unit out', () => {
  expect(formatMs(38, 'long').replaceAll('\u00a0', ' ')).toBe('38 milliseconds');
  expect(formatMs(2000, 'long').replaceAll('\u00a0', ' ')).toBe('2.0 seconds');
});
