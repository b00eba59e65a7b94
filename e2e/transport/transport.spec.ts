import { fileURLToPath } from 'node:url';
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';
import { createInvitation, formatInvitation } from '../../src/transport/invitation.ts';
import { channelLimits } from '../../src/transport/link.ts';
import type { FromWorker } from './page/protocol.ts';

const MEGABYTE = 1_000_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

let server: ViteDevServer;
let address: string;

test.beforeAll(async () => {
  server = await createServer({
    configFile: `${root}/vite.config.ts`,
    root: `${root}/e2e/transport/page`,
    cacheDir: `${root}/.cache/vite-transport-test`,
    logLevel: 'warn',
    server: { port: 0, hmr: false, watch: null, fs: { allow: [root] } },
    optimizeDeps: { include: ['simple-peer'] },
  });
  await server.listen();
  const listening = server.httpServer?.address();
  if (typeof listening !== 'object' || listening === null) throw new Error('no port');
  address = `http://localhost:${listening.port}/`;
});

test.afterAll(async () => {
  await server.close();
});

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => window.transportPage !== undefined);
  return page;
}

/** Two tabs that have come to a session. */
async function two(
  browser: Browser,
  [inviterLink, joinerLink, joinerProof]: readonly [string, string, string?],
): Promise<[Page, Page]> {
  const context = await browser.newContext();
  const [inviter, joiner] = [await open(context), await open(context)];
  await inviter.evaluate((link) => window.transportPage?.come('inviter', link), inviterLink);
  await joiner.evaluate(([link, proof]) => window.transportPage?.come('joiner', link, proof), [
    joinerLink,
    joinerProof,
  ] as const);
  return [inviter, joiner];
}

const outcome = async (page: Page): Promise<unknown> =>
  page.evaluate(() => window.transportPage?.outcome());

async function report<K extends FromWorker['kind']>(
  page: Page,
  kind: K,
): Promise<Extract<FromWorker, { kind: K }>> {
  const told = await page.evaluate((wanted) => window.transportPage?.report(wanted), kind);
  if (told === undefined) throw new Error('no report');
  return told as unknown as Extract<FromWorker, { kind: K }>;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

test('two tabs pair, and their workers exchange 20 MB in order through short queues', async ({
  browser,
}) => {
  test.setTimeout(60_000);
  const link = formatInvitation(createInvitation());
  const pages = await two(browser, [link, link]);
  for (const page of pages) {
    expect(await outcome(page)).toEqual({ kind: 'established', sentence: '' });
    // Nothing leaves before the pairing.
    expect((await report(page, 'early')).outcome).toBe('full');
  }
  for (const page of pages) {
    await page.evaluate((bytes) => window.transportPage?.transfer(bytes), 10 * MEGABYTE);
  }
  // The main threads are of no importance any more.
  await pages[0].evaluate(() => window.transportPage?.hog(300));
  for (const page of pages) {
    const received = await report(page, 'received');
    expect(received.bytes).toBeGreaterThanOrEqual(10 * MEGABYTE);
    const sent = await report(page, 'sent');
    const { highWater } = channelLimits.bulk;
    expect(sent.mostQueued).toBeLessThan(highWater + 310_000);
    expect(sent.refusals).toBeGreaterThan(0);
    const { roundTrips } = await report(page, 'beats');
    expect(roundTrips.length).toBeGreaterThan(0);
    test.info().annotations.push({
      type: 'measured',
      description: `${(received.bytes / received.milliseconds / 1_000).toFixed(1)} MB/s each way, most queued ${sent.mostQueued}, ${sent.refusals} refusals, beats' round trip median ${median(roundTrips).toFixed(1)} ms of ${roundTrips.length}`,
    });
  }
  await pages[0].evaluate(() => window.transportPage?.close());
  expect((await report(pages[1], 'closed')).reason.kind).toBe('remote');
  expect(
    await Promise.all(pages.map((page) => page.evaluate(() => window.transportPage?.refused()))),
  ).toEqual([[], []]);
});

test('one with another secret is not even heard, and both sides know', async ({ browser }) => {
  const invitation = createInvitation();
  const wrong = formatInvitation({ ...createInvitation(), session: invitation.session });
  const pages = await two(browser, [formatInvitation(invitation), wrong]);
  for (const page of pages) {
    await expect
      .poll(() => page.evaluate(() => window.transportPage?.refused()))
      .toContain('not-ours');
  }
});

test('one who got through signalling without the secret is turned away', async ({ browser }) => {
  const invitation = createInvitation();
  const link = formatInvitation(invitation);
  const wrong = formatInvitation({ ...createInvitation(), session: invitation.session });
  const pages = await two(browser, [link, link, wrong]);
  for (const page of pages) {
    expect(await outcome(page)).toMatchObject({ kind: 'turned-away', pairing: 'wrong-secret' });
    expect((await report(page, 'closed')).reason.kind).toBe('remote');
  }
});
