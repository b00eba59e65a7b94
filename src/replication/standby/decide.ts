/** The primary seems gone. Losing contact is not permission: the witness decides (R5). */
import type { Context } from '../context.ts';
import type { EventOf } from '../events.ts';
import type { Deciding, Ready, Receiver, Running, StandbyState } from '../state.ts';
import type { TakeoverWord } from '../statistics.ts';
import { takeOver } from '../transitions.ts';
import { rejoin } from './join.ts';

export function decide(
  state: Ready,
  why: TakeoverWord,
  peer: Deciding['peer'],
  ctx: Context,
): Deciding {
  ctx.changed();
  const { kind: _kind, silence, handOver: _handOver, ...rest } = state;
  // First, because the answer takes longest.
  const claim = ctx.claim(state);
  arm(state.receiver, ctx);
  return {
    ...rest,
    ...{ kind: 'deciding', peer, why, noticedAt: ctx.now, lastHeardAt: silence.heardAt },
    claim,
    won: undefined,
  };
}

/** While the witness decides, the machine is made ready; not for a checkpoint that another will follow at once. */
export function arm(receiver: Receiver, ctx: Context): void {
  if (!isApplying(receiver)) ctx.emit({ kind: 'arm-guest', epoch: receiver.committed });
}

const isApplying = ({ incoming }: Receiver): boolean =>
  incoming.some(({ whole }) => whole !== undefined);

export function onVerdict(
  state: Deciding,
  event: EventOf<'witness'>,
  ctx: Context,
): StandbyState | Running {
  if (event.expected !== state.claim.expected || state.won !== undefined) return state;
  if (!event.granted) {
    ctx.info('The other side goes on: this one joins again as its standby.');
    return rejoin(state, event.term, 'fenced', ctx);
  }
  return finish({ ...state, won: { term: event.term, at: ctx.now } }, ctx);
}

/** Takes over once no checkpoint is in the middle of being applied. */
export function finish(state: Deciding, ctx: Context): Deciding | Running {
  const { won, receiver } = state;
  if (won === undefined || isApplying(receiver)) return state;
  return takeOver(state, won.term, won.at, ctx);
}
