/** `npm run sim -- --seeds N --from S`: random lives, as many at a time as the computer has cores. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
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

const USAGE = `npm run sim -- [--seeds N] [--from S] [--points EVERY] [--jobs N] [--mutation NAME] [--story SEED]

  --seeds N        random lives to simulate (default 1000)
  --from S         the first seed (default 1)
  --points EVERY   instead: one fault at every point of a short life, or at each EVERY-th
  --jobs N         threads (default: one a core)
  --mutation NAME  with a deliberate mistake: ${MUTATIONS.map(({ name }) => name).join(', ')}
  --story SEED     tells one life in full`;

/** What a thread does: every `jobs`-th life, from the `share`-th on. */
export interface Job {
  readonly share: number;
  readonly jobs: number;
  readonly seeds: number;
  readonly from: number;
  /** Faults at each so many-th point instead of seeds. */
  readonly points: number | undefined;
  readonly mutation: string | undefined;
}

export interface Summary {
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

const newSummary = (): Summary => ({
  ...{ runs: 0, failed: 0, takeovers: 0, checkpoints: 0, machinesLost: 0 },
  ...{ outputsLost: 0, outputsRepeated: 0, firstFailure: undefined },
});

class Simulation {
  readonly summary = newSummary();
  readonly #options: RunOptions;
  #saidAt = performance.now();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  run(name: string, play: (options: RunOptions) => Outcome): void {
    const summary = this.summary;
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
    const summary = this.summary;
    summary.failed += 1;
    if (violation.rule === 'output lost') summary.outputsLost += 1;
    if (violation.rule === 'output repeated') summary.outputsRepeated += 1;
    summary.firstFailure ??= `${name}: ${violation.message}`;
    console.error(`FAILED ${name}: ${violation.message.split('\n')[0] ?? ''}`);
    if (summary.failed <= MOST_STORIES) console.error(tell(play, this.#options));
  }
}

const add = (a: Summary, b: Summary): Summary => ({
  runs: a.runs + b.runs,
  failed: a.failed + b.failed,
  takeovers: a.takeovers + b.takeovers,
  checkpoints: a.checkpoints + b.checkpoints,
  machinesLost: a.machinesLost + b.machinesLost,
  outputsLost: a.outputsLost + b.outputsLost,
  outputsRepeated: a.outputsRepeated + b.outputsRepeated,
  firstFailure: a.firstFailure ?? b.firstFailure,
});

/** The last line of standard output. */
function printSummary(summary: Summary, seconds: number): void {
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

async function optionsOf(mutationName: string | undefined): Promise<RunOptions> {
  const compressor = await loadZstd();
  const mutation = MUTATIONS.find(({ name }) => name === mutationName);
  return mutation === undefined ? { compressor } : { compressor, mutation };
}

/** Does one thread's share. */
export async function simulate(job: Job): Promise<Summary> {
  const options = await optionsOf(job.mutation);
  const simulation = new Simulation(options);
  if (job.points !== undefined) {
    const runs = pointRuns(job.points, options);
    for (const run of runs.filter((_, i) => i % job.jobs === job.share)) {
      const name = `${run.fault}${run.other ? ' of the other' : ''} at point ${run.point}`;
      simulation.run(name, (with_) => runPoint(run, with_));
    }
  } else {
    for (let seed = job.from + job.share; seed < job.from + job.seeds; seed += job.jobs) {
      simulation.run(`seed ${seed}`, (with_) => runSeed(seed, with_));
    }
  }
  return simulation.summary;
}

/** The same in a thread of its own: this program again, with the job as its data. */
function simulateAside(job: Job): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sim.js', import.meta.url), { workerData: job });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

/** Runs the command line; the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      points: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      mutation: { type: 'string' },
      story: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { mutation, story } = values;
  const isKnown = mutation === undefined || MUTATIONS.some(({ name }) => name === mutation);
  const numbers = [values.seeds, values.from, values.points ?? '1', story ?? '1', values.jobs].map(
    Number,
  );
  const bad = numbers.some((number) => !Number.isSafeInteger(number) || number < 0);
  if (values.help === true || bad || !isKnown) {
    console.error(USAGE);
    return values.help === true ? 0 : 2;
  }
  const [seeds = 0, from = 0, every = 1, told = 0, threads = 1] = numbers;
  if (story !== undefined) {
    console.log(tell((options) => runSeed(told, options), await optionsOf(mutation)));
    return 0;
  }
  const points = values.points === undefined ? undefined : Math.max(1, every);
  const jobs = Math.max(1, threads);
  const started = performance.now();
  const shares = Array.from({ length: jobs }, (_, share) =>
    simulateAside({ share, jobs, seeds, from, points, mutation }),
  );
  const summary = (await Promise.all(shares)).reduce(add);
  printSummary(summary, (performance.now() - started) / 1000);
  return summary.failed === 0 ? 0 : 1;
}
