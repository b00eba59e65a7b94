/**
 * Seconds that tasks take on our machine and on its peers. tasks/list.ts has the tasks, tasks/options.ts
 * the ways to choose some of them.
 */
import type { Report, SystemPackage } from './report.ts';
import { comparePeers } from './tasks/compare.ts';
import { packagesFor, parseTaskOptions } from './tasks/options.ts';

export const name = 'tasks';

export const systemPackages = (args: readonly string[]): readonly SystemPackage[] =>
  packagesFor(parseTaskOptions(args));

export const run = (report: Report, args: readonly string[]): Promise<void> =>
  comparePeers(report, parseTaskOptions(args));
