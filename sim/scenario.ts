/** What happens to a simulated pair: by chance, or one fault at one numbered point. */
import { SeededRandom } from '../src/base/random.ts';
import type { Compressor } from '../src/checkpoint/compression.ts';
import type { Mutation } from './mutations.ts';
import { FAIR, type Weather } from './network.ts';
import { Violation } from './oracle.ts';
import type { Party } from './party.ts';
import { Story } from './story.ts';
import { World } from './world.ts';

/** Faults and typing go on until here (milliseconds); then everything heals. */
const BUSY_MS = 900;
/** After that the survivors must find together. */
const SETTLE_MS = 9_000;
/** Longer than any patience of a protected pair. */
const CALM_MS = 260;
const LOOK_EVERY_MS = 40;
/** Long enough for what is under way to be committed and shown. */
const DRAIN_MS = 250;

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly steps: number;
  readonly points: number;
  readonly takeovers: number;
  readonly checkpoints: number;
  readonly lost: boolean;
}

export interface RunOptions {
  readonly compressor: Compressor;
  readonly mutation?: Mutation;
  readonly story?: Story;
}

/** Runs `play` in a world of its own; a broken promise (or a failed assertion) is the outcome. */
function outcomeOf(world: World, seed: number, play: () => void): Outcome {
  let violation: Violation | undefined;
  try {
    play();
    settle(world);
  } catch (error) {
    violation =
      error instanceof Violation
        ? error
        : new Violation(
            'crash',
            error instanceof Error ? (error.stack ?? error.message) : 'unknown',
          );
  }
  world.memories.end();
  const { steps, points, oracle } = world;
  const { takeovers, checkpoints } = oracle;
  const lost = world.parties.every(({ state }) => state.kind !== 'running');
  return { seed, violation, steps, points, takeovers, checkpoints, lost };
}

/** Heals everything and waits until the survivors have found together. */
function settle(world: World): void {
  world.onPoint = () => undefined;
  world.network.onMessage = () => false;
  world.network.weather = FAIR;
  world.network.heal();
  for (const party of world.parties) {
    world.resume(party);
    party.machine?.hang(0);
  }
  const end = world.agenda.now + SETTLE_MS;
  // Whoever was stopped has to find out first what happened meanwhile.
  world.run(world.agenda.now + CALM_MS);
  while (!isSettled(world)) {
    if (world.agenda.now >= end) {
      const states = world.parties.map(({ name, alive, state, typed }) =>
        alive ? `${name} ${stateWord(state)}, typed ${JSON.stringify([...typed])}` : `${name} dead`,
      );
      const consumed = running(world)?.machine?.guest.consumed ?? [];
      world.fail(
        'liveness',
        `after everything healed: ${states.join('; ')}; consumed ${JSON.stringify([...consumed])}`,
      );
    }
    world.run(world.agenda.now + LOOK_EVERY_MS);
  }
  for (const { machine } of world.parties) machine?.freeze();
  world.run(world.agenda.now + DRAIN_MS);
  for (const { alive, name, state } of world.parties) {
    if (alive && state.kind !== 'ended' && state.kind !== 'outside') world.oracle.complete(name);
  }
  world.check();
}

const stateWord = (state: Party['state']): string =>
  state.kind === 'running' ? state.protection.kind : state.kind;

function isSettled(world: World): boolean {
  const living = world.parties.filter(({ alive, state }) => alive && state.kind !== 'ended');
  const [runner, ...more] = living.filter(({ state }) => state.role === 'primary');
  if (more.length > 0) return false;
  if (runner === undefined) {
    const lost = living.every(({ state }) => state.kind === 'outside');
    if (lost && !world.mayBeLost)
      world.fail('liveness', 'the machine is lost, and nobody had to lose it');
    return lost;
  }
  const { state, machine } = runner;
  if (state.kind !== 'running' || state.term !== world.witness.term) return false;
  if (machine?.running !== true) return false;
  const others = living.filter((party) => party !== runner);
  if (!others.every((party) => ['ready', 'watching'].includes(party.state.kind))) return false;
  // A link that broke unnoticed is still to be found out.
  if (!others.every(({ index }) => world.network.linked(index, runner.index))) return false;
  const wantStandby = others.some(
    ({ state: other }) => 'wants' in other && other.wants === 'standby',
  );
  if (wantStandby && state.protection.kind !== 'protected') return false;
  return living.every(({ name, typed }) =>
    [...typed].every(([lane, count]) => machine.guest.consumed.get(`${name}/${lane}`) === count),
  );
}

// By chance

function weatherBy(random: SeededRandom): Weather {
  if (random.below(10) < 4) return FAIR;
  return {
    latencyMs: random.pick([0.3, 0.5, 3, 15]),
    jitterMs: random.pick([0.1, 2, 10]),
    delayed: random.pick([0, 50, 300]),
    doubled: random.pick([0, 30, 200]),
    torn: random.pick([0, 5, 40]),
  };
}

type Fault = (world: World, random: SeededRandom) => void;

const anyone = (world: World, random: SeededRandom): Party | undefined => {
  const living = world.parties.filter(({ alive }) => alive);
  return living.length === 0 ? undefined : random.pick(living);
};

const running = (world: World): Party | undefined =>
  world.parties.find(({ alive, state }) => alive && state.kind === 'running');

function stop(world: World, random: SeededRandom): void {
  const party = anyone(world, random);
  if (party === undefined) return;
  world.pause(party);
  world.agenda.after(random.pick([5, 60, 160, 220, 400, 700]), () => {
    world.resume(party);
  });
}

function cut(world: World, random: SeededRandom): void {
  const { network, parties } = world;
  const a = random.below(parties.length);
  const b = (a + 1 + random.below(Math.max(1, parties.length - 1))) % parties.length;
  network.cut(a, b);
  if (random.below(2) === 0) network.cut(b, a);
  world.agenda.after(random.pick([10, 100, 180, 250, 600, 2000]), () => {
    network.heal();
  });
}

/** After a death somebody opens a new tab. */
function killAndReplace(world: World, random: SeededRandom): void {
  const party = random.below(2) === 0 ? running(world) : anyone(world, random);
  if (party === undefined) return;
  world.kill(party);
  world.agenda.after(20 + random.below(400), () => {
    if (world.parties.length < 6) world.add('standby');
  });
}

const FAULTS: readonly Fault[] = [
  killAndReplace,
  killAndReplace,
  stop,
  stop,
  cut,
  (world, random) => {
    const party = anyone(world, random);
    if (party !== undefined) world.leave(party);
    world.agenda.after(20 + random.below(300), () => {
      if (world.parties.length < 6) world.add('standby');
    });
  },
  (world, random) => {
    const party = anyone(world, random);
    if (party !== undefined)
      world.network.breakLinks(party.index, undefined, random.below(2) === 0);
  },
  (world, random) => {
    running(world)?.machine?.hang(random.pick([100, 450, 800]));
  },
  (world, random) => {
    const party = anyone(world, random);
    // A false alarm: losing contact is not permission.
    party?.hand(() => {
      party.happen({ kind: 'primary-gone', word: random.pick(['lock-released', 'bye']) });
    });
  },
  (world, random) => {
    world.witnessAwayUntil = world.agenda.now + random.pick([50, 250, 500]);
  },
  (world) => {
    // Somebody opens the same machine as if it were new: it must not run a second copy.
    if (world.parties.length < 6) world.add('primary');
  },
  (world) => {
    const party = running(world);
    party?.hand(() => {
      party.happen({ kind: 'hand-over' });
    });
  },
];

function typing(world: World, random: SeededRandom): void {
  for (let keys = random.below(40); keys > 0; keys--) {
    world.agenda.after(random.below(BUSY_MS), () => {
      anyone(world, random)?.type(random.pick(['line', 'line', 'paste']));
    });
  }
}

/** One random life of a machine. Everything follows from the seed. */
export function runSeed(seed: number, options: RunOptions): Outcome {
  // What happens is drawn apart from how it turns out: a change of the code keeps the plan.
  const random = new SeededRandom(seed ^ 0x5eed);
  const oneBrowser = random.below(10) < 6;
  const world = new World({ seed, oneBrowser, ...options });
  return outcomeOf(world, seed, () => {
    world.network.weather = weatherBy(random);
    world.add('primary');
    world.agenda.after(10 + random.below(60), () => world.add('standby'));
    if (random.below(3) === 0) {
      world.agenda.after(random.below(BUSY_MS), () => {
        world.add(random.pick(['standby', 'watch']));
      });
    }
    typing(world, random);
    for (let faults = 1 + random.below(5); faults > 0; faults--) {
      const fault = random.pick(FAULTS);
      world.agenda.after(60 + random.below(BUSY_MS - 60), () => {
        fault(world, random);
      });
    }
    world.run(BUSY_MS);
  });
}

// One fault at one point

export const POINT_FAULTS = [
  'kill',
  'stop',
  'leave',
  'break',
  'cut',
  'cut-from',
  'cut-to',
] as const;
export type PointFault = (typeof POINT_FAULTS)[number] | 'damage';

export interface PointRun {
  /** The effect (or, for `damage`, the message) in front of which the fault strikes. */
  readonly point: number;
  readonly fault: PointFault;
  /** The fault strikes the other party than the one whose effect it is. */
  readonly other: boolean;
}

const SCRIPT_MS = 260;
const POINT_STOP_MS = 300;

/** A short life: two tabs, a first copy, keys from both, some 12 checkpoints; and one fault, if any. */
export function runPoint(run: PointRun | undefined, options: RunOptions): Outcome {
  const world = new World({ seed: 1, ...options });
  let messages = 0;
  return outcomeOf(world, run?.point ?? 0, () => {
    world.add('primary');
    world.agenda.after(10, () => world.add('standby'));
    for (const [at, who, lane] of [
      [60, 0, 'line'],
      [90, 1, 'line'],
      [120, 1, 'paste'],
      [125, 0, 'line'],
      [180, 1, 'line'],
    ] as const) {
      world.agenda.after(at, () => world.parties[who]?.type(lane));
    }
    world.network.onMessage = () => {
      messages += 1;
      return run?.fault === 'damage' && messages === run.point;
    };
    world.onPoint = (point, party) => {
      if (run === undefined || run.fault === 'damage' || point !== run.point) return;
      const other = world.parties.find((candidate) => candidate !== party);
      const victim = run.other ? other : party;
      if (victim !== undefined) strike(world, run.fault, victim);
    };
    world.run(SCRIPT_MS);
    if (world.parties.filter(({ alive }) => alive).length < 2) world.add('standby');
    world.run(SCRIPT_MS + 60);
  });
}

function strike(world: World, fault: (typeof POINT_FAULTS)[number], victim: Party): void {
  const { network, agenda } = world;
  const other = victim.index === 0 ? 1 : 0;
  switch (fault) {
    case 'kill':
      world.kill(victim);
      break;
    case 'stop':
      world.pause(victim);
      agenda.after(POINT_STOP_MS, () => {
        world.resume(victim);
      });
      break;
    case 'leave':
      // A page is closed between two events, never within one.
      agenda.after(0, () => {
        world.leave(victim);
      });
      break;
    case 'break':
      network.breakLinks(victim.index, undefined, true);
      break;
    case 'cut':
      network.cut(victim.index, other);
      network.cut(other, victim.index);
      break;
    case 'cut-from':
      network.cut(victim.index, other);
      break;
    case 'cut-to':
      network.cut(other, victim.index);
      break;
  }
}

/** Tells a run again, with everything that was said and done. */
export function tell(run: (options: RunOptions) => Outcome, options: RunOptions): string {
  const story = new Story(true);
  const { violation } = run({ ...options, story });
  return `${story.text}\n${violation?.message ?? 'all promises were kept'}`;
}
