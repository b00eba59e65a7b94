/** The primary: `step(state, event)` for the node that has the machine. */
import type { Context } from '../context.ts';
import type { EventOf, PeerId, ReplicaEvent } from '../events.ts';
import type { Frame } from '../frame.ts';
import { putOut } from '../gate.ts';
import { consumeInputs, deliver, learn, typeKey } from '../inputs.ts';
import { REMIND_MS } from '../limits.ts';
import type { InputItem, Message, MessageOf } from '../messages.ts';
import { messageTable } from '../messages.ts';
import { heard } from '../silence.ts';
import type { Ended, Opening, Peer, Running, StandbyState } from '../state.ts';
import { add } from '../statistics.ts';
import { fence, runUnprotected } from '../transitions.ts';
import { onHello } from './admission.ts';
import { onHalted, onHandOver, onLeave, onGuestFailed } from './ending.ts';
import {
  abortFrom,
  forward,
  onCaptured,
  onChunk,
  onCommitted,
  onRejectedEpoch,
  onStaged,
  standbyOf,
} from './flights.ts';
import {
  doubt,
  loseStandby,
  onPeerLost,
  onReady,
  onWitness,
  setPeer,
  welcome,
} from './protection.ts';
import { onFirstInstruction, onFirstOutput } from './timeline.ts';
import { letOut, sendBacklog, tellApplied } from './watchers.ts';
import { inParts } from '../context.ts';

export type AfterPrimary = Running | Opening | StandbyState | Ended;

/** Before the first term is won. */
export function stepOpening(state: Opening, event: ReplicaEvent, ctx: Context): AfterPrimary {
  if (event.kind === 'witness-failed' && event.expected === state.claim.expected) {
    return runAlone(state, event.sentence, ctx);
  }
  if (event.kind === 'witness' && event.expected === state.claim.expected) {
    if (!event.granted) {
      ctx.info('This machine runs in another tab already.');
      return fence(state, event.term, undefined, ctx);
    }
    return begin(state, event.term, ctx);
  }
  if (event.kind === 'leave') return onLeave(state, ctx);
  if (event.kind === 'key') {
    const sentence = 'The machine does not run yet.';
    ctx.emit({ kind: 'input-refused', lane: event.lane, sentence });
  }
  return state;
}

function begin(state: Opening, term: number, ctx: Context): Running {
  ctx.emit({ kind: 'start-guest', cause: 'begin', epoch: 0 });
  ctx.emit({ kind: 'announce', term });
  ctx.changed();
  return runUnprotected({ ...state, term }, state.machine, 0, new Map(), ctx);
}

/** A machine without a witness is better than none; but it has nobody who could decide about it. */
function runAlone(state: Opening, sentence: string, ctx: Context): Running {
  ctx.warn(`${sentence} The machine runs unprotected, and can have no standby.`);
  return { ...begin(state, state.term + 1, ctx), alone: true };
}

/** All but time: what follows from time alone is in `pump`. */
export function stepRunning(state: Running, event: ReplicaEvent, ctx: Context): AfterPrimary {
  switch (event.kind) {
    case 'tick':
    case 'prepared':
    case 'prepare-failed':
    case 'applied':
    case 'apply-failed':
    case 'primary-gone':
      return state;
    case 'peer-connected':
      return setPeer(state, event.peer, {});
    case 'peer-lost':
      return onPeerLost(state, event.peer, ctx);
    case 'stranger':
    case 'witness-failed':
      // Asked again in a moment; until then nobody goes on.
      ctx.warn(event.sentence);
      return state;
    case 'frame':
      return onFrame(state, event.peer, event.frame, ctx);
    case 'bad-frame':
      return onBadFrame(state, event, ctx);
    case 'witness':
      return onWitness(state, event, ctx);
    case 'key':
      return onKey(state, event, ctx);
    case 'telemetry':
      for (const [peer, { as }] of state.peers) {
        if (as !== 'unknown') {
          ctx.send(peer, state.term, { kind: 'telemetry', bytes: event.bytes });
        }
      }
      return state;
    case 'hot-code': {
      const { protection, term } = state;
      if (protection.kind === 'protected')
        ctx.send(protection.peer, term, { kind: 'hot-code', bytes: event.bytes });
      return state;
    }
    case 'leave':
      return onLeave(state, ctx);
    default:
      return stepMachine(state, event, ctx);
  }
}

type MachineEvent = EventOf<
  | 'changed'
  | 'machine-beat'
  | 'output'
  | 'captured'
  | 'capture-failed'
  | 'chunk'
  | 'staged'
  | 'staging'
  | 'inputs-consumed'
  | 'guest-started'
  | 'guest-failed'
  | 'guest-halted'
  | 'hand-over'
>;

/** What the machine and its captures say. */
function stepMachine(state: Running, event: MachineEvent, ctx: Context): AfterPrimary {
  switch (event.kind) {
    case 'changed':
      return state.pacing.changed
        ? state
        : { ...state, pacing: { ...state.pacing, changed: true } };
    case 'machine-beat':
      return { ...state, machineSeenAt: ctx.now };
    case 'output': {
      const next = onFirstOutput(state, ctx);
      const released = putOut(next.gate, event.outputs, ctx.now);
      const pacing = { ...next.pacing, changed: true };
      return letOut({ ...next, pacing, spokeAt: ctx.now }, released, ctx);
    }
    case 'captured':
      return onCaptured(state, event, ctx);
    case 'capture-failed':
      return onCaptureFailed(state, event, ctx);
    case 'chunk':
      return onChunk(state, event, ctx);
    case 'staged':
      return onStaged(state, event, ctx);
    case 'staging':
      return { ...state, pacing: { ...state.pacing, stagingFull: event.full } };
    case 'inputs-consumed': {
      const { kind } = state.protection;
      if (kind !== 'unprotected' && kind !== 'preparing') return state;
      const { inputs, since } = consumeInputs(state.inputs, event.applied);
      tellApplied(state, since, ctx);
      return { ...state, inputs };
    }
    case 'guest-started':
      return onFirstInstruction(state, ctx);
    case 'guest-failed':
      return onGuestFailed(state, event.sentence, ctx);
    case 'guest-halted':
      return onHalted(state, event.sentence, ctx);
    case 'hand-over':
      return onHandOver(state, ctx);
  }
}

function onCaptureFailed(
  state: Running,
  { epoch, sentence }: EventOf<'capture-failed'>,
  ctx: Context,
): Running {
  if (state.capture?.epoch !== epoch) return state;
  ctx.warn(`A checkpoint could not be made: ${sentence}`);
  const aborted = abortFrom(state, epoch, ctx);
  return { ...aborted, epoch: epoch + 1, capture: undefined };
}

/** A person typed here: it goes into the machine, and to whoever must not lose it. */
function onKey(state: Running, { lane, bytes }: EventOf<'key'>, ctx: Context): Running {
  const typed = typeKey(state.inputs, lane, bytes);
  if (typed === undefined) {
    const sentence = 'Too much input waits already: this was not taken.';
    ctx.emit({ kind: 'input-refused', lane, sentence });
    return state;
  }
  return deliverItems({ ...state, inputs: typed.inputs }, typed.items, undefined, ctx);
}

function deliverItems(
  state: Running,
  items: readonly InputItem[],
  from: PeerId | undefined,
  ctx: Context,
): Running {
  if (items.length === 0) return state;
  ctx.emit({ kind: 'deliver-inputs', items });
  const { protection } = state;
  const keeper = standbyOf(state);
  // Before the first capture everything will be in it, or is sent with it.
  const keeps = protection.kind !== 'preparing' && keeper !== undefined && keeper !== from;
  if (keeps) {
    for (const part of inParts(items)) {
      ctx.send(keeper, state.term, { kind: 'inputs', since: [], items: part });
    }
  }
  return {
    ...state,
    inputs: deliver(state.inputs, items),
    totals: add(state.totals, { keysDelivered: items.length }),
  };
}

function onBadFrame(state: Running, event: EventOf<'bad-frame'>, ctx: Context): Running {
  const { peer, error } = event;
  if (!state.peers.has(peer)) return state;
  ctx.warn(error.sentence);
  if (error.kind === 'other-version') {
    ctx.reject(peer, state.term, 'other-version', error.sentence);
    ctx.emit({ kind: 'close', peer });
    return onPeerLost(state, peer, ctx);
  }
  // Keys may have been damaged: it repeats them when it is told.
  ctx.reject(peer, state.term, 'corrupt', error.sentence);
  return state;
}

function onFrame(state: Running, peer: PeerId, frame: Frame, ctx: Context): AfterPrimary {
  const from = state.peers.get(peer);
  if (from === undefined) return state;
  const { term, message } = frame;
  if (message.kind === 'takeover' && message.what === 'announce') {
    return term > state.term ? fence(state, term, peer, ctx) : remind(state, peer, from, ctx);
  }
  if (message.kind === 'hello' && term <= state.term) return onHello(state, peer, message, ctx);
  if (term > state.term) return doubt(state, ctx);
  if (message.kind === 'shutdown' || message.kind === 'reject') {
    return onParting(state, peer, term, message, ctx);
  }
  if (term < state.term) return remind(state, peer, from, ctx);
  if (!maySend(from, message)) {
    ctx.reject(peer, state.term, 'unexpected', `A ${message.kind} message was not expected.`);
    return state;
  }
  return from.as === 'standby'
    ? onStandby(hear(state, ctx), peer, message, ctx)
    : onOther(state, peer, from, message, ctx);
}

function maySend(from: Peer, message: Message): boolean {
  const allowed = messageTable[message.kind].from;
  if (from.as === 'standby') return allowed.includes('standby');
  return allowed.includes('watcher') || allowed.includes('joiner');
}

/** Who lives in an old term is told the new one, but not for every message. */
function remind(state: Running, peer: PeerId, from: Peer, ctx: Context): Running {
  if (ctx.now - from.remindedAt < REMIND_MS) return state;
  const { node } = ctx.config;
  ctx.send(peer, state.term, {
    ...{ kind: 'takeover', what: 'announce', epoch: state.committed, node },
  });
  return setPeer(state, peer, { remindedAt: ctx.now });
}

function hear(state: Running, ctx: Context): Running {
  const { protection } = state;
  if (!('silence' in protection)) return state;
  return { ...state, protection: { ...protection, silence: heard(protection.silence, ctx.now) } };
}

/** Last words and refusals; they are heard in whatever term they are said. */
function onParting(
  state: Running,
  peer: PeerId,
  term: number,
  message: Extract<Message, { readonly kind: 'shutdown' | 'reject' }>,
  ctx: Context,
): Running {
  const isStandby = standbyOf(state) === peer;
  if (message.kind === 'shutdown') {
    ctx.emit({ kind: 'close', peer });
    const left: Running = {
      ...state,
      peers: new Map([...state.peers].filter(([p]) => p !== peer)),
    };
    return isStandby ? loseStandby(left, 'bye', ctx) : left;
  }
  if (isStandby && message.code === 'corrupt' && state.protection.kind === 'preparing') {
    // Its welcome was damaged on its way; it may still live in an old term.
    ctx.send(peer, state.term, welcome(state, 'standby', ctx));
    return state;
  }
  if (!isStandby || term < state.term) return state;
  if (message.epoch > 0) return rejected(state, message.epoch, ctx);
  ctx.warn(`The standby says: ${message.sentence}`);
  if (message.code === 'corrupt') {
    // Something of ours was damaged on its way. Checkpoints mend themselves; keys are sent again.
    forward(state, peer, ctx);
    return state;
  }
  // It may still be hearing what we said in our last term.
  if (message.code === 'unexpected' || message.code === 'old-term') return state;
  return loseStandby(state, 'bye', ctx);
}

function rejected(state: Running, epoch: number, ctx: Context): Running {
  const after = onRejectedEpoch(state, epoch, ctx);
  return after.hopeless ? loseStandby(after.state, 'rejects', ctx) : after.state;
}

function onStandby(state: Running, peer: PeerId, message: Message, ctx: Context): Running {
  switch (message.kind) {
    case 'ready':
      return onReady(state, peer, message, ctx);
    case 'acknowledge':
      return onCommitted(state, message.epoch, ctx);
    case 'heartbeat': {
      const next = onCommitted(state, message.committed, ctx);
      return message.rejected === 0 ? next : rejected(next, message.rejected, ctx);
    }
    case 'inputs':
      return onInputs(state, peer, message, ctx);
    default:
      return state;
  }
}

/** Keys from another tab. */
function onInputs(
  state: Running,
  peer: PeerId,
  message: MessageOf<'inputs'>,
  ctx: Context,
): Running {
  const { inputs, items, refused } = learn(state.inputs, message.items, ctx.config.understands);
  if (refused > 0) ctx.refuseInput(peer, state.term, refused);
  return deliverItems({ ...state, inputs }, items, peer, ctx);
}

function onOther(
  state: Running,
  peer: PeerId,
  { as }: Peer,
  message: Message,
  ctx: Context,
): Running {
  if (message.kind === 'watch') sendBacklog(peer, state, message.shown, ctx);
  if (message.kind === 'inputs' && as === 'queued') return onInputs(state, peer, message, ctx);
  return state;
}
