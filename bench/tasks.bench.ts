/**
 * Seconds that tasks take on our machine and on its peers. tasks/list.ts has the tasks, tasks/options.ts
 * the ways to choose some of them.
 */
import type { BenchOptions, Report, SystemPackage } from './report.ts';
import { comparePeers } from './tasks/compare.ts';
import { packagesFor, parseTaskOptions } from './tasks/options.ts';

export const name = 'tasks';
export const options = ['only', 'peers', 'rounds'] as const;

export const systemPackages = (asked: BenchOptions): readonly SystemPackage[] =>
  packagesFor(parseTaskOptions(asked));

export const run = (report: Report, asked: BenchOptions): Promise<void> =>
  comparePeers(report, parseTaskOptions(asked));
