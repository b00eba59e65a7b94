/**
 * A replica is one node of a pair: a pure machine `step(state, event) → { state, effects }` that is
 * primary, standby or watcher in turn. It knows no clock, no link and no guest: time comes in events,
 * and what is to be done is in the effects (R6).
 *
 * The host carries out the effects in order, brings back what came of them as events, and sends a `tick`
 * at {@link deadlineOf} at the latest. An event's effects are carried out before the next event.
 */
import { assert } from '../base/assert.ts';
import type { MachineFacts, ReplicaConfig } from './config.ts';
import { Context } from './context.ts';
import type { Effect } from './effects.ts';
import type { ReplicaEvent } from './events.ts';
import { newGate } from './gate.ts';
import { newInputs } from './inputs.ts';
import { dueAt as primaryDueAt, pump as pumpPrimary } from './primary/pump.ts';
import { stepOpening, stepRunning } from './primary/step.ts';
import { dueAt as standbyDueAt, pump as pumpStandby } from './standby/pump.ts';
import { stepStandby } from './standby/step.ts';
import type { Common, ReplicaState } from './state.ts';
import { goOutside } from './transitions.ts';
import { newViewer } from './viewer.ts';
import { CLAIM_RETRY_MS } from './limits.ts';
import { claimIsDue } from './witness.ts';

export interface Step {
  readonly state: ReplicaState;
  readonly effects: readonly Effect[];
}

const common = (config: ReplicaConfig, term: number, now: number): Common => ({
  now,
  term,
  viewer: newViewer(),
  inputs: newInputs(config.node),
  gate: newGate(),
  beatAt: now,
  hellos: 0,
});

/**
 * A node that wants to run a new machine. A machine's name is used for one life of the machine, from power-on
 * through all takeovers to its loss or end: only the first who asks the witness may begin it, and whoever
 * opens it a second time finds that out and joins.
 */
export function startPrimary(config: ReplicaConfig, machine: MachineFacts, now: number): Step {
  const ctx = new Context(config, now);
  const base = common(config, 0, now);
  const claim = ctx.claim(base);
  return {
    state: { ...base, role: 'primary', kind: 'opening', machine, claim },
    effects: ctx.effects,
  };
}

/** A node that was invited: as a standby, or only to watch. */
export function startStandby(config: ReplicaConfig, wants: 'standby' | 'watch', now: number): Step {
  const ctx = new Context(config, now);
  const state = goOutside(common(config, 0, now), wants, 'new', [], ctx);
  return { state, effects: ctx.effects };
}

/** The one door: everything that happens to a replica. */
export function step(state: ReplicaState, event: ReplicaEvent, config: ReplicaConfig): Step {
  assert(event.now >= state.now, 'time runs backwards');
  const ctx = new Context(config, event.now);
  const timed: ReplicaState = { ...state, now: event.now };
  const stepped = stepRole(timed, event, ctx);
  return { state: pump(stepped, ctx), effects: ctx.effects };
}

function stepRole(state: ReplicaState, event: ReplicaEvent, ctx: Context): ReplicaState {
  switch (state.kind) {
    case 'ended':
      return state;
    case 'opening':
      return stepOpening(state, event, ctx);
    case 'running':
      return stepRunning(state, event, ctx);
    default:
      return stepStandby(state, event, ctx);
  }
}

function pump(state: ReplicaState, ctx: Context): ReplicaState {
  switch (state.kind) {
    case 'ended':
      return state;
    case 'opening':
      return claimIsDue(state.claim, ctx.now) ? { ...state, claim: ctx.claim(state) } : state;
    case 'running':
      return pumpPrimary(state, ctx);
    default:
      return pumpStandby(state, ctx);
  }
}

/** When the next `tick` is due, in the events' time; undefined: never. Earlier ones do no harm. */
export function deadlineOf(state: ReplicaState): number | undefined {
  switch (state.kind) {
    case 'ended':
      return undefined;
    case 'opening':
      return state.claim.askedAt + CLAIM_RETRY_MS;
    case 'outside':
      return undefined;
    case 'running':
      return primaryDueAt(state);
    default:
      return standbyDueAt(state);
  }
}
