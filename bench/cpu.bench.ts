/**
 * The machine's speed: instructions a second, boot, resume, idle load and memory, on Node through the
 * command line and in Chromium through the page, as a user would meet them. Then, how fast it is beside
 * its peers, with the options of the bench `tasks` (`--rounds 0` leaves that out).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Page } from '@playwright/test';
import { launchChromium } from './chromium.ts';
import { blankMegabytes, machineMegabytesOnNode, pageMegabytes } from './memory.ts';
import { type Report, figure, type SystemPackage } from './report.ts';
import { withServedPage } from './serving.ts';
import { comparePeers } from './tasks/compare.ts';
import { packagesFor, parseTaskOptions, type TaskOptions } from './tasks/options.ts';

export const name = 'cpu';

const RUNS = 3;
const IDLE_SECONDS = 10;

/** Integer work, all in user mode; some 740 million instructions. */
const INTEGER = 'seq 1 300000 | gzip -6 | sha256sum';
/** What INTEGER prints: a machine that computes something else is not worth timing. */
const INTEGER_ANSWER = '2f7bf23f';

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
  const child = spawn(process.execPath, ['scripts/tandem.mjs', 'run', '--stats', ...args], {
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

const times = async <T>(count: number, measure: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await measure());
  return results;
};

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

/** Waits until the page's last line that is not empty ends in a prompt. */
const waitForPrompt = async (page: Page): Promise<void> => {
  await page.waitForFunction(
    () => {
      const line = window.tandem?.screen().findLast((text) => text !== '') ?? '';
      return window.tandem?.state().kind === 'running' && /[#$] ?$/.test(line);
    },
    undefined,
    { timeout: 180_000, polling: 20 },
  );
};

const counters = (page: Page): Promise<{ instructions: number; busyMs: number; idleMs: number }> =>
  page.evaluate(() => {
    const read = window.tandem?.counters();
    return {
      instructions: Number(read?.instructions ?? 0n),
      busyMs: read?.busyMs ?? 0,
      idleMs: read?.idleMs ?? 0,
    };
  });

/** Opens the page; milliseconds until the shell is there. */
const openShell = async (page: Page, url: string): Promise<number> => {
  const start = performance.now();
  await page.goto(url);
  await waitForPrompt(page);
  return performance.now() - start;
};

const runInPage = async (page: Page, command: string, answer: string): Promise<number> => {
  const before = await counters(page);
  await page.keyboard.type(`${command}\n`);
  await page.waitForFunction(
    (text) => window.tandem?.scrollback().some((line) => line.startsWith(text)) ?? false,
    answer,
    { timeout: 180_000, polling: 20 },
  );
  const after = await counters(page);
  return (after.instructions - before.instructions) / (after.busyMs - before.busyMs) / 1000;
};

async function memoryOnNode(report: Report): Promise<void> {
  const megabytes = await times(RUNS, () => machineMegabytesOnNode(INTEGER));
  report(figure('memory_beyond_ram_mb', 'MB', 'node', megabytes));
}

async function inChromium(report: Report, url: string): Promise<void> {
  const browser = await launchChromium();
  try {
    const resumes: number[] = [];
    const mips: number[] = [];
    const idle: number[] = [];
    const bootMips: number[] = [];
    const boots: number[] = [];
    const megabytes: number[] = [];
    const page = await browser.newPage();
    const blank = await blankMegabytes(browser);
    await page.close();
    for (let i = 0; i < RUNS; i++) {
      const page = await browser.newPage();
      resumes.push((await openShell(page, url)) / 1000);
      const before = await counters(page);
      await page.waitForTimeout(IDLE_SECONDS * 1000);
      const after = await counters(page);
      idle.push((100 * (after.busyMs - before.busyMs)) / (IDLE_SECONDS * 1000));
      mips.push(await runInPage(page, INTEGER, INTEGER_ANSWER));
      megabytes.push((await pageMegabytes(browser)) - blank);
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
    report(figure('memory_beyond_ram_mb', 'MB', 'chromium', megabytes));
  } finally {
    await browser.close();
  }
}

/** One round takes some five minutes, most of them v86's. */
const comparison = (args: readonly string[]): TaskOptions =>
  parseTaskOptions(args, { only: 'tasks,boot', rounds: 1 });

export const systemPackages = (args: readonly string[]): readonly SystemPackage[] =>
  packagesFor(comparison(args));

export async function run(report: Report, args: readonly string[]): Promise<void> {
  const compared = comparison(args);
  await onNode(report);
  await memoryOnNode(report);
  await withServedPage((url) => inChromium(report, url));
  await comparePeers(report, compared);
}
