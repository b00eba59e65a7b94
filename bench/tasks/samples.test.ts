import { expect, test } from 'vitest';
import { ALL_TASKS } from './list.ts';
import { geometricMean, Samples } from './samples.ts';

const OWN = ALL_TASKS.filter(({ set }) => set === 'tasks').map(({ name }) => name);

test('a geometric mean takes twice as fast and half as fast for equal', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([1, 10, 100])).toBeCloseTo(10);
});

test('a peer that gives another answer is found out', () => {
  const samples = new Samples();
  samples.add('sha256', 'qemu', { seconds: 1, answer: 'aa' });
  samples.add('sha256', 'auto', { seconds: 2, answer: 'aa' });
  expect(() => {
    samples.add('sha256', 'v86', { seconds: 9, answer: 'bb' });
  }).toThrow('v86 and qemu give different answers for sha256');
});

test('speed is the ratio of medians: more is faster', () => {
  const samples = new Samples();
  for (const seconds of [9, 1, 2]) samples.addSeconds('gzip', 'auto', seconds);
  for (const seconds of [4, 8, 5]) samples.addSeconds('gzip', 'qemu', seconds);
  expect(samples.speed('gzip', 'auto', 'qemu')).toBe(2.5);
  expect(samples.speed('gzip', 'auto', 'v86')).toBeUndefined();
});

test('figures over a list need all of the list', () => {
  const samples = new Samples();
  const value = (name: string): number | undefined =>
    samples.figures().find((figure) => figure.name === name && figure.where === 'node')?.value;
  for (const task of OWN.slice(1)) {
    samples.addSeconds(task, 'auto', 1);
    samples.addSeconds(task, 'qemu', task === 'nbody' ? 8 : 2);
  }
  expect(value('fp_vs_qemu')).toBeCloseTo(4);
  expect(value('geomean_vs_qemu')).toBeUndefined();
  samples.addSeconds(OWN[0] ?? '', 'auto', 4);
  samples.addSeconds(OWN[0] ?? '', 'qemu', 1);
  expect(value('geomean_vs_qemu')).toBeCloseTo((2 ** 10 * 8 * 0.25) ** (1 / 12));
  expect(value('worst_vs_qemu')).toBe(0.25);
  expect(value('geomean_vs_v86')).toBeUndefined();
});

test('the page has figures of its own', () => {
  const samples = new Samples();
  samples.addSeconds('boot', 'qemu', 6);
  samples.addSeconds('boot', 'auto', 3);
  samples.addSeconds('boot', 'chromium', 4);
  const boots = samples.figures().filter(({ name }) => name === 'boot_vs_qemu');
  expect(boots.map(({ where, value }) => [where, value])).toEqual([
    ['node', 2],
    ['chromium', 1.5],
  ]);
});
