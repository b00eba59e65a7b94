/** Checkpoints on their way: capture, chunks, commit, acknowledgement, and what happens when one fails. */
import type { Context } from '../context.ts';
import { inParts } from '../context.ts';
import { extendByChunk, extendByOutputs, startDigest } from '../digest.ts';
import type { EventOf, PeerId } from '../events.ts';
import { backlogFrom, captureGate, reclaim, release, streamPositions } from '../gate.ts';
import { capturedEver, captureInputs, commitInputs, notCaptured } from '../inputs.ts';
import { CATCH_UP_BYTES, CATCH_UP_ROUNDS, REJECTS_IN_A_ROW } from '../limits.ts';
import type { AppliedInput } from '../messages.ts';
import { afterCapture, afterCommit } from '../pacing.ts';
import type { Ending, Flight, Running } from '../state.ts';
import { add, countPause } from '../statistics.ts';
import { letOut, tellApplied } from './watchers.ts';

/** The standby that checkpoints go to. */
export function standbyOf(state: Running): PeerId | undefined {
  const { protection } = state;
  switch (protection.kind) {
    case 'unprotected':
      return undefined;
    case 'suspect':
      return protection.peer;
    case 'preparing':
    case 'copying':
    case 'closing':
    case 'protected':
      return protection.peer;
  }
}

/** Asks for a capture of the epoch that runs. */
export function askCapture(
  state: Running,
  scope: 'first' | 'dirty',
  closes: boolean,
  ctx: Context,
): Running {
  const { epoch, baseline } = state;
  const last = state.ending !== undefined;
  ctx.emit({ kind: 'capture', epoch, scope, baseline, last });
  return { ...state, capture: { epoch, scope, baseline, closes, void: false } };
}

/** The state that the next checkpoint is a difference to. */
const nextBase = (state: Running): number => state.flights.at(-1)?.epoch ?? state.committed;

export function onCaptured(state: Running, event: EventOf<'captured'>, ctx: Context): Running {
  const { capture } = state;
  if (capture?.epoch !== event.epoch) return state;
  const { inputs, since } = captureInputs(state.inputs, event.facts.applied);
  const epochMs = ctx.now - state.pacing.capturedAt;
  const captured: Running = {
    ...state,
    inputs,
    epoch: event.epoch + 1,
    pacing: afterCapture(state.pacing, ctx.now),
    totals: countPause(state.totals, event.facts.pauseMs),
  };
  const peer = standbyOf(state);
  if (capture.void || peer === undefined) {
    // As if there had been no capture: output and keys belong to the epoch that follows.
    ctx.emit({ kind: 'merge-dirty', epochs: [event.epoch] });
    return {
      ...captured,
      carried: [...state.carried, ...since],
      ending: again(state.ending, event.epoch),
      capture: { ...capture, void: true },
      pacing: { ...captured.pacing, changed: true },
    };
  }
  return begin(captured, event, since, epochMs, peer, ctx);
}

function begin(
  state: Running,
  { epoch, facts }: EventOf<'captured'>,
  since: readonly AppliedInput[],
  epochMs: number,
  peer: PeerId,
  ctx: Context,
): Running {
  const closes = state.capture?.closes === true;
  const first = state.capture?.scope === 'first';
  const cut = captureGate(state.gate, epoch, closes);
  const base = first ? 0 : nextBase(state);
  const flight: Flight = {
    ...{ epoch, base, first, capturedAt: ctx.now, epochMs, facts },
    outputs: first ? backlogFrom(cut.gate, []) : cut.items,
    applied: first ? capturedEver(state.inputs) : [...state.carried, ...since],
    positions: first ? streamPositions(cut.gate) : [],
    protects: !cut.gate.open,
    chunks: 0,
    wireBytes: 0,
    digest: startDigest(ctx.config.extendDigest, state.term, epoch, base),
    sent: undefined,
  };
  ctx.send(peer, state.term, { kind: 'begin', epoch, base });
  ctx.emit({ kind: 'copy', epoch, base, baseline: state.capture?.baseline ?? new Uint8Array(0) });
  const next: Running = {
    ...state,
    gate: cut.gate,
    carried: [],
    flights: [...state.flights, flight],
  };
  if (first) forward(next, peer, ctx);
  if (!closes || state.protection.kind !== 'copying') return next;
  ctx.changed();
  const { since: copyingSince, silence } = state.protection;
  return {
    ...next,
    protection: { kind: 'closing', peer, since: copyingSince, silence, epoch },
  };
}

/** Gives the standby all keys that no capture has consumed. */
export function forward(state: Running, peer: PeerId, ctx: Context): void {
  const since = capturedEver(state.inputs);
  const parts = inParts(notCaptured(state.inputs));
  if (parts.length === 0) parts.push([]);
  for (const items of parts) ctx.send(peer, state.term, { kind: 'inputs', since, items });
}

export function onChunk(state: Running, event: EventOf<'chunk'>, ctx: Context): Running {
  const flight = state.flights.find(({ epoch }) => epoch === event.epoch);
  const peer = standbyOf(state);
  if (flight === undefined || flight.sent !== undefined || peer === undefined) return state;
  const { part, bytes } = event;
  const index = flight.chunks;
  ctx.send(peer, state.term, { kind: part, epoch: flight.epoch, index, bytes });
  return replaceFlight(state, {
    ...flight,
    chunks: index + 1,
    wireBytes: flight.wireBytes + bytes.length,
    digest: extendByChunk(ctx.config.extendDigest, flight.digest, index, bytes),
  });
}

const replaceFlight = (state: Running, flight: Flight): Running => ({
  ...state,
  flights: state.flights.map((other) => (other.epoch === flight.epoch ? flight : other)),
});

/** The copy is complete: outputs follow, then the commit that makes it whole. */
export function onStaged(state: Running, event: EventOf<'staged'>, ctx: Context): Running {
  if (state.capture?.epoch !== event.epoch) return state;
  const idle: Running = { ...state, capture: undefined };
  const flight = state.flights.find(({ epoch }) => epoch === event.epoch);
  const peer = standbyOf(state);
  if (flight === undefined || peer === undefined) return idle;
  const { epoch } = flight;
  let { chunks, digest, wireBytes } = flight;
  for (const items of inParts(flight.outputs)) {
    const index = chunks++;
    ctx.send(peer, state.term, { kind: 'outputs', epoch, index, items });
    digest = extendByOutputs(ctx.config.extendDigest, digest, index, items);
    wireBytes += items.reduce((sum, item) => sum + item.bytes.length, 0);
  }
  const { instructions, guestTime } = flight.facts;
  const { applied, positions, protects } = flight;
  ctx.send(peer, state.term, {
    kind: 'commit',
    ...{ epoch, chunks, digest, protects, instructions, guestTime, applied, positions },
  });
  const sent = { ...event.facts, at: ctx.now };
  return replaceFlight(idle, { ...flight, chunks, digest, wireBytes, sent });
}

/** The standby holds `epoch` and all before it. */
export function onCommitted(state: Running, epoch: number, ctx: Context): Running {
  const done = state.flights.filter((flight) => flight.epoch <= epoch && flight.sent !== undefined);
  let next = state;
  for (const flight of done) next = commitOne(next, flight, ctx);
  return next;
}

function commitOne(state: Running, flight: Flight, ctx: Context): Running {
  const { epoch } = flight;
  ctx.emit({ kind: 'forget-dirty', epoch });
  tellApplied(state, flight.applied, ctx);
  const released = release(state.gate, epoch);
  const committed: Running = {
    ...state,
    committed: epoch,
    committedCapturedAt: flight.capturedAt,
    flights: state.flights.filter((other) => other.epoch !== epoch),
    inputs: commitInputs(state.inputs, flight.applied),
    rejectsInARow: 0,
  };
  return progress(
    count(letOut(committed, released, ctx), flight, released.waitedSince, ctx),
    flight,
    ctx,
  );
}

function count(
  state: Running,
  flight: Flight,
  waitedSince: number | undefined,
  ctx: Context,
): Running {
  const { epoch, first, capturedAt, epochMs, facts, sent, wireBytes } = flight;
  if (sent === undefined) return state;
  const commitMs = ctx.now - capturedAt;
  ctx.emit({
    kind: 'report',
    report: {
      ...{ term: state.term, epoch, first, capturedAt, committedAt: ctx.now },
      ...{ pauseMs: facts.pauseMs, copyMs: sent.copyMs, commitMs, epochMs },
      outputDelayMs: waitedSince === undefined ? undefined : ctx.now - waitedSince,
      ...{ dirtyPages: sent.dirtyPages, rawBytes: sent.rawBytes, wireBytes },
    },
  });
  return {
    ...state,
    // A first copy says nothing about the pace of the others.
    pacing: first ? state.pacing : afterCommit(state.pacing, commitMs, sent.copyMs),
    totals: add(state.totals, {
      commits: 1,
      transferredRam: wireBytes,
      normalPages: sent.dirtyPages - sent.zeroPages,
      duplicatePages: sent.zeroPages,
      normalBytes: sent.rawBytes,
    }),
  };
}

/** What a commit means for the protection. */
function progress(state: Running, flight: Flight, ctx: Context): Running {
  const { protection } = state;
  if (protection.kind === 'copying') {
    const rounds = protection.rounds + 1;
    return { ...state, protection: { ...protection, rounds, lastBytes: flight.wireBytes } };
  }
  if (protection.kind === 'closing' && flight.protects) {
    ctx.changed();
    ctx.info('The machine is protected.');
    const { peer, silence, since } = protection;
    return {
      ...state,
      protection: { kind: 'protected', peer, since: ctx.now, silence },
      totals: { ...state.totals, setupMs: ctx.now - since },
    };
  }
  return state;
}

/** True when the next round of catching up should be the last. */
export const caughtUp = (rounds: number, lastBytes: number): boolean =>
  rounds >= CATCH_UP_ROUNDS || lastBytes <= CATCH_UP_BYTES;

/**
 * `epoch` and all after it will not be committed: their pages are dirty again, and the next
 * checkpoint carries their output and keys.
 */
export function abortFrom(state: Running, epoch: number, ctx: Context): Running {
  const aborted = state.flights.filter((flight) => flight.epoch >= epoch);
  if (aborted.length === 0) return state;
  ctx.emit({ kind: 'merge-dirty', epochs: aborted.map((flight) => flight.epoch) });
  const peer = standbyOf(state);
  if (peer !== undefined) ctx.send(peer, state.term, { kind: 'abort', epoch });
  const { capture } = state;
  const dirty = aborted.filter(({ first }) => !first);
  return {
    ...state,
    flights: state.flights.filter((flight) => flight.epoch < epoch),
    gate: reclaim(
      state.gate,
      epoch,
      dirty.flatMap((flight) => flight.outputs),
    ),
    carried: [...dirty.flatMap((flight) => flight.applied), ...state.carried],
    pacing: { ...state.pacing, changed: true },
    capture: capture && capture.epoch >= epoch ? { ...capture, void: true } : capture,
    ending: again(state.ending, epoch),
    totals: add(state.totals, { aborts: aborted.length }),
  };
}

/** A last checkpoint that was not to be has to be made once more. */
const again = (ending: Ending | undefined, epoch: number): Ending | undefined =>
  ending?.epoch !== undefined && ending.epoch >= epoch ? { ...ending, epoch: undefined } : ending;

/** The standby could not take `epoch`. True in `hopeless` when it has refused too many in a row. */
export function onRejectedEpoch(
  state: Running,
  epoch: number,
  ctx: Context,
): { readonly state: Running; readonly hopeless: boolean } {
  if (!state.flights.some((flight) => flight.epoch === epoch)) return { state, hopeless: false };
  const aborted = abortFrom(state, epoch, ctx);
  const rejectsInARow = state.rejectsInARow + 1;
  return { state: { ...aborted, rejectsInARow }, hopeless: rejectsInARow >= REJECTS_IN_A_ROW };
}
