/** `npm run sim -- --seeds N --from S`: random lives, one after the other. */
import { parseArgs } from 'node:util';
import { loadZstd } from '../src/checkpoint/zstd.ts';
import { MUTATIONS } from './mutations.ts';
import {
  POINT_FAULTS,
  runPoint,
  runSeed,
  tell,
  type Outcome,
  type PointRun,
  type RunOptions,
} from './scenario.ts';

const USAGE = `npm run sim -- [--seeds N] [--from S] [--points EVERY] [--mutation NAME] [--story SEED]

  --seeds N        random lives to simulate (default 1000)
  --from S         the first seed (default 1)
  --points EVERY   instead: one fault at every point of a short life, or at each EVERY-th
  --mutation NAME  with a deliberate mistake: ${MUTATIONS.map(({ name }) => name).join(', ')}
  --story SEED     tells one life in full`;

interface Summary {
  runs: number;
  failed: number;
  takeovers: number;
  checkpoints: number;
  machinesLost: number;
  outputsLost: number;
  outputsRepeated: number;
  firstFailure: string | undefined;
}

const PROGRESS_MS = 5_000;
/** Stories fill a screen each: one shows what is wrong. */
const MOST_STORIES = 1;

export class Simulation {
  readonly #summary: Summary = {
    ...{ runs: 0, failed: 0, takeovers: 0, checkpoints: 0, machinesLost: 0 },
    ...{ outputsLost: 0, outputsRepeated: 0, firstFailure: undefined },
  };
  readonly #options: RunOptions;
  readonly #started = performance.now();
  #saidAt = performance.now();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  run(name: string, play: (options: RunOptions) => Outcome): void {
    const summary = this.#summary;
    const outcome = play(this.#options);
    summary.runs += 1;
    summary.takeovers += outcome.takeovers;
    summary.checkpoints += outcome.checkpoints;
    if (outcome.lost) summary.machinesLost += 1;
    if (outcome.violation !== undefined) this.#fail(name, play, outcome.violation);
    if (performance.now() - this.#saidAt < PROGRESS_MS) return;
    this.#saidAt = performance.now();
    console.error(`${name}: ${summary.runs} lives, ${summary.failed} failed`);
  }

  #fail(
    name: string,
    play: (options: RunOptions) => Outcome,
    violation: NonNullable<Outcome['violation']>,
  ): void {
    const summary = this.#summary;
    summary.failed += 1;
    if (violation.rule === 'output lost') summary.outputsLost += 1;
    if (violation.rule === 'output repeated') summary.outputsRepeated += 1;
    summary.firstFailure ??= `${name}: ${violation.message}`;
    console.error(`FAILED ${name}: ${violation.message.split('\n')[0] ?? ''}`);
    if (summary.failed <= MOST_STORIES) console.error(tell(play, this.#options));
  }

  /** The last line of standard output; true when all promises were kept. */
  finish(): boolean {
    const summary = this.#summary;
    const seconds = (performance.now() - this.#started) / 1000;
    console.log(
      JSON.stringify({
        sim: 'replication',
        runs: summary.runs,
        failed: summary.failed,
        takeovers: summary.takeovers,
        checkpoints: summary.checkpoints,
        machines_lost_unprotected: summary.machinesLost,
        outputs_lost: summary.outputsLost,
        outputs_repeated: summary.outputsRepeated,
        first_failure: summary.firstFailure ?? null,
        runs_per_minute: Math.round((summary.runs / seconds) * 60),
      }),
    );
    return summary.failed === 0;
  }
}

/** Every fault at every `every`-th point, of either party; and each message damaged. */
export function pointRuns(every: number, options: RunOptions): PointRun[] {
  const { points } = runPoint(undefined, options);
  const runs: PointRun[] = [];
  for (let point = 1; point <= points; point += every) {
    for (const fault of POINT_FAULTS) {
      runs.push({ point, fault, other: false }, { point, fault, other: true });
    }
    runs.push({ point, fault: 'damage', other: false });
  }
  return runs;
}

/** Runs the command line; the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      points: { type: 'string' },
      mutation: { type: 'string' },
      story: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const mutation = MUTATIONS.find(({ name }) => name === values.mutation);
  const numbers = [values.seeds, values.from, values.points ?? '1', values.story ?? '1'].map(
    Number,
  );
  const bad = numbers.some((number) => !Number.isSafeInteger(number) || number < 0);
  if (values.help === true || bad || (values.mutation !== undefined && mutation === undefined)) {
    console.error(USAGE);
    return values.help === true ? 0 : 2;
  }
  const [seeds = 0, from = 0, every = 1, told = 0] = numbers;
  const compressor = await loadZstd();
  const base: RunOptions = mutation === undefined ? { compressor } : { compressor, mutation };
  if (values.story !== undefined) {
    console.log(tell((options) => runSeed(told, options), base));
    return 0;
  }
  const simulation = new Simulation(base);
  if (values.points !== undefined) {
    for (const run of pointRuns(Math.max(1, every), base)) {
      const name = `${run.fault}${run.other ? ' of the other' : ''} at point ${run.point}`;
      simulation.run(name, (options) => runPoint(run, options));
    }
  } else {
    for (let seed = from; seed < from + seeds; seed++) {
      simulation.run(`seed ${seed}`, (options) => runSeed(seed, options));
    }
  }
  return simulation.finish() ? 0 : 1;
}
