/** How a node changes its role: the only places where one role's state is made from the other's. */
import type { Context } from './context.ts';
import type { MachineFacts } from './config.ts';
import type { PeerId } from './events.ts';
import { newGate } from './gate.ts';
import { replay } from './inputs.ts';
import { newPacing } from './pacing.ts';
import type {
  Common,
  Deciding,
  Joining,
  Outside,
  OutsideWord,
  Peer,
  PrimaryState,
  Running,
  StandbyState,
} from './state.ts';
import { add, newTotals } from './statistics.ts';
import { shownPositions } from './viewer.ts';

/** What a state has in common with every other. */
export function commonOf(state: Common): Common {
  const { now, term, viewer, inputs, gate, beatAt, hellos } = state;
  return { now, term, viewer, inputs, gate, beatAt, hellos };
}

/** Says hello on a link. */
export function join(
  state: Common,
  wants: 'standby' | 'watch',
  peer: PeerId,
  strangers: readonly PeerId[],
  ctx: Context,
): Joining {
  const { machine, node, capacityBytes } = ctx.config;
  ctx.send(peer, state.term, {
    kind: 'hello',
    machine,
    node,
    wants,
    attempt: state.hellos + 1,
    ramBytes: capacityBytes,
    shown: shownPositions(state.viewer),
  });
  return {
    ...commonOf(state),
    hellos: state.hellos + 1,
    ...{ role: 'standby', kind: 'joining', wants, peer, strangers, askedAt: ctx.now },
  };
}

/** Has no primary, and looks for one. */
export function goOutside(
  state: Common,
  wants: 'standby' | 'watch',
  why: OutsideWord,
  strangers: readonly PeerId[],
  ctx: Context,
): Outside {
  ctx.emit({ kind: 'find-primary' });
  ctx.changed();
  return {
    ...commonOf(state),
    ...{ role: 'standby', kind: 'outside', wants, strangers, why },
  };
}

/**
 * A primary's term is over (R5): stops, throws away what nobody has seen, and offers itself as a
 * standby, to `winner` at once when there is a link to it.
 */
export function fence(
  state: PrimaryState,
  term: number,
  winner: PeerId | undefined,
  ctx: Context,
): StandbyState {
  const peers: readonly PeerId[] = state.kind === 'running' ? [...state.peers.keys()] : [];
  if (state.kind === 'running') {
    const { gate } = state;
    const sentence = `Another tab has taken over (term ${term}): this one stopped.`;
    ctx.emit({ kind: 'stop-guest', sentence });
    const discarded = gate.open ? 0 : gate.heldBytes + gate.currentBytes;
    ctx.emit({ kind: 'discard-output', bytes: discarded });
    ctx.warn(sentence);
  }
  // One that never ran is in the way, too.
  ctx.emit({ kind: 'forget-machine' });
  for (const peer of peers) {
    if (peer === winner) continue;
    ctx.reject(peer, term, 'not-primary', 'The machine runs in another tab now.');
    ctx.emit({ kind: 'close', peer });
  }
  const { viewer } = state;
  const common = {
    ...state,
    term,
    viewer: { ...viewer, term: Math.max(term, viewer.term) },
    gate: newGate(),
  };
  if (winner !== undefined) {
    ctx.changed();
    return join(common, 'standby', winner, [], ctx);
  }
  return goOutside(common, 'standby', 'fenced', [], ctx);
}

/** The state of a primary that starts to run, unprotected, after `committed`. */
export function runUnprotected(
  state: Common,
  machine: MachineFacts,
  committed: number,
  peers: ReadonlyMap<PeerId, Peer>,
  ctx: Context,
): Running {
  const { now } = ctx;
  const { term } = state;
  return {
    ...commonOf(state),
    ...{ role: 'primary', kind: 'running', machine, committed, peers },
    viewer: { ...state.viewer, term: Math.max(term, state.viewer.term) },
    beatAt: now,
    alone: false,
    epoch: committed + 1,
    committedCapturedAt: undefined,
    protection: { kind: 'unprotected', since: now, why: 'alone' },
    baseline: machine.baseline,
    capture: undefined,
    flights: [],
    carried: [],
    rejectsInARow: 0,
    pacing: newPacing(ctx.config.intervalMs, now),
    throttled: { gate: false, staging: false },
    spokeAt: now,
    machineSeenAt: undefined,
    ending: undefined,
    failover: undefined,
    lastFailover: undefined,
    totals: newTotals(machine.ramBytes),
  };
}

/** A standby that won the witness goes on from its committed checkpoint, in the term it won. */
export function takeOver(state: Deciding, term: number, wonAt: number, ctx: Context): Running {
  const { receiver, why, noticedAt, lastHeardAt, peer, strangers } = state;
  const epoch = receiver.committed;
  const incomplete = receiver.incoming.map((incoming) => incoming.epoch);
  if (incomplete.length > 0) ctx.emit({ kind: 'discard-staging', epochs: incomplete });
  const { inputs, items } = replay(state.inputs);
  const links = peer === undefined ? strangers : [peer, ...strangers];
  const peers = new Map<PeerId, Peer>(
    links.map((link) => [link, { as: 'unknown', node: '', hello: 0, remindedAt: ctx.now }]),
  );
  ctx.emit({ kind: 'start-guest', cause: 'takeover', epoch });
  if (items.length > 0) ctx.emit({ kind: 'deliver-inputs', items });
  for (const link of links) {
    ctx.send(link, term, { kind: 'takeover', what: 'announce', epoch, node: ctx.config.node });
  }
  ctx.emit({ kind: 'announce', term });
  ctx.info('The machine goes on in this tab.');
  ctx.changed();
  const running = runUnprotected({ ...state, term, inputs }, state.machine, epoch, peers, ctx);
  return {
    ...running,
    protection: { kind: 'unprotected', since: ctx.now, why: why === 'hand-over' ? 'alone' : why },
    totals: add(running.totals, { failovers: 1, keysDelivered: items.length }),
    failover: {
      ...{ term, epoch, why, lastHeardAt, noticedAt, witnessWonAt: wonAt },
      lastCommitAt: receiver.committedAt,
      firstInstructionAt: undefined,
      atRest: receiver.atRest,
      replayedKeys: items.length,
    },
  };
}
