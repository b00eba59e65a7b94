/** Terminals that watch: they get output when it is released. */
import { inParts, type Context } from '../context.ts';
import type { PeerId } from '../events.ts';
import { backlogFrom, type Released } from '../gate.ts';
import type { AppliedInput, PlacedOutput, ShownPosition } from '../messages.ts';
import type { Running } from '../state.ts';
import { add } from '../statistics.ts';

function sendOutputs(
  peer: PeerId,
  state: Running,
  items: readonly PlacedOutput[],
  oldest: boolean,
  ctx: Context,
): void {
  for (const [index, part] of inParts(items).entries()) {
    const first = oldest && index === 0;
    ctx.send(peer, state.term, { kind: 'released', oldest: first, items: part, applied: [] });
  }
}

/** Those who queue keep their keys until they are told that these are committed. */
export function tellApplied(state: Running, applied: readonly AppliedInput[], ctx: Context): void {
  for (const [peer, { as, node }] of state.peers) {
    const theirs = as === 'queued' ? applied.filter(({ source }) => source === node) : [];
    if (theirs.length === 0) continue;
    ctx.send(peer, state.term, { kind: 'released', oldest: false, items: [], applied: theirs });
  }
}

/** What a terminal that has shown `shown` lacks, as far as it is kept. */
export function sendBacklog(
  peer: PeerId,
  state: Running,
  shown: readonly ShownPosition[],
  ctx: Context,
): void {
  sendOutputs(peer, state, backlogFrom(state.gate, shown), true, ctx);
}

/** Output may leave: to this tab's terminal and to those who watch. */
export function letOut(state: Running, released: Released, ctx: Context): Running {
  const next: Running = { ...state, gate: released.gate };
  const { items } = released;
  if (items.length === 0) return next;
  const lines = items.filter(({ kind }) => kind === 'console');
  for (const [peer, { as }] of state.peers) {
    if (as === 'watcher' || as === 'queued') sendOutputs(peer, next, lines, false, ctx);
  }
  const bytes = items.reduce((sum, item) => sum + item.bytes.length, 0);
  const counted: Running = { ...next, totals: add(next.totals, { releasedBytes: bytes }) };
  return ctx.show(counted, state.term, items, true).state;
}
