/**
 * Deliberate mistakes, made around the real code. Each breaks one promise, and the simulation has
 * to notice: otherwise its silence would prove nothing.
 */
import type { SeededRandom } from '../src/base/random.ts';
import type { ReplicaConfig } from '../src/replication/config.ts';
import type { Effect } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';
import type { InputItem } from '../src/replication/messages.ts';
import type { Step } from '../src/replication/replica.ts';
import type { ReplicaState } from '../src/replication/state.ts';

export type StepFunction = (
  state: ReplicaState,
  event: ReplicaEvent,
  config: ReplicaConfig,
) => Step;

export interface Mutation {
  readonly name: string;
  /** The promise that must be found broken: the beginning of the violated rule's name. */
  readonly breaks: readonly string[];
  readonly step: (
    state: ReplicaState,
    event: ReplicaEvent,
    config: ReplicaConfig,
    step: StepFunction,
  ) => Step;
  readonly skipsMark: (random: SeededRandom) => boolean;
}

const plain: Mutation['step'] = (state, event, config, step) => step(state, event, config);

export const NO_MUTATION: Mutation = {
  name: 'none',
  breaks: [],
  step: plain,
  skipsMark: () => false,
};

/** Output leaves as soon as the guest makes it, protected or not. */
const gateOpen: Mutation = {
  ...NO_MUTATION,
  name: 'gate-open',
  breaks: ['R3', 'output'],
  step: (state, event, config, step) => {
    if (event.kind !== 'output' || state.kind !== 'running') return step(state, event, config);
    const { open } = state.gate;
    const leaky = { ...state, gate: { ...state.gate, open: true } };
    const after = step(leaky, event, config);
    return { ...after, state: { ...after.state, gate: { ...after.state.gate, open } } };
  },
};

/** The witness's refusal is read as consent: a stopped primary comes back and goes on. */
const fenceOff: Mutation = {
  ...NO_MUTATION,
  name: 'fence-off',
  breaks: ['R5', 'output', 'R3'],
  step: (state, event, config, step) => {
    if (state.kind !== 'running') return step(state, event, config);
    if (event.kind === 'witness' && !event.granted) {
      return step(state, { ...event, granted: true, term: event.expected + 1 }, config);
    }
    const announced = event.kind === 'frame' && event.frame.message.kind === 'takeover';
    return announced
      ? { state: { ...state, now: event.now }, effects: [] }
      : step(state, event, config);
  },
};

/** One dirty mark in fifty is forgotten. */
const dirtySkipped: Mutation = {
  ...NO_MUTATION,
  name: 'dirty-mark-skipped',
  breaks: ['dirty page lost', 'R4'],
  skipsMark: (random) => random.below(50) === 0,
};

/** The standby acknowledges an epoch before it has all of it. */
const ackEarly: Mutation = {
  ...NO_MUTATION,
  name: 'acknowledge-before-whole',
  breaks: ['R3', 'output', 'R4'],
  step: (state, event, config, step) => {
    const after = step(state, event, config);
    if (event.kind !== 'frame' || event.frame.message.kind !== 'pages') return after;
    if (after.state.kind !== 'ready' && after.state.kind !== 'copying') return after;
    const { epoch } = event.frame.message;
    const { peer, term } = after.state;
    const early: Effect = { kind: 'send', peer, term, message: { kind: 'acknowledge', epoch } };
    return { ...after, effects: [...after.effects, early] };
  },
};

/** Silence is taken for permission: the standby goes on without asking the witness. */
const noWitness: Mutation = {
  ...NO_MUTATION,
  name: 'no-witness',
  breaks: ['R5', 'output', 'R3'],
  step: (state, event, config, step) => {
    const after = step(state, event, config);
    if (after.state.kind !== 'deciding' || after.state.won !== undefined) return after;
    const expected = after.state.claim.expected;
    const verdict: ReplicaEvent = {
      ...{ kind: 'witness', now: event.now, expected, granted: true },
      ...{ term: expected + 1, holder: config.node },
    };
    const others = after.effects.filter(({ kind }) => kind !== 'ask-witness');
    const won = step(after.state, verdict, config);
    return { state: won.state, effects: [...others, ...won.effects] };
  },
};

/** What ran ahead of a takeover that did not come is not taken back. */
const noRollback: Mutation = {
  ...NO_MUTATION,
  name: 'no-roll-back',
  breaks: ['R4', 'dirty page lost'],
  step: (state, event, config, step) => {
    const after = step(state, event, config);
    const effects = after.effects.filter(({ kind }) => kind !== 'roll-back');
    return { ...after, effects };
  },
};

/** After a takeover all keys are played, also those that the checkpoint has consumed. */
const noDedup: Mutation = {
  ...NO_MUTATION,
  name: 'replay-without-dedup',
  breaks: ['key'],
  step: (state, event, config, step) => {
    const after = step(state, event, config);
    const forgotten: readonly InputItem[] = state.inputs.log.filter(
      (item) => !after.state.inputs.log.includes(item),
    );
    if (after.state.role !== 'standby' || forgotten.length === 0) return after;
    const { inputs } = after.state;
    return {
      ...after,
      state: {
        ...after.state,
        inputs: { ...inputs, log: [...forgotten, ...inputs.log], committed: new Map() },
      },
    };
  },
};

export const MUTATIONS: readonly Mutation[] = [
  gateOpen,
  fenceOff,
  dirtySkipped,
  ackEarly,
  noWitness,
  noRollback,
  noDedup,
];
