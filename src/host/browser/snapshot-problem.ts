import { snapshotCommand } from '../shared/guest-advice.ts';
import { problem, type HostProblem } from '../shared/problem.ts';

/** Why a snapshot was not used. */
export const snapshotProblem = (reason: string): HostProblem =>
  problem(
    `The snapshot could not be used (${reason}), so the guest boots.`,
    `Run ${snapshotCommand('stock')} to make it anew.`,
  );
