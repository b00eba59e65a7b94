import { expect, test } from 'vitest';
import { ALL_TASKS } from './list.ts';
import { compilePause, geometricMean, Samples } from './samples.ts';

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

test('the pause for compilation is read from the line of statistics, whatever stands around it', () => {
  const line = '{"mips":9,"translation":{"regions":3,"timing":{"p50Ms":0.1,"p999Ms":1.25}}}';
  expect(compilePause(`resumed\n${line}\nbye\n`)).toBe(1.25);
  expect(compilePause('{"mips":9}\n')).toBeUndefined();
  expect(compilePause('nothing ran\n')).toBeUndefined();
});

test('what is measured about the engine is reported as the median of the rounds', () => {
  const samples = new Samples();
  for (const megabytes of [40, 50, 90]) samples.addEngine('engine_memory_mb', megabytes);
  expect(samples.figures()).toEqual([
    expect.objectContaining({ name: 'engine_memory_mb', value: 50, unit: 'MB', n: 3 }),
  ]);
});
