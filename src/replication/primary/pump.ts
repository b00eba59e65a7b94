/** What a running primary does because of time and pressure, looked at after every event. */
import type { Context } from '../context.ts';
import { gateIsFull, outputWaits } from '../gate.ts';
import {
  CALM_AFTER_MS,
  CALM_HEARTBEAT_MS,
  COMMIT_TIMEOUT_MS,
  HEARTBEAT_MS,
  PREPARE_TIMEOUT_MS,
  RELAXED_SILENCE_MS,
  STANDBY_SILENCE_MS,
  STANDBY_SILENCE_TIMES,
} from '../limits.ts';
import { captureDue, type Pressure } from '../pacing.ts';
import { isTooLong, listen, type Patience, tooLongAt } from '../silence.ts';
import type { Ended, Protection, Running } from '../state.ts';
import { claimIsDue } from '../witness.ts';
import { driveEnding } from './ending.ts';
import { askCapture, caughtUp, standbyOf } from './flights.ts';
import { loseStandby } from './protection.ts';

const PATIENCE: Patience = { least: STANDBY_SILENCE_MS, times: STANDBY_SILENCE_TIMES };
const RELAXED: Patience = { ...PATIENCE, least: RELAXED_SILENCE_MS };

export function pump(state: Running, ctx: Context): Running | Ended {
  let next = watchStandby(state, ctx);
  next = retryClaim(next, ctx);
  const driven = driveEnding(next, ctx);
  if (driven.kind === 'ended') return driven;
  next = throttle(capture(driven, ctx), ctx);
  return beat(next, ctx);
}

const patienceWith = ({ kind }: Protection): Patience => (kind === 'copying' ? RELAXED : PATIENCE);

/** Suspicion. */
function watchStandby(state: Running, ctx: Context): Running {
  const { protection } = state;
  if (protection.kind === 'preparing') {
    const late = ctx.now - protection.since > PREPARE_TIMEOUT_MS;
    return late ? loseStandby(state, 'silent', ctx) : state;
  }
  if (!('silence' in protection)) return state;
  const silence = listen(protection.silence, ctx.now);
  const heardOut: Running = { ...state, protection: { ...protection, silence } };
  if (isTooLong(silence, patienceWith(protection))) return loseStandby(heardOut, 'silent', ctx);
  const oldest = state.flights[0]?.sent;
  if (oldest !== undefined && ctx.now - oldest.at > COMMIT_TIMEOUT_MS) {
    return loseStandby(heardOut, 'no-commit', ctx);
  }
  if (state.pacing.stagingFull && ctx.config.stagingPolicy === 'drop') {
    return loseStandby(heardOut, 'staging', ctx);
  }
  return heardOut;
}

function retryClaim(state: Running, ctx: Context): Running {
  const { protection } = state;
  if (protection.kind !== 'suspect' || !claimIsDue(protection.claim, ctx.now)) return state;
  return { ...state, protection: { ...protection, claim: ctx.claim(state) } };
}

/** Nobody waits for the guest's next word. */
const isCalm = ({ now, spokeAt }: Running): boolean => now - spokeAt >= CALM_AFTER_MS;

export const pressureOf = (state: Running): Pressure => ({
  copying: state.capture !== undefined,
  inFlight: state.flights.length,
  outputWaits: outputWaits(state.gate),
  calm: isCalm(state),
});

/** When `pump` next has something to do because of time. */
export function dueAt(state: Running): number {
  const { protection, beatAt } = state;
  const silentAt =
    'silence' in protection ? tooLongAt(protection.silence, patienceWith(protection)) : Infinity;
  return Math.min(beatAt, silentAt, nextCaptureAt(state) ?? Infinity);
}

/** When the next capture is due, if any is. */
function nextCaptureAt(state: Running): number | undefined {
  const { protection, capture: pending, flights, ending } = state;
  if (state.failover !== undefined && state.failover.firstInstructionAt === undefined) {
    return undefined;
  }
  switch (protection.kind) {
    case 'unprotected':
    case 'preparing':
    case 'suspect':
      return undefined;
    case 'copying':
      // One at a time, and each at once after the other.
      if (state.pacing.stagingFull) return undefined;
      return pending === undefined && flights.length === 0 ? state.now : undefined;
    case 'closing':
    case 'protected':
      if (ending !== undefined) {
        return ending.epoch === undefined && pending === undefined ? state.now : undefined;
      }
      return captureDue(state.pacing, pressureOf(state));
  }
}

function capture(state: Running, ctx: Context): Running {
  const due = nextCaptureAt(state);
  if (due === undefined || due > ctx.now) return state;
  const { protection, ending, epoch } = state;
  if (protection.kind === 'copying') {
    const { rounds, lastBytes } = protection;
    const first = rounds === 0;
    return askCapture(state, first ? 'first' : 'dirty', !first && caughtUp(rounds, lastBytes), ctx);
  }
  const asked = askCapture(state, 'dirty', false, ctx);
  return ending === undefined ? asked : { ...asked, ending: { ...ending, epoch } };
}

/** Makes the guest wait while its output, or its checkpoints, have nowhere to go (R7). */
function throttle(state: Running, ctx: Context): Running {
  const gate = gateIsFull(state.gate);
  const protecting = standbyOf(state) !== undefined;
  const staging = protecting && state.pacing.stagingFull && ctx.config.stagingPolicy === 'throttle';
  const { throttled } = state;
  if (gate === throttled.gate && staging === throttled.staging) return state;
  if (gate !== throttled.gate) ctx.emit({ kind: 'throttle', on: gate, why: 'gate' });
  if (staging !== throttled.staging) ctx.emit({ kind: 'throttle', on: staging, why: 'staging' });
  ctx.changed();
  return { ...state, throttled: { gate, staging } };
}

function beat(state: Running, ctx: Context): Running {
  if (ctx.now < state.beatAt) return state;
  const machineAge =
    state.machineSeenAt === undefined || state.ending !== undefined
      ? 0
      : Math.max(0, Math.round(ctx.now - state.machineSeenAt));
  const nextMs = isCalm(state) ? CALM_HEARTBEAT_MS : HEARTBEAT_MS;
  const atRest = !state.pacing.changed && state.flights.length === 0 && state.capture === undefined;
  for (const [peer, { as }] of state.peers) {
    if (as === 'unknown') continue;
    ctx.send(peer, state.term, {
      ...{ kind: 'heartbeat', committed: state.committed, rejected: 0 },
      ...{ machineAge, atRest, nextMs },
    });
  }
  return { ...state, beatAt: ctx.now + nextMs };
}
