/** What a standby does because of time, looked at after every event. */
import type { Context } from '../context.ts';
import {
  CALM_HEARTBEAT_MS,
  JOIN_RETRY_MS,
  PRIMARY_SILENCE_MS,
  PRIMARY_SILENCE_TIMES,
  RELAXED_SILENCE_MS,
} from '../limits.ts';
import { isTooLong, listen, type Patience, tooLongAt } from '../silence.ts';
import type { StandbyState } from '../state.ts';
import { join } from '../transitions.ts';
import { claimIsDue } from '../witness.ts';
import { speculate, speculationAt } from './decide.ts';
import { primaryOf } from './join.ts';
import { loseContact } from './step.ts';

const PATIENCE: Patience = { least: PRIMARY_SILENCE_MS, times: PRIMARY_SILENCE_TIMES };
const RELAXED: Patience = { ...PATIENCE, least: RELAXED_SILENCE_MS };

export function pump(state: StandbyState, ctx: Context): StandbyState {
  return beat(retry(watchPrimary(state, ctx), ctx), ctx);
}

/** When `pump` next has something to do because of time. */
export const dueAt = (state: StandbyState): number =>
  state.kind === 'ready'
    ? Math.min(state.beatAt, speculationAt(state), tooLongAt(state.silence, PATIENCE))
    : state.beatAt;

function watchPrimary(state: StandbyState, ctx: Context): StandbyState {
  if (!('silence' in state)) return state;
  const listening = { ...state, silence: listen(state.silence, ctx.now) };
  const isSilent = isTooLong(listening.silence, state.kind === 'ready' ? PATIENCE : RELAXED);
  // While it makes its machine a node has no time to listen.
  if (state.kind === 'preparing') return listening;
  if (!isSilent) return listening.kind === 'ready' ? speculate(listening, ctx) : listening;
  return loseContact(listening, 'silent', primaryOf(listening), ctx);
}

function retry(state: StandbyState, ctx: Context): StandbyState {
  switch (state.kind) {
    case 'joining':
      if (ctx.now - state.askedAt < JOIN_RETRY_MS) return state;
      return join(state, state.wants, state.peer, state.strangers, ctx);
    case 'copying': {
      const { readySaid, peer, term } = state;
      if (readySaid === undefined || ctx.now - readySaid.at < JOIN_RETRY_MS) return state;
      ctx.send(peer, term, { kind: 'ready', baseline: readySaid.baseline });
      return { ...state, readySaid: { ...readySaid, at: ctx.now } };
    }
    case 'deciding':
      if (state.won !== undefined || !claimIsDue(state.claim, ctx.now)) return state;
      return { ...state, claim: ctx.claim(state) };
    case 'outside':
    case 'watching':
    case 'preparing':
    case 'ready':
      return state;
  }
}

function beat(state: StandbyState, ctx: Context): StandbyState {
  if (ctx.now < state.beatAt) return state;
  const peer = primaryOf(state);
  const beats = state.kind === 'preparing' || state.kind === 'watching' || 'receiver' in state;
  if (peer !== undefined && beats) {
    const receiver = 'receiver' in state ? state.receiver : undefined;
    ctx.send(peer, state.term, {
      kind: 'heartbeat',
      committed: receiver?.committed ?? 0,
      rejected: receiver?.broken ?? 0,
      machineAge: 0,
      atRest: false,
      nextMs: CALM_HEARTBEAT_MS,
    });
  }
  return { ...state, beatAt: ctx.now + CALM_HEARTBEAT_MS };
}
