/** The primary seems gone. Losing contact is not permission: the witness decides (R5). */
import type { Context } from '../context.ts';
import type { EventOf } from '../events.ts';
import type { Deciding, Ready, Running, StandbyState } from '../state.ts';
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
  const deciding: Deciding = {
    ...rest,
    ...{ kind: 'deciding', peer, why, noticedAt: ctx.now, lastHeardAt: silence.heardAt },
    // Before all else, because the answer takes longest.
    claim: ctx.claim(state),
    won: undefined,
  };
  return arm(deciding, ctx);
}

const isApplying = ({ receiver }: Deciding): boolean =>
  receiver.incoming.some(({ whole }) => whole !== undefined);

/** As long as the witness has not spoken, the machine is made ready; not for a checkpoint that has a successor here. */
function arm(state: Deciding, ctx: Context): Deciding {
  if (!isApplying(state)) ctx.emit({ kind: 'arm-guest', epoch: state.receiver.committed });
  return state;
}

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

/** Takes over once the witness has granted it and no checkpoint is in the middle of being applied. */
export function finish(state: Deciding, ctx: Context): Deciding | Running {
  const { won } = state;
  if (won === undefined) return arm(state, ctx);
  return isApplying(state) ? state : takeOver(state, won.term, won.at, ctx);
}
