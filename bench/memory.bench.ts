/**
 * What a machine takes besides guest RAM, after some work: on Node, less what an idle Node takes; in Chromium, less
 * what a blank page takes, and less what our own page takes whose machine does not start. The last one is
 * what the machine's worker is for; the rest is the user interface, and the browser's own code to draw it.
 */
import { MANIFEST_NAME } from '../src/host/shared/guest.ts';
import { launchChromium } from './chromium.ts';
import { machineMegabytesOnNode, pageMegabytes, plainPageMegabytes } from './memory.ts';
import { openShell, runInPage } from './page.ts';
import { type Report, figure, times } from './report.ts';
import { withServedPage } from './serving.ts';
import { INTEGER, INTEGER_ANSWER } from './work.ts';

export const name = 'memory';

const RUNS = 3;
/** As long as the page with a machine is up before it is given work, and some more. */
const SETTLE_MS = 5_000;

interface Megabytes {
  readonly beyondBlank: number;
  readonly beyondPage: number;
}

/** Measures in a browser of its own: each page then has a renderer that nobody used before. */
async function inChromium(url: string): Promise<Megabytes> {
  const browser = await launchChromium();
  try {
    const blankPage = await browser.newPage();
    const blank = await plainPageMegabytes(browser, blankPage);
    await blankPage.close();
    const lonely = await browser.newPage();
    await lonely.route(`**/${MANIFEST_NAME}`, (route) => route.abort());
    await lonely.goto(url);
    await lonely.getByText('The machine did not start').waitFor();
    await lonely.waitForTimeout(SETTLE_MS);
    const page = await plainPageMegabytes(browser, lonely);
    await lonely.close();
    const whole = await browser.newPage();
    await openShell(whole, url);
    await whole.waitForTimeout(SETTLE_MS);
    await runInPage(whole, INTEGER, INTEGER_ANSWER);
    const machine = await pageMegabytes(browser);
    return { beyondBlank: machine - blank, beyondPage: machine - page };
  } finally {
    await browser.close();
  }
}

export async function run(report: Report): Promise<void> {
  const onNode = await times(RUNS, () => machineMegabytesOnNode(INTEGER));
  report(figure('memory_beyond_ram_mb', 'MB', 'node', onNode));
  await withServedPage(async (url) => {
    const runs = await times(RUNS, () => inChromium(url));
    const beyondBlank = runs.map((run) => run.beyondBlank);
    const beyondPage = runs.map((run) => run.beyondPage);
    report(figure('memory_beyond_ram_mb', 'MB', 'chromium', beyondBlank));
    report(figure('memory_of_machine_mb', 'MB', 'chromium', beyondPage));
  });
}
