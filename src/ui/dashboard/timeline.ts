import type { Failover } from '../../host/browser/pair-types.ts';

/** One moment of a takeover. */
export interface Step {
  readonly name: string;
  /** Milliseconds after the first step. */
  readonly atMs: number;
  /** Milliseconds after the step before; 0 for the first. */
  readonly sinceMs: number;
}

/**
 * The moments of a takeover in their order, by the clock of the tab that took over. What the guest has not
 * come to yet is left out. Pure.
 */
export function timelineOf(failover: Failover): readonly Step[] {
  const planned = failover.why === 'hand-over';
  const moments = [
    { name: 'Last commit', at: failover.lastCommitAt },
    { name: 'Last sign of life', at: failover.lastHeardAt },
    { name: planned ? 'Handed over' : 'Silence noticed', at: failover.noticedAt },
    { name: 'Witness won', at: failover.witnessWonAt },
    { name: 'First instruction', at: failover.firstInstructionAt },
    ...(failover.firstOutputAt === undefined
      ? []
      : [{ name: 'First output', at: failover.firstOutputAt }]),
  ].sort((a, b) => a.at - b.at);
  const first = moments[0]?.at ?? 0;
  return moments.map(({ name, at }, index) => ({
    name,
    atMs: at - first,
    sinceMs: at - (moments[index - 1]?.at ?? at),
  }));
}
