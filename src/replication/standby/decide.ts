/** The primary seems gone. Losing contact is not permission: the witness decides (R5). */
import type { Context } from '../context.ts';
import { SPECULATION_MARGIN_MS, SPECULATION_PERIOD_MS } from '../limits.ts';
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

/** Sums of fractions of milliseconds are not exact: what is due in less is due. */
const NEARLY_MS = 0.1;

const isApplying = ({ receiver }: Ready | Deciding): boolean =>
  receiver.incoming.some(({ whole }) => whole !== undefined);

/** As long as the witness has not spoken, the machine is made ready; not for a checkpoint that has a successor here. */
function arm(state: Deciding, ctx: Context): Deciding {
  if (!state.speculates && !isApplying(state))
    ctx.emit({ kind: 'arm-guest', epoch: state.receiver.committed });
  return state;
}

/** Nobody waits for a guest that is at rest, and one whose checkpoint is being applied has a better state to begin with. */
const maySpeculate = (state: Ready): boolean =>
  !state.speculates && !state.receiver.atRest && !isApplying(state);

/** When {@link speculate} has something to do, unless something is heard before. */
export function speculationAt(state: Ready): number {
  if (!maySpeculate(state)) return Infinity;
  const { silence, speculatedAt, receiver } = state;
  return Math.max(
    silence.seenAt + receiver.nextBeatMs + SPECULATION_MARGIN_MS - silence.ms,
    speculatedAt + SPECULATION_PERIOD_MS,
  );
}

/** After a short silence the guest runs ahead: in earnest, if the primary turns out to be dead. */
export function speculate(state: Ready, ctx: Context): Ready {
  if (speculationAt(state) > ctx.now + NEARLY_MS) return state;
  ctx.emit({ kind: 'speculate', epoch: state.receiver.committed });
  return { ...state, speculates: true, speculatedAt: ctx.now };
}

/** The primary has been heard of: what ran ahead is taken back. */
export function rollBack<S extends StandbyState>(state: S, ctx: Context): S {
  if (!('speculates' in state) || !state.speculates) return state;
  ctx.emit({ kind: 'roll-back', epoch: state.receiver.committed });
  const back = { ...state, speculates: false };
  if (back.kind === 'deciding') arm(back, ctx);
  return back;
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
