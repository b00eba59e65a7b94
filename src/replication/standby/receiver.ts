/**
 * A standby's copy of the machine: checkpoints are collected, checked, and applied whole or not at
 * all (R4, R8). What is found wrong is refused by its epoch; until the primary begins one that fits
 * what is held, nothing more is listened to.
 */
import type { Context } from '../context.ts';
import { extendByChunk, extendByOutputs, sameDigest, startDigest } from '../digest.ts';
import type { PeerId } from '../events.ts';
import { commitOutputs } from '../gate.ts';
import { commitInputs } from '../inputs.ts';
import { CALM_HEARTBEAT_MS, CHECKPOINT_CHUNKS, HEARTBEAT_MS, WINDOW_EPOCHS } from '../limits.ts';
import type { MessageOf, PlacedOutput } from '../messages.ts';
import type { Common, Incoming, Receiver } from '../state.ts';

export const newReceiver = (now: number): Receiver => ({
  committed: 0,
  committedAt: now,
  atRest: false,
  nextBeatMs: HEARTBEAT_MS,
  protects: false,
  incoming: [],
  broken: 0,
  received: { checkpoints: 0, bytes: 0 },
});

/** What receiving needs of the state around it. */
export interface Receiving extends Common {
  readonly receiver: Receiver;
}

const withIncoming = <S extends Receiving>(state: S, incoming: readonly Incoming[]): S => ({
  ...state,
  receiver: { ...state.receiver, incoming },
});

/** The checkpoint that is being received, if one is. */
const unfinished = (receiver: Receiver): Incoming | undefined => {
  const last = receiver.incoming.at(-1);
  return last?.whole === undefined ? last : undefined;
};

/** The epoch that the next checkpoint has to be a difference to. */
const wantedBase = (receiver: Receiver): number =>
  receiver.incoming.findLast(({ whole }) => whole !== undefined)?.epoch ?? receiver.committed;

/** Refuses `epoch`: what has arrived of it, and after it, is forgotten. */
export function refuseEpoch<S extends Receiving>(
  state: S,
  peer: PeerId | undefined,
  epoch: number,
  sentence: string,
  ctx: Context,
): S {
  const { receiver } = state;
  const dropped = receiver.incoming.filter((incoming) => incoming.epoch >= epoch);
  if (dropped.length > 0) {
    ctx.emit({ kind: 'discard-staging', epochs: dropped.map((incoming) => incoming.epoch) });
  }
  ctx.warn(`Checkpoint ${epoch} was refused: ${sentence}`);
  if (peer !== undefined) ctx.reject(peer, state.term, 'bad-checkpoint', sentence, epoch);
  const incoming = receiver.incoming.filter((kept) => kept.epoch < epoch);
  return { ...state, receiver: { ...receiver, incoming, broken: epoch } };
}

/** Damage on the bulk channel: whatever was arriving lacks a part now. */
export function onDamage<S extends Receiving>(
  state: S,
  peer: PeerId,
  sentence: string,
  ctx: Context,
): S {
  const current = unfinished(state.receiver);
  return current === undefined ? state : refuseEpoch(state, peer, current.epoch, sentence, ctx);
}

export function onBegin<S extends Receiving>(
  state: S,
  peer: PeerId,
  { epoch, base }: MessageOf<'begin'>,
  ctx: Context,
): S {
  const { receiver } = state;
  const newest = Math.max(
    receiver.broken,
    receiver.committed,
    receiver.incoming.at(-1)?.epoch ?? 0,
  );
  if (epoch <= newest) return state;
  // A first copy begins all over: what an earlier attempt at joining has left is void.
  if (base === 0 && !receiver.protects) return receive(emptied(state, ctx), epoch, base, ctx);
  const current = unfinished(receiver);
  if (current !== undefined) {
    return refuseEpoch(state, peer, current.epoch, 'it was not finished', ctx);
  }
  if (base !== wantedBase(receiver)) {
    // While an epoch is waited for anew, those that were under way behind it are let pass.
    if (receiver.broken > 0) return state;
    // All of the epoch that it follows was lost: that one is missing, and this one with it.
    const missing = base > wantedBase(receiver) ? base : epoch;
    return refuseEpoch(state, peer, missing, 'it never came', ctx);
  }
  if (receiver.incoming.length > WINDOW_EPOCHS) {
    return refuseEpoch(state, peer, epoch, 'too many are under way', ctx);
  }
  return receive(state, epoch, base, ctx);
}

/** Without any copy. */
function emptied<S extends Receiving>(state: S, ctx: Context): S {
  const { receiver } = state;
  const epochs = receiver.incoming.map((incoming) => incoming.epoch);
  if (epochs.length > 0) ctx.emit({ kind: 'discard-staging', epochs });
  return { ...state, receiver: { ...receiver, committed: 0, incoming: [] } };
}

function receive<S extends Receiving>(state: S, epoch: number, base: number, ctx: Context): S {
  const { receiver } = state;
  const incoming: Incoming = {
    epoch,
    direct: base === 0,
    chunks: 0,
    digest: startDigest(ctx.config.extendDigest, state.term, epoch, base),
    outputs: [],
    whole: undefined,
  };
  return {
    ...state,
    receiver: {
      ...receiver,
      ...{ broken: 0, atRest: false, incoming: [...receiver.incoming, incoming] },
    },
  };
}

type Part = MessageOf<'pages'> | MessageOf<'sections'> | MessageOf<'outputs'>;

export function onPart<S extends Receiving>(state: S, peer: PeerId, part: Part, ctx: Context): S {
  const { receiver } = state;
  const current = unfinished(receiver);
  if (current?.epoch !== part.epoch) return onStrayPart(state, peer, part.epoch, ctx);
  // Doubled.
  if (part.index < current.chunks) return state;
  if (part.index > current.chunks || part.index >= CHECKPOINT_CHUNKS) {
    return refuseEpoch(state, peer, part.epoch, 'a part of it is missing', ctx);
  }
  const { extendDigest } = ctx.config;
  const { index, epoch } = part;
  const next: Incoming =
    part.kind === 'outputs'
      ? {
          ...current,
          digest: extendByOutputs(extendDigest, current.digest, index, part.items),
          outputs: [...current.outputs, ...copyOutputs(part.items)],
        }
      : { ...current, digest: extendByChunk(extendDigest, current.digest, index, part.bytes) };
  if (part.kind !== 'outputs') {
    ctx.emit({ kind: 'stage', epoch, part: part.kind, bytes: part.bytes, direct: current.direct });
  }
  const incoming = [...receiver.incoming.slice(0, -1), { ...next, chunks: index + 1 }];
  const bytes = receiver.received.bytes + (part.kind === 'outputs' ? 0 : part.bytes.length);
  return {
    ...state,
    receiver: { ...receiver, incoming, received: { ...receiver.received, bytes } },
  };
}

/** Received bytes are views of frames. */
const copyOutputs = (items: readonly PlacedOutput[]): PlacedOutput[] =>
  items.map((item) => ({ ...item, bytes: item.bytes.slice() }));

/** A part or commit of a checkpoint that is not being received. */
function onStrayPart<S extends Receiving>(state: S, peer: PeerId, epoch: number, ctx: Context): S {
  const { receiver } = state;
  const newest = Math.max(receiver.committed, receiver.incoming.at(-1)?.epoch ?? 0);
  if (epoch <= newest || receiver.broken > 0) return state;
  return refuseEpoch(state, peer, epoch, 'its beginning is missing', ctx);
}

export function onCommit<S extends Receiving>(
  state: S,
  peer: PeerId,
  commit: MessageOf<'commit'>,
  ctx: Context,
): S {
  const { receiver } = state;
  const { epoch, protects, applied, positions } = commit;
  if (epoch <= receiver.committed) {
    ctx.send(peer, state.term, { kind: 'acknowledge', epoch: receiver.committed });
    return state;
  }
  const current = unfinished(receiver);
  if (current?.epoch !== epoch) return onStrayPart(state, peer, epoch, ctx);
  if (current.chunks !== commit.chunks) {
    return refuseEpoch(state, peer, epoch, 'a part of it is missing', ctx);
  }
  if (!sameDigest(current.digest, commit.digest)) {
    return refuseEpoch(state, peer, epoch, 'its digest does not fit', ctx);
  }
  const whole = { ...current, whole: { protects, applied, positions } };
  const incoming = [...receiver.incoming.slice(0, -1), whole];
  if (incoming.length === 1) ctx.emit({ kind: 'apply', epoch, direct: current.direct });
  return withIncoming(state, incoming);
}

/** The primary gives up `epoch` and what follows it. */
export function onAbort<S extends Receiving>(
  state: S,
  { epoch }: MessageOf<'abort'>,
  ctx: Context,
): S {
  const current = unfinished(state.receiver);
  if (current === undefined || current.epoch < epoch) return state;
  ctx.emit({ kind: 'discard-staging', epochs: [current.epoch] });
  const { receiver } = state;
  return {
    ...state,
    receiver: {
      ...receiver,
      incoming: receiver.incoming.slice(0, -1),
      broken: Math.max(receiver.broken, current.epoch),
    },
  };
}

/** The copy equals `epoch` now: its output may be seen, its keys need not be kept, and the primary is told. */
export function onApplied<S extends Receiving>(
  state: S,
  peer: PeerId | undefined,
  epoch: number,
  ctx: Context,
): S {
  const [done, next] = state.receiver.incoming;
  if (done?.epoch !== epoch || done.whole === undefined) return state;
  const { receiver } = state;
  const { protects, applied, positions } = done.whole;
  const { checkpoints, bytes } = receiver.received;
  const committed: S = {
    ...state,
    gate: commitOutputs(state.gate, done.outputs, positions),
    inputs: commitInputs(state.inputs, applied),
    // The acknowledgement says that we are here.
    beatAt: ctx.now + CALM_HEARTBEAT_MS,
    receiver: {
      ...receiver,
      ...{ committed: epoch, committedAt: ctx.now, protects },
      incoming: receiver.incoming.slice(1),
      received: { checkpoints: checkpoints + 1, bytes },
    },
  };
  if (peer !== undefined) ctx.send(peer, state.term, { kind: 'acknowledge', epoch });
  // Frames leave by the primary alone.
  const lines = done.outputs.filter(({ kind }) => kind === 'console');
  const shown = ctx.show(committed, state.term, lines, true).state;
  if (next?.whole !== undefined) {
    ctx.emit({ kind: 'apply', epoch: next.epoch, direct: next.direct });
  }
  return shown;
}
