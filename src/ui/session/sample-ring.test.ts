import { expect, test } from 'vitest';
import { QUIET_SAMPLE } from '../testing/fake-pair.ts';
import { SampleRing } from './sample-ring.ts';

const push = (ring: SampleRing, committed: number): void => {
  ring.push({ ...QUIET_SAMPLE, committed }, committed * 100);
};
const committed = (ring: SampleRing): number[] => ring.list().map(({ sample }) => sample.committed);

test('a ring keeps the newest samples, oldest first, and knows the newest', () => {
  const ring = new SampleRing(3);
  expect(ring.newest).toBeUndefined();
  for (const epoch of [1, 2]) push(ring, epoch);
  expect(committed(ring)).toEqual([1, 2]);
  for (const epoch of [3, 4, 5]) push(ring, epoch);
  expect(committed(ring)).toEqual([3, 4, 5]);
  expect(ring.newest).toMatchObject({ wallMs: 500, sample: { committed: 5 } });
  push(ring, 6);
  expect(committed(ring)).toEqual([4, 5, 6]);
});

test('a cleared ring is as new, but says that it changed', () => {
  const ring = new SampleRing(2);
  for (const epoch of [1, 2, 3]) push(ring, epoch);
  const before = ring.version;
  ring.clear();
  expect(ring.list()).toEqual([]);
  expect(ring.version).toBeGreaterThan(before);
  push(ring, 9);
  expect(committed(ring)).toEqual([9]);
});
