/** The standby: `step(state, event)` for a node that does not have the machine (yet). */
import type { Context } from '../context.ts';
import type { EventOf, PeerId, ReplicaEvent } from '../events.ts';
import type { Frame } from '../frame.ts';
import { commitInputs, learn, skipConsumed, typeKey, uncommitted } from '../inputs.ts';
import type { Message, MessageOf } from '../messages.ts';
import { shownPositions } from '../viewer.ts';
import { heard } from '../silence.ts';
import type {
  Copying,
  Deciding,
  Ended,
  Joining,
  Ready,
  Running,
  StandbyState,
  Watching,
} from '../state.ts';
import { commonOf, join } from '../transitions.ts';
import { MACHINE_HUNG_MS } from '../limits.ts';
import { decide, finish, onVerdict, rollBack } from './decide.ts';
import { disconnect, onPrepared, onWelcome, primaryOf, rejoin, sendKeys } from './join.ts';
import {
  onAbort,
  onApplied,
  onBegin,
  onCommit,
  onDamage,
  onPart,
  refuseEpoch,
} from './receiver.ts';

export type AfterStandby = StandbyState | Running | Ended;

export function stepStandby(state: StandbyState, event: ReplicaEvent, ctx: Context): AfterStandby {
  switch (event.kind) {
    case 'peer-connected':
      return onConnected(state, event.peer, ctx);
    case 'peer-lost':
      return onLost(state, event.peer, ctx);
    case 'stranger':
    case 'witness-failed':
      ctx.warn(event.sentence);
      return state;
    case 'frame':
      return onFrame(state, event.peer, event.frame, ctx);
    case 'bad-frame':
      return onBadFrame(state, event, ctx);
    case 'witness':
      return state.kind === 'deciding' ? onVerdict(state, event, ctx) : state;
    case 'primary-gone':
      return loseContact(state, event.word, primaryOf(state), ctx);
    case 'key':
      return onKey(state, event, ctx);
    case 'leave':
      return onLeave(state, ctx);
    case 'prepared':
      return state.kind === 'preparing' ? onPrepared(state, event.baseline, ctx) : state;
    case 'prepare-failed':
      return onPrepareFailed(state, event.sentence, ctx);
    case 'applied':
    case 'apply-failed':
      return onApply(state, event, ctx);
    default:
      // The machine of a former role may still have something to say.
      return state;
  }
}

/** True when the primary takes keys from here. */
const isHeard = (state: StandbyState): state is Copying | Ready | Watching =>
  state.wants === 'standby' && ['copying', 'ready', 'watching'].includes(state.kind);

const end = (state: StandbyState, why: Ended['why'], sentence: string, ctx: Context): Ended => {
  ctx.changed();
  return { ...commonOf(state), role: 'ended', kind: 'ended', why, sentence };
};

function onConnected(state: StandbyState, peer: PeerId, ctx: Context): StandbyState {
  if (state.kind === 'outside' || state.kind === 'joining') {
    ctx.changed();
    return join(state, state.wants, peer, state.strangers, ctx);
  }
  return { ...state, strangers: [...state.strangers, peer] };
}

function onLost(state: StandbyState, peer: PeerId, ctx: Context): StandbyState {
  if (primaryOf(state) === peer) return loseContact(state, 'channel-closed', undefined, ctx);
  return { ...state, strangers: state.strangers.filter((other) => other !== peer) };
}

/** An early word, or silence. `peer`: the link, if it still stands. */
export function loseContact(
  state: StandbyState,
  why: 'lock-released' | 'channel-closed' | 'bye' | 'silent' | 'hung',
  peer: PeerId | undefined,
  ctx: Context,
): StandbyState {
  switch (state.kind) {
    case 'outside':
      return state;
    case 'ready':
      return decide(state, why, peer, ctx);
    case 'deciding':
      return { ...state, peer };
    case 'copying':
      if (peer !== undefined) ctx.emit({ kind: 'close', peer });
      return disconnect(state, 'copy-incomplete', ctx);
    case 'joining':
    case 'watching':
    case 'preparing':
      if (peer !== undefined) ctx.emit({ kind: 'close', peer });
      return disconnect(state, 'disconnected', ctx);
  }
}

function onKey(state: StandbyState, { lane, bytes }: EventOf<'key'>, ctx: Context): StandbyState {
  const refuse = (sentence: string): StandbyState => {
    ctx.emit({ kind: 'input-refused', lane, sentence });
    return state;
  };
  if (state.wants === 'watch') return refuse('This tab only watches.');
  const typed = typeKey(state.inputs, lane, bytes);
  if (typed === undefined) return refuse('Too much input waits already: this was not taken.');
  if (isHeard(state)) sendKeys(state, state.peer, typed.items, ctx);
  return { ...state, inputs: typed.inputs };
}

function onLeave(state: StandbyState, ctx: Context): Ended {
  const sentence = 'The tab was closed.';
  const peer = primaryOf(state);
  if (peer !== undefined)
    ctx.send(peer, state.term, { kind: 'shutdown', reason: 'leaving', sentence });
  return end(state, 'left', sentence, ctx);
}

function onPrepareFailed(state: StandbyState, sentence: string, ctx: Context): AfterStandby {
  if (state.kind !== 'preparing') return state;
  ctx.reject(state.peer, state.term, 'too-little-memory', sentence);
  ctx.emit({ kind: 'close', peer: state.peer });
  return end(state, 'refused', sentence, ctx);
}

function onApply(
  state: StandbyState,
  event: EventOf<'applied' | 'apply-failed'>,
  ctx: Context,
): AfterStandby {
  if (!('receiver' in state)) return state;
  // An earlier attempt at joining may still have something to say.
  if (state.receiver.incoming[0]?.epoch !== event.epoch) return state;
  if (event.kind === 'apply-failed') {
    const refused = refuseEpoch(state, state.peer, event.epoch, event.sentence, ctx);
    return refused.kind === 'deciding' ? finish(refused, ctx) : refused;
  }
  const applied = onApplied(state, state.peer, event.epoch, ctx);
  switch (applied.kind) {
    case 'deciding':
      return finish(applied, ctx);
    case 'copying':
      return applied.receiver.protects ? becomeReady(applied, ctx) : applied;
    case 'ready':
      return maybeHandOver(applied, ctx);
  }
}

function becomeReady(state: Copying, ctx: Context): Ready {
  ctx.changed();
  ctx.info('This tab protects the machine.');
  const { readySaid: _readySaid, ...rest } = state;
  return {
    ...rest,
    kind: 'ready',
    speculates: false,
    speculatedAt: -Infinity,
    handOver: undefined,
  };
}

function maybeHandOver(state: Ready, ctx: Context): Ready | Deciding {
  const { handOver, receiver } = state;
  if (handOver === undefined || receiver.committed < handOver) return state;
  return decide(state, 'hand-over', state.peer, ctx);
}

function onBadFrame(
  state: StandbyState,
  { peer, channel, error }: EventOf<'bad-frame'>,
  ctx: Context,
): StandbyState {
  if (primaryOf(state) !== peer) return state;
  const code = error.kind === 'other-version' ? 'other-version' : 'corrupt';
  ctx.warn(error.sentence);
  if ('receiver' in state && channel === 'bulk') {
    return onDamage(state, peer, error.sentence, ctx);
  }
  if (state.kind === 'watching') {
    ctx.send(peer, state.term, { kind: 'watch', shown: shownPositions(state.viewer) });
    // It may have been the word to become the standby.
    if (state.queued) ctx.reject(peer, state.term, code, error.sentence);
    return state;
  }
  // Damaged beats need no answer: the next is under way.
  if (channel !== 'heartbeat') ctx.reject(peer, state.term, code, error.sentence);
  return state;
}

function onFrame(state: StandbyState, peer: PeerId, frame: Frame, ctx: Context): AfterStandby {
  const { term, message } = frame;
  if (state.kind === 'outside' || primaryOf(state) !== peer) {
    return onStranger(state, peer, term, message, ctx);
  }
  if (message.kind === 'reject') return onReject(state, term, message, ctx);
  if (state.kind === 'joining' || state.kind === 'watching') {
    if (message.kind === 'welcome' && term >= state.term)
      return onWelcome(state, term, message, ctx);
  }
  if (state.kind === 'joining') return message.kind === 'hello' ? onTwin(state, ctx) : state;
  if (term < state.term) {
    if (message.kind !== 'heartbeat') return state;
    const sentence = `Term ${term} is over, this is ${state.term}.`;
    ctx.reject(peer, state.term, 'old-term', sentence);
    return state;
  }
  if (term > state.term) {
    if (state.kind !== 'watching') return onLaterTerm(state, term, ctx);
    // A terminal has nothing to lose by a new term, but what it said in the old one was not heard.
    const later = { ...state, term };
    return onPrimary(hear(repeatKeys(later, ctx), ctx), peer, message, ctx);
  }
  return onPrimary(hear(state, ctx), peer, message, ctx);
}

/** Two joiners were sent to each other. */
function onTwin(state: Joining, ctx: Context): StandbyState {
  ctx.reject(state.peer, state.term, 'not-primary', 'The machine does not run in this tab.');
  ctx.emit({ kind: 'close', peer: state.peer });
  return disconnect(state, 'disconnected', ctx);
}

/** The primary has a new term: it went on without us, or is another than we knew. */
function onLaterTerm(state: StandbyState, term: number, ctx: Context): StandbyState {
  // The witness will tell a claimant the same.
  if (state.kind === 'deciding') return state;
  return rejoin(state, term, 'dropped', ctx);
}

/** Others are told to look elsewhere. */
function onStranger(
  state: StandbyState,
  peer: PeerId,
  term: number,
  message: Message,
  ctx: Context,
): StandbyState {
  if (message.kind === 'takeover' && message.what === 'announce' && term > state.term) {
    // The new primary found us before we found it.
    if (state.kind === 'outside' || state.kind === 'watching' || state.kind === 'joining') {
      const strangers = state.strangers.filter((other) => other !== peer);
      return join({ ...state, term }, state.wants, peer, strangers, ctx);
    }
    return state;
  }
  if (message.kind !== 'hello') return state;
  ctx.reject(peer, state.term, 'not-primary', 'The machine does not run in this tab.');
  ctx.emit({ kind: 'close', peer });
  return { ...state, strangers: state.strangers.filter((other) => other !== peer) };
}

function hear<S extends StandbyState>(state: S, ctx: Context): S {
  const told = rollBack(state, ctx);
  return 'silence' in told ? { ...told, silence: heard(told.silence, ctx.now) } : told;
}

function onReject(
  state: StandbyState,
  term: number,
  { code, sentence }: MessageOf<'reject'>,
  ctx: Context,
): AfterStandby {
  const peer = primaryOf(state);
  switch (code) {
    case 'corrupt':
      return repeatKeys(state, ctx);
    case 'unexpected':
      ctx.warn(`The machine’s tab says: ${sentence}`);
      return state;
    case 'bad-checkpoint':
      return state;
    case 'old-term':
    case 'dropped':
      if (term < state.term || state.kind === 'deciding') return state;
      return state.kind === 'joining' ? state : rejoin(state, term, 'dropped', ctx);
    case 'not-primary':
    case 'gone':
      if (state.kind === 'deciding' || state.kind === 'ready') return state;
      if (peer !== undefined) ctx.emit({ kind: 'close', peer });
      return disconnect(state, 'disconnected', ctx);
    case 'other-version':
    case 'other-machine':
    case 'too-little-memory':
    case 'full':
    case 'wrong-secret':
      if (state.kind === 'deciding' || state.kind === 'ready') return state;
      ctx.warn(sentence);
      return end(state, 'refused', sentence, ctx);
  }
}

/** Something of ours was not heard: it may have been keys. */
function repeatKeys<S extends StandbyState>(state: S, ctx: Context): S {
  if (isHeard(state)) sendKeys(state, state.peer, uncommitted(state.inputs), ctx);
  return state;
}

/** A message of our primary, in our term. */
function onPrimary(
  state: Exclude<StandbyState, { readonly kind: 'outside' | 'joining' }>,
  peer: PeerId,
  message: Message,
  ctx: Context,
): AfterStandby {
  if (message.kind === 'shutdown') return onShutdown(state, message, ctx);
  if (message.kind === 'telemetry') {
    ctx.emit({ kind: 'telemetry', bytes: message.bytes.slice() });
    return state;
  }
  if (state.kind === 'watching') return onWatched(state, peer, message, ctx);
  if (!('receiver' in state)) return state;
  switch (message.kind) {
    case 'begin': {
      const begun = onBegin(state, peer, message, ctx);
      return begun.kind === 'copying' ? { ...begun, readySaid: undefined } : begun;
    }
    case 'pages':
    case 'sections':
    case 'outputs':
      return onPart(state, peer, message, ctx);
    case 'commit':
      return onCommit(state, peer, message, ctx);
    case 'abort':
      return onAbort(state, message, ctx);
    case 'inputs': {
      const skipped = skipConsumed(state.inputs, message.since);
      const { inputs, refused } = learn(skipped, message.items, ctx.config.understands);
      if (refused > 0) ctx.refuseInput(peer, state.term, refused);
      return { ...state, inputs };
    }
    case 'hot-code':
      ctx.emit({ kind: 'hot-code', bytes: message.bytes.slice() });
      return state;
    case 'heartbeat':
      return onBeat(state, peer, message, ctx);
    case 'takeover':
      if (state.kind !== 'ready' || message.what !== 'request') return state;
      return maybeHandOver({ ...state, handOver: message.epoch }, ctx);
    default:
      return state;
  }
}

function onBeat(
  state: Copying | Ready | Deciding,
  peer: PeerId,
  { machineAge, committed, atRest, nextMs }: MessageOf<'heartbeat'>,
  ctx: Context,
): AfterStandby {
  const { receiver } = state;
  // Of the epoch that is held here: beats may overtake a checkpoint, or lag behind one.
  const rests = atRest && committed === receiver.committed && receiver.incoming.length === 0;
  const heardOf = { ...state, receiver: { ...receiver, atRest: rests, nextBeatMs: nextMs } };
  if (heardOf.kind !== 'ready' || machineAge < MACHINE_HUNG_MS) return heardOf;
  return decide(heardOf, 'hung', peer, ctx);
}

function onShutdown(
  state: StandbyState,
  { reason, sentence }: MessageOf<'shutdown'>,
  ctx: Context,
): AfterStandby {
  if (reason === 'halted') {
    ctx.emit({ kind: 'forget-machine' });
    return end(state, 'halted', sentence, ctx);
  }
  return loseContact(state, 'bye', primaryOf(state), ctx);
}

function onWatched(state: Watching, peer: PeerId, message: Message, ctx: Context): Watching {
  if (message.kind !== 'released') return state;
  const items = message.items.map((item) => ({ ...item, bytes: item.bytes.slice() }));
  const told = { ...state, inputs: commitInputs(state.inputs, message.applied) };
  const { state: shown, hole } = ctx.show(told, state.term, items, message.oldest);
  if (hole) ctx.send(peer, state.term, { kind: 'watch', shown: shownPositions(shown.viewer) });
  return shown;
}
