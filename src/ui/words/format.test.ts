import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatMemory,
  formatPercent,
  formatProgress,
  formatRate,
  formatTimeLeft,
} from './format.ts';

/** Figures and units are joined by no-break spaces; tests are easier to read without. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('bytes', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1.00 KB'],
    [47_185_920, '45.0 MB'],
    [360 * 1024 * 1024, '360 MB'],
    [5 * 1024 ** 5, '5120 TB'],
    [-5, '0 bytes'],
    [Number.NaN, '0 bytes'],
  ])('%d reads as %s', (count, text) => {
    expect(plain(formatBytes(count))).toBe(text);
  });

  test('memory has no empty decimals', () => {
    expect(plain(formatMemory(256 * 1024 * 1024))).toBe('256 MB');
    expect(plain(formatMemory(1024 ** 3))).toBe('1 GB');
    expect(plain(formatMemory(1.5 * 1024 ** 3))).toBe('1.5 GB');
    expect(plain(formatMemory(96 * 1024 * 1024))).toBe('96 MB');
    expect(plain(formatMemory(100 * 1024 * 1024))).toBe('100 MB');
  });

  test('progress says the unit once when both have it', () => {
    expect(plain(formatProgress(18 * 1024 * 1024, 45 * 1024 * 1024))).toBe('18.0 of 45.0 MB');
    expect(plain(formatProgress(300 * 1024, 45 * 1024 * 1024))).toBe('300 KB of 45.0 MB');
    expect(plain(formatProgress(99, 45))).toBe('45 of 45 bytes');
  });
});

test.each([
  [0, '0'],
  [999, '999'],
  [3400, '3.40 thousand'],
  [212_400_000, '212 million'],
  [1_250_000_000, '1.25 billion'],
  [Number.POSITIVE_INFINITY, '0'],
])('a rate of %d reads as %s', (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

test.each([
  [0, '0 seconds'],
  [1.9, '1 second'],
  [59, '59 seconds'],
  [192, '3 min 12 s'],
  [7500, '2 h 5 min'],
  [86_400, '1 day 0 h'],
  [4 * 86_400 + 3 * 3600, '4 days 3 h'],
  [-1, '0 seconds'],
])('%d seconds read as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0.4, 'a moment'],
  [4.6, 'about 5 seconds'],
  [23, 'about 25 seconds'],
  [55, 'about 1 minute'],
  [130, 'about 2 minutes'],
  [Number.NaN, 'a while'],
])('a guess of %d seconds reads as %s', (seconds, text) => {
  expect(formatTimeLeft(seconds)).toBe(text);
});

test.each([
  [0, '0 %'],
  [0.001, '1 %'],
  [0.5, '50 %'],
  [0.998, '99 %'],
  [1, '100 %'],
  [2, '100 %'],
])('a share of %d reads as %s: the ends are said only when meant', (share, text) => {
  expect(plain(formatPercent(share))).toBe(text);
});
