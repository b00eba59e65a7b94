import { expect, test } from 'vitest';
import { activityWords } from './activity.ts';

test.each([
  [[0, 0, 0], 'Waiting for you'],
  [[1, 1, 0, 0.3, 0.3], 'Busy now and then'],
  [[0, 0, 1, 1, 1], 'Hard at work'],
  [[], 'Waiting for you'],
])('loads of %j are called: %s', (activity, words) => {
  expect(activityWords(activity)).toContain(words);
});
