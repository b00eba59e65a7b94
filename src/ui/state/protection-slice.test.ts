import { expect, test } from 'vitest';
import { statusOf } from '../testing/fake-pair.ts';
import { isBlind, viewOfCopy } from './protection-slice.ts';

const copy = (pagesDone: number, pagesTotal = 1000) => ({
  ...{ bytes: pagesDone * 2000, pagesDone, pagesTotal },
});

test('a copy is guessed from its own beginning', () => {
  const begun = viewOfCopy(undefined, copy(0), 5000);
  const half = viewOfCopy(begun, copy(500), 7000);
  expect(half).toMatchObject({ share: 0.5, secondsLeft: 2, startedMs: 5000 });
  expect(viewOfCopy(half, undefined, 8000)).toBeUndefined();
});

test('fewer pages than before are another copy', () => {
  const first = viewOfCopy(undefined, copy(900), 0);
  expect(viewOfCopy(first, copy(100), 9000)).toMatchObject({ startedMs: 9000 });
});

test('a total that is not known or too small breaks nothing', () => {
  expect(viewOfCopy(undefined, copy(10, 0), 0)).toMatchObject({ share: undefined });
  expect(viewOfCopy(undefined, copy(1200), 0)).toMatchObject({ share: 1 });
});

test('who was invited and sees no machine is blind; who runs one never is', () => {
  expect(isBlind(statusOf('standby', 'joining'))).toBe(true);
  expect(isBlind(statusOf('standby', 'lost'))).toBe(true);
  expect(isBlind(statusOf('standby', 'deciding'))).toBe(false);
  expect(isBlind(statusOf('primary', 'starting'))).toBe(false);
  expect(isBlind(undefined)).toBe(false);
});
