/** The last figures of a takeover: when the guest ran again, and when it spoke. */
import type { Context } from '../context.ts';
import type { Running } from '../state.ts';
import type { Failover } from '../statistics.ts';

export function onFirstInstruction(state: Running, ctx: Context): Running {
  const started: Running = { ...state, machineSeenAt: ctx.now };
  const { failover } = state;
  if (failover === undefined || failover.firstInstructionAt !== undefined) return started;
  const { atRest, ...told } = failover;
  const { lastHeardAt, lastCommitAt } = told;
  const done: Failover = {
    ...told,
    firstInstructionAt: ctx.now,
    firstOutputAt: undefined,
    downtimeMs: Math.max(0, ctx.now - lastHeardAt),
    exposureMs: atRest ? 0 : Math.max(0, lastHeardAt - lastCommitAt),
  };
  ctx.emit({ kind: 'failover', failover: done });
  return {
    ...started,
    failover: { ...failover, firstInstructionAt: ctx.now },
    lastFailover: done,
  };
}

export function onFirstOutput(state: Running, ctx: Context): Running {
  if (state.failover === undefined || state.lastFailover === undefined) return state;
  const lastFailover: Failover = { ...state.lastFailover, firstOutputAt: ctx.now };
  ctx.emit({ kind: 'failover', failover: lastFailover });
  return { ...state, failover: undefined, lastFailover };
}
