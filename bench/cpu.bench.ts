/**
 * The machine's speed: instructions a second, boot, resume and idle load, on Node through the
 * command line and in Chromium through the page, as a user would meet them. Then, how fast it is beside
 * its peers, with the options of the bench `tasks` (`--rounds 0` leaves that out).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { launchChromium } from './chromium.ts';
import { commandLine } from './command-line.ts';
import { counters, openShell, runInPage } from './page.ts';
import { type BenchOptions, type Report, type SystemPackage, figure, times } from './report.ts';
import { withServedPage } from './serving.ts';
import { comparePeers } from './tasks/compare.ts';
import { packagesFor, parseTaskOptions, type TaskOptions } from './tasks/options.ts';
import { INTEGER, INTEGER_ANSWER } from './work.ts';

export const name = 'cpu';
export const options = ['only', 'peers', 'rounds'] as const;

const RUNS = 3;
const IDLE_SECONDS = 10;

/** What `--stats` prints. */
interface Stats {
  readonly instructions: number;
  readonly mips: number;
  readonly seconds: number;
  readonly wallSeconds: number;
}

interface Outcome {
  readonly stdout: string;
  readonly stats: Stats;
  readonly wallMs: number;
}

/** Runs the guest from the command line and reads its statistics. */
async function tandem(...args: readonly string[]): Promise<Outcome> {
  const start = performance.now();
  const child = spawn(process.execPath, commandLine('run', '--stats', ...args), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`the guest ended with ${status}: ${stderr}`);
  const line = stderr.split('\n').findLast((text) => text.startsWith('{')) ?? '{}';
  return { stdout, stats: JSON.parse(line) as Stats, wallMs: performance.now() - start };
}

async function onNode(report: Report): Promise<void> {
  for (const engine of ['interpreter', 'auto']) {
    const runs = await times(RUNS, () => tandem('--engine', engine, '--exec', INTEGER));
    if (!runs.every((run) => run.stdout.startsWith(INTEGER_ANSWER)))
      throw new Error('wrong answer');
    const suffix = engine === 'interpreter' ? '' : `_${engine}`;
    const mips = runs.map((run) => run.stats.mips);
    report(figure(`interpreter_mips_integer${suffix}`, 'M/s', 'node', mips));
  }
  const boots = await times(RUNS, () =>
    tandem('--engine', 'interpreter', '--cold', '--exec', 'true'),
  );
  report(
    figure(
      'interpreter_mips_boot',
      'M/s',
      'node',
      boots.map((run) => run.stats.mips),
    ),
  );
  report(
    figure(
      'cold_boot_s',
      's',
      'node',
      boots.map((run) => run.wallMs / 1000),
    ),
  );
  const resumes = await times(RUNS, () => tandem('--exec', 'true'));
  report(
    figure(
      'resume_to_shell_s',
      's',
      'node',
      resumes.map((run) => run.wallMs / 1000),
    ),
  );
}

async function inChromium(report: Report, url: string): Promise<void> {
  const browser = await launchChromium();
  try {
    const resumes: number[] = [];
    const mips: number[] = [];
    const idle: number[] = [];
    const bootMips: number[] = [];
    const boots: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const page = await browser.newPage();
      resumes.push((await openShell(page, url)) / 1000);
      const before = await counters(page);
      await page.waitForTimeout(IDLE_SECONDS * 1000);
      const after = await counters(page);
      idle.push((100 * (after.busyMs - before.busyMs)) / (IDLE_SECONDS * 1000));
      mips.push(await runInPage(page, INTEGER, INTEGER_ANSWER));
      await page.goto('about:blank');
      boots.push((await openShell(page, `${url}?cold`)) / 1000);
      const booted = await counters(page);
      bootMips.push(booted.instructions / booted.busyMs / 1000);
      await page.close();
    }
    report(figure('interpreter_mips_integer', 'M/s', 'chromium', mips));
    report(figure('interpreter_mips_boot', 'M/s', 'chromium', bootMips));
    report(figure('cold_boot_s', 's', 'chromium', boots));
    report(figure('resume_to_shell_s', 's', 'chromium', resumes));
    report(figure('idle_load_percent', '%', 'chromium', idle));
  } finally {
    await browser.close();
  }
}

/** One round takes some five minutes, most of them v86's. */
const comparison = (asked: BenchOptions): TaskOptions =>
  parseTaskOptions(asked, { only: 'tasks,boot', rounds: 1 });

export const systemPackages = (asked: BenchOptions): readonly SystemPackage[] =>
  packagesFor(comparison(asked));

export async function run(report: Report, asked: BenchOptions): Promise<void> {
  const compared = comparison(asked);
  await onNode(report);
  await withServedPage((url) => inChromium(report, url));
  await comparePeers(report, compared);
}
