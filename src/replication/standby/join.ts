/** From a link to a copy that is worth something. */
import { inParts, type Context } from '../context.ts';
import type { PeerId } from '../events.ts';
import { newGate } from '../gate.ts';
import { uncommitted } from '../inputs.ts';
import type { InputItem, MessageOf } from '../messages.ts';
import { newSilence } from '../silence.ts';
import type {
  Common,
  Copying,
  Joining,
  OutsideWord,
  Preparing,
  StandbyState,
  Watching,
} from '../state.ts';
import { commonOf, goOutside, join } from '../transitions.ts';
import { newReceiver } from './receiver.ts';

/** The link to the (supposed) primary, if this state has one. */
export const primaryOf = (state: StandbyState): PeerId | undefined =>
  'peer' in state ? state.peer : undefined;

/** True when this node holds memory for the machine. */
const holdsMachine = (state: StandbyState): boolean =>
  state.kind === 'preparing' || 'receiver' in state;

/** Gives up what it has here, and joins anew: on the same link if that stands. */
export function rejoin(
  state: StandbyState,
  term: number,
  why: OutsideWord,
  ctx: Context,
): StandbyState {
  if (holdsMachine(state)) ctx.emit({ kind: 'forget-machine' });
  const peer = primaryOf(state);
  const next = { ...state, term, gate: newGate() };
  if (peer === undefined) return goOutside(next, state.wants, why, state.strangers, ctx);
  ctx.changed();
  return join(next, state.wants, peer, state.strangers, ctx);
}

/** Loses the link to the primary without hope of taking over. */
export function disconnect(state: StandbyState, why: OutsideWord, ctx: Context): StandbyState {
  if (holdsMachine(state)) ctx.emit({ kind: 'forget-machine' });
  const next = { ...state, gate: newGate() };
  return goOutside(next, state.wants, why, state.strangers, ctx);
}

/** Gives keys to the primary; it knows by their numbers which it has had. */
export function sendKeys(
  state: Common,
  peer: PeerId,
  keys: readonly InputItem[],
  ctx: Context,
): void {
  for (const items of inParts(keys)) {
    ctx.send(peer, state.term, { kind: 'inputs', since: [], items });
  }
}

export function onWelcome(
  state: Joining | Watching,
  term: number,
  message: MessageOf<'welcome'>,
  ctx: Context,
): Watching | Preparing {
  ctx.changed();
  const { role, wants, strangers, peer } = state;
  const common = { ...commonOf(state), term, role, wants, strangers, peer };
  const silence = newSilence(ctx.now);
  if (message.as !== 'standby') {
    const queued = message.as === 'queued';
    if (queued) sendKeys(common, peer, uncommitted(state.inputs), ctx);
    return { ...common, kind: 'watching', queued, silence };
  }
  ctx.emit({ kind: 'prepare', welcome: message });
  const { ramBytes, baseline, description } = message;
  const machine = {
    ramBytes,
    // Bytes of a message are views of its frame.
    baseline: baseline.slice(),
    description: description.slice(),
  };
  return { ...common, kind: 'preparing', machine, silence };
}

/** Memory is there: asks for the first copy, and repeats the keys that nobody has committed. */
export function onPrepared(state: Preparing, baseline: Uint8Array, ctx: Context): Copying {
  const { peer, term } = state;
  ctx.send(peer, term, { kind: 'ready', baseline });
  sendKeys(state, peer, uncommitted(state.inputs), ctx);
  ctx.changed();
  return {
    ...state,
    kind: 'copying',
    // What differs from it is counted from here on: whoever takes over tells the next standby.
    machine: { ...state.machine, baseline: baseline.slice() },
    receiver: newReceiver(ctx.now),
    silence: newSilence(ctx.now),
    readySaid: { baseline, at: ctx.now },
  };
}
