/** How a primary ends: its page is closed, its guest switches itself off, or it hands over. */
import type { Context } from '../context.ts';
import { unreleasedBytes } from '../gate.ts';
import { HANDOVER_TIMEOUT_MS } from '../limits.ts';
import type { Ended, PrimaryState, Running } from '../state.ts';
import { standbyOf } from './flights.ts';
import { commonOf } from '../transitions.ts';
import { loseStandby } from './protection.ts';

export function end(state: PrimaryState, why: Ended['why'], sentence: string, ctx: Context): Ended {
  ctx.changed();
  return { ...commonOf(state), role: 'ended', kind: 'ended', why, sentence };
}

function sayGoodbye(
  state: Running,
  reason: 'leaving' | 'halted',
  sentence: string,
  ctx: Context,
): void {
  for (const peer of state.peers.keys()) {
    ctx.send(peer, state.term, { kind: 'shutdown', reason, sentence });
  }
}

/** An early word: the standby need not wait for our silence. */
export function onLeave(state: PrimaryState, ctx: Context): Ended {
  const sentence = 'The tab that ran the machine was closed.';
  if (state.kind === 'running') {
    ctx.emit({ kind: 'stop-guest', sentence });
    ctx.emit({ kind: 'discard-output', bytes: unreleasedBytes(state.gate) });
    sayGoodbye(state, 'leaving', sentence, ctx);
  }
  return end(state, 'left', sentence, ctx);
}

export function onGuestFailed(state: Running, sentence: string, ctx: Context): Ended {
  ctx.warn(sentence);
  ctx.emit({ kind: 'discard-output', bytes: unreleasedBytes(state.gate) });
  // A standby may have better luck with its copy.
  sayGoodbye(state, 'leaving', sentence, ctx);
  return end(state, 'failed', sentence, ctx);
}

/** The guest's last words must be committed like all others; then everybody is told. */
export function onHalted(state: Running, sentence: string, ctx: Context): Running | Ended {
  if (state.gate.open) return finishHalt(state, sentence, ctx);
  const ending = { purpose: 'halt', since: ctx.now, sentence } as const;
  return { ...state, ending: { ...ending, epoch: undefined, requestedAt: undefined } };
}

export function finishHalt(state: Running, sentence: string, ctx: Context): Ended {
  sayGoodbye(state, 'halted', sentence, ctx);
  return end(state, 'halted', sentence, ctx);
}

export function onHandOver(state: Running, ctx: Context): Running {
  if (state.protection.kind !== 'protected' || state.ending !== undefined) {
    ctx.warn('There is no standby that could take the machine now.');
    return state;
  }
  ctx.changed();
  const sentence = 'The machine is handed over to the standby.';
  const ending = { purpose: 'hand-over', since: ctx.now, sentence } as const;
  return { ...state, ending: { ...ending, epoch: undefined, requestedAt: undefined } };
}

/** What follows once the last epoch is committed, or is not within its time. */
export function driveEnding(state: Running, ctx: Context): Running | Ended {
  const { ending, committed, protection } = state;
  if (ending === undefined) return state;
  const done = ending.epoch !== undefined && committed >= ending.epoch;
  if (ending.purpose === 'halt') {
    return done || state.gate.open ? finishHalt(state, ending.sentence, ctx) : state;
  }
  const peer = standbyOf(state);
  if (protection.kind === 'protected' && ctx.now - ending.since > HANDOVER_TIMEOUT_MS) {
    return loseStandby(state, 'no-hand-over', ctx);
  }
  if (!done || ending.requestedAt !== undefined || peer === undefined) return state;
  const { node } = ctx.config;
  ctx.send(peer, state.term, { kind: 'takeover', what: 'request', epoch: committed, node });
  return { ...state, ending: { ...ending, requestedAt: ctx.now } };
}
