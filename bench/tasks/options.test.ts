import { expect, test } from 'vitest';
import type { BenchOptions } from '../report.ts';
import { ALL_TASKS } from './list.ts';
import { parseTaskOptions } from './options.ts';

test('by default all tasks, all programs and the boot are run three times', () => {
  const { tasks, boot, rounds } = parseTaskOptions({});
  expect(tasks).toEqual(ALL_TASKS);
  expect(boot).toBe(true);
  expect(rounds).toBe(3);
});

test('single tasks and peers can be chosen, in the order of the list', () => {
  const options = parseTaskOptions({ only: 'nbody,sha256', peers: 'qemu', rounds: '1' });
  expect(options.tasks.map(({ name }) => name)).toEqual(['sha256', 'nbody']);
  expect(options).toMatchObject({ boot: false, peers: ['qemu'], rounds: 1 });
});

test('a whole list can be chosen by its name', () => {
  const { tasks, boot } = parseTaskOptions({ only: 'programs,boot,integer' });
  expect(tasks.filter(({ set }) => set === 'tasks').map(({ name }) => name)).toEqual(['integer']);
  expect(tasks.some(({ name }) => name === 'sqlite')).toBe(true);
  expect(boot).toBe(true);
});

test('another bench has other defaults, and may be asked for no rounds', () => {
  const defaults = { only: 'boot', rounds: 1 };
  expect(parseTaskOptions({}, defaults)).toMatchObject({ tasks: [], boot: true, rounds: 1 });
  expect(parseTaskOptions({ rounds: '0' }, defaults).rounds).toBe(0);
});

test.each<[BenchOptions, string]>([
  [{ only: 'sha512' }, 'There is no task "sha512"'],
  [{ peers: 'bochs' }, 'There is no peer "bochs"'],
  [{ rounds: '-1' }, '--rounds'],
  [{ rounds: '' }, '--rounds'],
  [{ rounds: '1.5' }, '--rounds'],
])('%j is refused', (options, message) => {
  expect(() => parseTaskOptions(options)).toThrow(message);
});
