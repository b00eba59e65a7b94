/** The state of a replica as people see it: one word, one sentence, and the figures of the moment. */
import type { ReplicaState, Running, StandbyState } from './state.ts';
import type { Failover, Totals } from './statistics.ts';

/** The five colours of the dashboard, and what comes before and after them. */
export type ViewWord =
  | 'starting'
  | 'joining'
  | 'watching'
  | 'unprotected'
  | 'copying'
  | 'protected'
  | 'deciding'
  | 'lost'
  | 'ended';

export interface ReplicaView {
  readonly role: 'primary' | 'standby' | 'watcher' | 'none';
  readonly word: ViewWord;
  readonly sentence: string;
  readonly term: number;
  /** Since when, by the events' clock; undefined when it does not matter. */
  readonly since: number | undefined;
}

export function viewOf(state: ReplicaState): ReplicaView {
  const { term } = state;
  switch (state.kind) {
    case 'opening':
      return {
        ...{ role: 'primary', word: 'starting', term, since: undefined },
        sentence: 'Asks whether this machine runs elsewhere.',
      };
    case 'running':
      return viewOfPrimary(state);
    case 'ended':
      return { role: 'none', word: 'ended', sentence: state.sentence, term, since: undefined };
    default:
      return viewOfStandby(state);
  }
}

const UNPROTECTED = 'The machine runs here. A crash would lose it.';

function viewOfPrimary({ term, protection, alone }: Running): ReplicaView {
  const view = (word: ViewWord, sentence: string): ReplicaView => ({
    ...{ role: 'primary', word, sentence, term, since: protection.since },
  });
  switch (protection.kind) {
    case 'unprotected':
      return view(
        'unprotected',
        alone ? `${UNPROTECTED} It can have no standby: no witness could be asked.` : UNPROTECTED,
      );
    case 'preparing':
      return view('copying', 'A standby has joined and makes room for the machine.');
    case 'copying':
    case 'closing':
      return view('copying', 'The machine is copied to the standby. A crash now would lose it.');
    case 'protected':
      return view('protected', 'A standby goes on from the newest checkpoint if this tab dies.');
    case 'suspect':
      return view('deciding', 'The standby does not answer: the witness decides who goes on.');
  }
}

function viewOfStandby(state: StandbyState): ReplicaView {
  const { term } = state;
  const view = (word: ViewWord, sentence: string, since?: number): ReplicaView => {
    const role = state.wants === 'watch' || word === 'watching' ? 'watcher' : 'standby';
    return { role, word, sentence, term, since };
  };
  switch (state.kind) {
    case 'outside':
      return state.why === 'copy-incomplete'
        ? view('lost', 'The machine was lost: it was not protected yet when its tab died.')
        : view('joining', 'Looks for the tab that runs the machine.');
    case 'joining':
      return view('joining', 'Asks to join.');
    case 'watching':
      return state.queued
        ? view('watching', 'Watches, and waits to become the next standby.')
        : view(
            'watching',
            'Shows what the machine does in another tab. Keys typed here do nothing.',
          );
    case 'preparing':
      return view('copying', 'Makes room for the machine.');
    case 'copying':
      return view('copying', 'Receives the machine.');
    case 'ready':
      return view('protected', 'Goes on from the newest checkpoint if the other tab dies.');
    case 'deciding':
      return view('deciding', 'The other tab seems gone: the witness decides.', state.noticedAt);
  }
}

/** Figures of the moment. */
export interface Figures {
  readonly term: number;
  /** The epoch that runs (primary), or the newest that is held. */
  readonly epoch: number;
  readonly committed: number;
  /** Age of the newest commit, in milliseconds: what a crash would lose. Undefined: everything. */
  readonly exposureMs: number | undefined;
  readonly inFlight: number;
  readonly heldOutputBytes: number;
  readonly keysKept: number;
  readonly queued: number;
  readonly watchers: number;
  readonly throttled: boolean;
  /** Bytes of checkpoints received (standby). */
  readonly receivedBytes: number;
  readonly totals: Totals | undefined;
  readonly lastFailover: Failover | undefined;
}

/** `now` by the events' clock. */
export function figuresOf(state: ReplicaState, now: number): Figures {
  const figures: Figures = {
    ...{ term: state.term, epoch: 0, committed: 0, exposureMs: undefined, inFlight: 0 },
    ...{ heldOutputBytes: 0, keysKept: state.inputs.log.length, queued: 0, watchers: 0 },
    ...{ throttled: false, receivedBytes: 0, totals: undefined, lastFailover: undefined },
  };
  if (state.kind === 'running') return { ...figures, ...figuresOfPrimary(state, now) };
  if (!('receiver' in state)) return figures;
  const { committed, committedAt, received, protects } = state.receiver;
  return {
    ...figures,
    ...{ epoch: committed, committed, receivedBytes: received.bytes },
    inFlight: state.receiver.incoming.length,
    exposureMs: protects ? now - committedAt : undefined,
  };
}

function figuresOfPrimary(state: Running, now: number): Partial<Figures> {
  const { epoch, committed, flights, gate, peers, totals, lastFailover, throttled } = state;
  const roles = [...peers.values()].map(({ as }) => as);
  const covered = state.protection.kind === 'protected' || state.protection.kind === 'suspect';
  // Nothing has happened since the newest checkpoint: nothing would be lost.
  const idle = !state.pacing.changed && flights.length === 0;
  const age = state.committedCapturedAt === undefined ? 0 : now - state.committedCapturedAt;
  return {
    ...{ epoch, committed, inFlight: flights.length, totals, lastFailover },
    exposureMs: covered ? (idle ? 0 : age) : undefined,
    heldOutputBytes: gate.open ? 0 : gate.heldBytes + gate.currentBytes,
    queued: roles.filter((as) => as === 'queued').length,
    watchers: roles.filter((as) => as === 'watcher').length,
    throttled: throttled.gate || throttled.staging,
  };
}
