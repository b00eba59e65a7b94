/** Gaining and losing the standby. Only the witness's word opens a closed gate again (R5). */
import type { Context } from '../context.ts';
import type { EventOf, PeerId } from '../events.ts';
import { openGate } from '../gate.ts';
import { capturedEver, commitInputs } from '../inputs.ts';
import type { MessageOf, RejectCode } from '../messages.ts';
import { newSilence } from '../silence.ts';
import type { Peer, Running, StandbyState } from '../state.ts';
import type { SuspicionWord } from '../statistics.ts';
import { fence } from '../transitions.ts';
import { abortFrom, standbyOf } from './flights.ts';
import { letOut, tellApplied } from './watchers.ts';

/** Changes what is known of a party. */
export function setPeer(state: Running, peer: PeerId, change: Partial<Peer>): Running {
  const before = state.peers.get(peer) ?? { as: 'unknown', node: '', hello: 0, remindedAt: 0 };
  return { ...state, peers: new Map(state.peers).set(peer, { ...before, ...change }) };
}

export function removePeer(state: Running, peer: PeerId): Running {
  const peers = new Map(state.peers);
  peers.delete(peer);
  return { ...state, peers };
}

/** The message that admits a party; all that differs is what as. */
export function welcome(
  state: Running,
  as: MessageOf<'welcome'>['as'],
  ctx: Context,
): MessageOf<'welcome'> {
  const { ramBytes, baseline, description } = state.machine;
  return { kind: 'welcome', as, node: ctx.config.node, ramBytes, baseline, description };
}

/** Lets a party make its machine, as the standby. */
export function prepareStandby(state: Running, peer: PeerId, node: string, ctx: Context): Running {
  ctx.send(peer, state.term, welcome(state, 'standby', ctx));
  ctx.changed();
  const protection = { kind: 'preparing', peer, since: ctx.now } as const;
  return { ...setPeer(state, peer, { as: 'standby', node }), protection };
}

/** The next in the queue becomes the standby, if there is none. */
function promote(state: Running, ctx: Context): Running {
  if (state.protection.kind !== 'unprotected' || state.ending !== undefined) return state;
  for (const [peer, { as, node }] of state.peers) {
    if (as === 'queued') return prepareStandby(state, peer, node, ctx);
  }
  return state;
}

/** The standby has made its machine: the first copy can begin. */
export function onReady(
  state: Running,
  peer: PeerId,
  { baseline }: MessageOf<'ready'>,
  ctx: Context,
): Running {
  const { protection, machine } = state;
  if (protection.kind !== 'preparing' || protection.peer !== peer) return state;
  const same =
    baseline.length === machine.baseline.length &&
    baseline.every((byte, i) => byte === machine.baseline[i]);
  if (!same && machine.baseline.length > 0) {
    ctx.info('The standby lacks the prepared guest: all of memory is copied.');
  }
  ctx.changed();
  return {
    ...state,
    rejectsInARow: 0,
    baseline: same ? machine.baseline : new Uint8Array(0),
    protection: {
      ...{ kind: 'copying', peer, since: protection.since, silence: newSilence(ctx.now) },
      ...{ rounds: 0, lastBytes: 0 },
    },
  };
}

const dropSentence = (why: SuspicionWord): string => {
  switch (why) {
    case 'staging':
      return 'There is no more room for checkpoints: the machine goes on unprotected.';
    case 'rejects':
    case 'no-commit':
      return 'The standby does not keep up with the checkpoints.';
    case 'bye':
    case 'channel-closed':
    case 'lock-released':
      return 'The standby has gone.';
    case 'joined-anew':
      return 'The standby lost its copy and joins anew.';
    case 'silent':
    case 'hung':
    case 'no-hand-over':
      return 'The standby does not answer.';
    case 'higher-term':
      return 'Another tab claims to have the machine.';
  }
};

/**
 * The standby seems lost. As long as it could never take over, that is all there is to it; else the
 * guest runs on behind the closed gate until the witness has said whose the machine is.
 */
export function loseStandby(state: Running, why: SuspicionWord, ctx: Context): Running {
  const { protection } = state;
  switch (protection.kind) {
    case 'unprotected':
    case 'suspect':
      return state;
    case 'preparing':
    case 'copying':
      return unprotect(state, why, ctx);
    case 'closing':
    case 'protected':
      return suspect(state, protection.peer, why, ctx);
  }
}

/** Somebody speaks of a higher term: the witness knows whether ours still holds. */
export function doubt(state: Running, ctx: Context): Running {
  if (state.protection.kind === 'suspect') return state;
  return suspect(state, standbyOf(state), 'higher-term', ctx);
}

function suspect(
  state: Running,
  peer: PeerId | undefined,
  why: SuspicionWord,
  ctx: Context,
): Running {
  ctx.changed();
  const capture = state.capture && { ...state.capture, void: true };
  const claim = ctx.claim(state);
  return { ...state, capture, protection: { kind: 'suspect', peer, since: ctx.now, why, claim } };
}

export function onWitness(
  state: Running,
  event: EventOf<'witness'>,
  ctx: Context,
): Running | StandbyState {
  const { protection } = state;
  if (protection.kind !== 'suspect' || event.expected !== protection.claim.expected) return state;
  if (!event.granted) return fence(state, event.term, undefined, ctx);
  const { viewer } = state;
  const won: Running = { ...state, term: event.term, viewer: { ...viewer, term: event.term } };
  ctx.emit({ kind: 'announce', term: event.term });
  return unprotect(won, protection.why, ctx);
}

/** Goes on alone, and says so: what is held goes out, what was on its way is dirty again. */
function unprotect(state: Running, why: SuspicionWord, ctx: Context): Running {
  const peer = standbyOf(state);
  const first = state.flights[0];
  const aborted = first === undefined ? state : abortFrom(state, first.epoch, ctx);
  // Nobody will play these again, whatever becomes of the captures that have them.
  const taken = capturedEver(aborted.inputs);
  tellApplied(aborted, taken, ctx);
  const alone: Running = {
    ...aborted,
    inputs: commitInputs(aborted.inputs, taken),
    capture: aborted.capture && { ...aborted.capture, void: true },
    carried: [],
    protection: { kind: 'unprotected', since: ctx.now, why },
  };
  ctx.changed();
  ctx.warn(`${dropSentence(why)} The machine runs unprotected.`);
  const open = letOut(alone, openGate(alone.gate), ctx);
  const resumed = resume(open, ctx);
  return promote(peer === undefined ? resumed : dismiss(resumed, peer, why, ctx), ctx);
}

/** A guest that was stopped for a handover that did not come about goes on. */
function resume(state: Running, ctx: Context): Running {
  if (state.ending?.purpose !== 'hand-over') return state;
  ctx.emit({ kind: 'start-guest', cause: 'resume', epoch: state.committed });
  return { ...state, ending: undefined };
}

/** The former standby, if it lives, is to join anew on the same link. */
function dismiss(state: Running, peer: PeerId, why: SuspicionWord, ctx: Context): Running {
  const known = state.peers.get(peer);
  if (known?.as !== 'standby') return state;
  const code: RejectCode = 'dropped';
  ctx.reject(peer, state.term, code, `${dropSentence(why)} It may join anew.`);
  return setPeer(state, peer, { as: 'unknown' });
}

/** A link is gone. */
export function onPeerLost(state: Running, peer: PeerId, ctx: Context): Running {
  if (!state.peers.has(peer)) return state;
  const without = removePeer(state, peer);
  if (standbyOf(state) !== peer) return without;
  return loseStandby(without, 'channel-closed', ctx);
}
