/**
 * What a pair costs and what a crash costs, in Chromium with two tabs that have processes of their own: what a
 * person at a terminal meets, keys, lines and silence, by the clock of the page where they are met.
 */
import type { Browser, Page } from '@playwright/test';
import { MachinePage } from '../e2e/support/machine-page.ts';
import { PairLab, pairOf, type Tab } from '../e2e/support/pair-lab.ts';
import type { Failover, PairSample } from '../src/host/browser/pair-types.ts';
import { launchChromium } from './chromium.ts';
import {
  type BenchOptions,
  countOf,
  type Figure,
  figure,
  median,
  partsOf,
  type Report,
  times,
} from './report.ts';
import { withServedPage } from './serving.ts';
import { type Flaws, flawsOf, longestSilence, TerminalWatch } from './terminal-watch.ts';

export const name = 'failover';
export const options = ['only', 'kills', 'keys', 'rounds'];

const PARTS = ['kills', 'talk', 'echo', 'idle', 'work'] as const;
type Part = (typeof PARTS)[number];

/** What is to be measured, and how often. */
interface Plan {
  readonly parts: readonly Part[];
  readonly kills: number;
  readonly keys: number;
  readonly rounds: number;
}

const KILLS = 20;
const KEYS = 50;
const ROUNDS = 5;
const WARM_UPS = 3;
/** Of one piece of work in a row; the median counts, because a second of a computer is not like the next one. */
const RUNS = 5;
/** A tab that has just been opened still compiles and draws, which is not what protection costs. */
const SETTLE_MS = 4_000;
const IDLE_MS = 20_000;
const TALK_MS = 10_000;
/** Lines before a kill, so that the pair is in its stride, and after it. */
const LINES_BETWEEN = 100;
const WAIT_MS = 60_000;

/** Prints a numbered line every few milliseconds: timer, process and terminal of a guest at work. */
const TALKER =
  'python3 -uc $\'import time\\nfor i in range(1, 10**9): print("line", i); time.sleep(0.003)\'';

const REDIS = '-s /tmp/bench.sock';
const START_REDIS = [
  'redis-server --port 0 --unixsocket /tmp/bench.sock --save "" --daemonize yes >/dev/null',
  `until redis-cli ${REDIS} ping | grep -q PONG; do :; done`,
].join(' && ');
/** Work whose time is compared, by the suffix of its figure. */
const WORK = {
  gzip: 'seq 1 600000 | gzip -6 | sha256sum',
  redis: `redis-benchmark ${REDIS} -q -t set -n 10000 -r 20000 -d 100`,
} as const;
type WorkName = keyof typeof WORK;
const WORK_NAMES: readonly WorkName[] = ['gzip', 'redis'];

const inChromium = (name: string, unit: string, samples: readonly number[]): Figure =>
  figure(name, unit, 'chromium', samples);

/** A sample that was made after this was called. */
async function freshSample(page: Page): Promise<PairSample> {
  const handle = await page.evaluateHandle(() => window.tandem?.pair().sample?.at ?? -1);
  const fresh = await page.waitForFunction(
    (before) => {
      const sample = window.tandem?.pair().sample;
      return sample === undefined || sample.at === before ? undefined : sample;
    },
    await handle.jsonValue(),
    { timeout: WAIT_MS },
  );
  const sample = await fresh.jsonValue();
  if (sample === undefined) throw new Error('the pair has no figures');
  return sample;
}

/** Every sample that is made in the next `ms`. */
const samplesDuring = (page: Page, ms: number): Promise<readonly PairSample[]> =>
  page.evaluate(async (duration) => {
    const samples = new Map<number, PairSample>();
    const end = performance.now() + duration;
    while (performance.now() < end) {
      const sample = window.tandem?.pair().sample;
      if (sample !== undefined) samples.set(sample.at, sample);
      await new Promise(requestAnimationFrame);
    }
    return [...samples.values()];
  }, ms);

/**
 * Makes a pair of a machine and a new tab; the standby, and the seconds that the first copy took. The machine's tab
 * is in front again then, as whoever works with it has it: the browser gives hidden tabs less.
 */
async function protect(
  lab: PairLab,
  primary: Tab,
): Promise<{ readonly standby: Tab; readonly copySeconds: number }> {
  const standby = await lab.protect(primary);
  await primary.page.bringToFront();
  return { standby, copySeconds: (await freshSample(primary.page)).totals.setupMs / 1000 };
}

async function unprotect(lab: PairLab, primary: Tab, standby: Tab): Promise<void> {
  await lab.lose(standby, 'closed');
  await primary.page.waitForFunction(
    () => window.tandem?.pair().status?.word === 'unprotected',
    undefined,
    { timeout: WAIT_MS },
  );
}

/** Types at an idle shell; the times to the echoes. Pauses differ, so that no period of ours is hit each time. */
async function echoes(
  { page }: Tab,
  watch: TerminalWatch,
  keys: number,
): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < keys; i++) {
    await page.waitForTimeout(40 + ((i * 37) % 60));
    latencies.push(await watch.echoOf('x'));
  }
  await page.keyboard.press('Control+u');
  return latencies;
}

/** The guest's own seconds for a command. */
async function secondsOf(machine: MachinePage, command: string): Promise<number> {
  const { output, status } = await machine.run(
    `TIMEFORMAT=took=%3R; time { ${command} >/dev/null; }`,
  );
  const seconds = Number(/^took=([\d.]+)$/m.exec(output)?.[1]);
  if (status !== 0 || !(seconds > 0)) throw new Error(`the guest answered ${output}`);
  return seconds;
}

/** The guest's own seconds for all of the work, each the median of some runs. */
async function secondsOfWork(
  machine: MachinePage,
  runs: number,
): Promise<Record<WorkName, number>> {
  const medianOf = async (work: WorkName): Promise<number> =>
    median(await times(runs, () => secondsOf(machine, WORK[work])));
  const gzip = await medianOf('gzip');
  return { gzip, redis: await medianOf('redis') };
}

/**
 * The same work without a standby, with one, without, …: each time with one is compared with the mean of those before and
 * behind it, because a guest gets faster for minutes, as more of what it runs is translated, and computers do other
 * things too.
 */
async function slowDown(
  report: Report,
  lab: PairLab,
  primary: Tab,
  first: Tab,
  rounds: number,
): Promise<void> {
  const machine = new MachinePage(primary.page);
  await machine.run(START_REDIS);
  await unprotect(lab, primary, first);
  // For nothing: what is compiled and cached then is there for all.
  await secondsOfWork(machine, WARM_UPS);
  const ratios: Record<WorkName, number[]> = { gzip: [], redis: [] };
  let before = await secondsOfWork(machine, RUNS);
  for (let round = 1; round <= rounds; round++) {
    const { standby } = await protect(lab, primary);
    await primary.page.waitForTimeout(SETTLE_MS);
    const guarded = await secondsOfWork(machine, RUNS);
    await unprotect(lab, primary, standby);
    const behind = await secondsOfWork(machine, RUNS);
    for (const work of WORK_NAMES)
      ratios[work].push((2 * guarded[work]) / (before[work] + behind[work]));
    before = behind;
  }
  for (const work of WORK_NAMES) report(inChromium(`overhead_ratio_${work}`, '×', ratios[work]));
}

async function idleBytes(report: Report, { page }: Tab): Promise<void> {
  const before = await freshSample(page);
  await page.waitForTimeout(IDLE_MS);
  const after = await freshSample(page);
  const bytesPerSecond = (1000 * (after.sentBytes - before.sentBytes)) / (after.at - before.at);
  report(inChromium('idle_bytes_per_s', 'B/s', [bytesPerSecond]));
}

/** A person at a quiet shell, and the guest's work. Gives the seconds that the first copy took. */
async function quietly(report: Report, lab: PairLab, plan: Plan): Promise<number> {
  const { parts, keys, rounds } = plan;
  const primary = await lab.openMachine();
  const watch = await TerminalWatch.begin(primary.page);
  const echo = async (name: string): Promise<void> => {
    if (!parts.includes('echo')) return;
    report(inChromium(name, 'ms', await echoes(primary, watch, keys)));
  };
  await echo('echo_unprotected_p50_ms');
  const { standby, copySeconds } = await protect(lab, primary);
  await echo('echo_p50_ms');
  if (parts.includes('idle')) await idleBytes(report, primary);
  if (parts.includes('work')) await slowDown(report, lab, primary, standby, rounds);
  return copySeconds;
}

/** Checkpoints of a guest that prints all the time. */
async function talking(report: Report, { page }: Tab): Promise<void> {
  const samples = await samplesDuring(page, TALK_MS);
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('the pair has no figures');
  const commits = last.totals.commits - first.totals.commits;
  report(inChromium('checkpoints_per_s', '/s', [(1000 * commits) / (last.at - first.at)]));
  // Means of a tenth of a second each: more is not told.
  const means = (of: 'commitMs' | 'outputDelayMs'): number[] =>
    samples.flatMap(({ [of]: { count, mean } }) => (count === 0 ? [] : [mean]));
  report(inChromium('commit_p50_ms', 'ms', means('commitMs')));
  report(inChromium('output_delay_p50_ms', 'ms', means('outputDelayMs')));
}

async function termOf({ page }: Tab): Promise<number> {
  const status = (await pairOf(page))?.status;
  if (status === undefined) throw new Error('the pair has no status');
  return status.term;
}

interface Kill extends Flaws {
  readonly downtimeMs: number;
  readonly failover: Failover;
  readonly survivor: Tab;
}

/** Kills the primary's process and watches the standby's terminal. */
async function kill(lab: PairLab, primary: Tab, standby: Tab): Promise<Kill> {
  await standby.page.bringToFront();
  const watch = await TerminalWatch.begin(standby.page);
  await watch.moreLines(LINES_BETWEEN);
  await lab.protected(primary, standby);
  const status = (await pairOf(standby.page))?.status;
  // On a computer that is too busy a standby may have taken a slow primary for a dead one.
  if (status?.role === 'primary') return kill(lab, standby, primary);
  const from = await watch.now();
  await lab.lose(primary, 'killed');
  const { failover } = await lab.tookOver(standby, status?.term ?? 0);
  await watch.moreLines(LINES_BETWEEN);
  const arrivals = await watch.arrivals();
  await primary.page.close();
  const downtimeMs = longestSilence(arrivals, from);
  return { ...flawsOf(arrivals), downtimeMs, failover, survivor: standby };
}

function tellKills(report: Report, kills: readonly Kill[]): void {
  const tell = (name: string, unit: string, of: (kill: Kill) => number): Figure => {
    const told = inChromium(name, unit, kills.map(of));
    report(told);
    return told;
  };
  const sum = (name: string, of: (kill: Kill) => number): void => {
    const value = kills.reduce((total, one) => total + of(one), 0);
    report({ ...inChromium(name, 'lines', kills.map(of)), value });
  };
  const downtime = tell('downtime_p50_ms', 'ms', ({ downtimeMs }) => downtimeMs);
  report({ ...downtime, name: 'downtime_max_ms', value: downtime.max });
  sum('outputs_lost', ({ lost }) => lost);
  sum('outputs_repeated', ({ repeated }) => repeated);
  const part = (name: string, of: (failover: Failover) => number): Figure =>
    tell(name, 'ms', ({ failover }) => of(failover));
  part('guest_downtime_p50_ms', ({ downtimeMs }) => downtimeMs);
  // Where it goes: from the last sign of life to the first output, one after the other.
  part('silence_noticed_p50_ms', ({ lastHeardAt, noticedAt }) => noticedAt - lastHeardAt);
  part('witness_won_p50_ms', ({ noticedAt, witnessWonAt }) => witnessWonAt - noticedAt);
  part('guest_started_p50_ms', (each) => each.firstInstructionAt - each.witnessWonAt);
  part('first_output_p50_ms', (each) => (each.firstOutputAt ?? NaN) - each.firstInstructionAt);
}

/** Many deaths of one machine, each protected again. Gives the seconds that the first copy took. */
async function dying(report: Report, lab: PairLab, plan: Plan): Promise<number> {
  let primary = await lab.openMachine();
  let { standby, copySeconds } = await protect(lab, primary);
  const firstCopySeconds = copySeconds;
  const firstTerm = await termOf(primary);
  await primary.page.keyboard.type(`${TALKER}\n`);
  await lab.counted(primary, LINES_BETWEEN);
  if (plan.parts.includes('talk')) await talking(report, primary);
  if (!plan.parts.includes('kills')) return firstCopySeconds;
  const kills: Kill[] = [];
  const copies: number[] = [];
  for (let n = 1; n <= plan.kills; n++) {
    const one = await kill(lab, primary, standby);
    kills.push(one);
    primary = one.survivor;
    if (n === plan.kills) break;
    ({ standby, copySeconds } = await protect(lab, primary));
    copies.push(copySeconds);
  }
  tellKills(report, kills);
  // Each takeover is a term; of the takeovers themselves a tab knows only the newest.
  const takeovers = (await termOf(primary)) - firstTerm;
  report(inChromium('needless_takeovers', 'times', [takeovers - plan.kills]));
  // None is known of a copy whose tabs have changed roles since.
  const known = copies.filter((seconds) => seconds > 0);
  if (known.length > 0) report(inChromium('later_copy_s', 's', known));
  return firstCopySeconds;
}

/** Gives a part of the bench tabs of its own. */
async function withLab<T>(
  browser: Browser,
  url: string,
  use: (lab: PairLab) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
  });
  try {
    return await use(new PairLab(context));
  } finally {
    await context.close();
  }
}

/** @param options `--only kills,echo` `--kills 8` `--keys 30` `--rounds 2` */
export async function run(report: Report, options: BenchOptions): Promise<void> {
  const parts = partsOf(options, PARTS);
  const plan: Plan = {
    parts,
    kills: countOf(options, 'kills', KILLS),
    keys: countOf(options, 'keys', KEYS),
    rounds: countOf(options, 'rounds', ROUNDS),
  };
  const copies: number[] = [];
  await withServedPage(async (url) => {
    const browser = await launchChromium();
    try {
      const measure = async (
        wanted: readonly Part[],
        use: (report: Report, lab: PairLab, plan: Plan) => Promise<number>,
      ): Promise<void> => {
        if (!wanted.some((part) => parts.includes(part))) return;
        copies.push(await withLab(browser, url, (lab) => use(report, lab, plan)));
      };
      await measure(['kills', 'talk'], dying);
      await measure(['echo', 'idle', 'work'], quietly);
      report(inChromium('first_copy_s', 's', copies));
    } finally {
      await browser.close();
    }
  });
}
