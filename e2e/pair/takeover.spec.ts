/** The promise of the whole: a tab dies, and the machine carries on in the other one. */
import { expect, test } from '../support/fixtures.ts';
import {
  COUNTER,
  countedLines,
  flaws,
  PairLab,
  pairOf,
  type Death,
  type Tab,
} from '../support/pair-lab.ts';

const ROW = 20;
const LINES_BETWEEN = 10;

async function startCounting(lab: PairLab, tab: Tab): Promise<void> {
  await tab.page.keyboard.type(`${COUNTER}\n`);
  await lab.counted(tab, LINES_BETWEEN);
}

const deaths: readonly Death[] = ['killed', 'closed', 'navigated away', 'hung', 'crashed'];
for (const death of deaths) {
  test(`a primary that is ${death}: the counter goes on without a gap or a repeat`, async ({
    context,
  }) => {
    const lab = new PairLab(context);
    const primary = await lab.openMachine();
    const standby = await lab.protect(primary);
    await startCounting(lab, primary);
    await lab.lose(primary, death);
    const { failover } = await lab.tookOver(standby, 1);
    await lab.counted(standby, LINES_BETWEEN);
    const lines = await countedLines(standby.page);
    expect(flaws(lines)).toEqual([]);
    expect(lines[0]).toBe(1);
    expect(failover.why).toMatch(/lock-released|bye|channel-closed|silent/);
    expect((await pairOf(standby.page))?.status?.word).toBe('unprotected');
    // A hung renderer would keep the test waiting for its page to close.
    if (death === 'hung') process.kill(primary.pid, 'SIGKILL');
  });
}

test('a primary that is stopped comes back as the standby', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await startCounting(lab, primary);
  await lab.lose(primary, 'stopped');
  const { failover } = await lab.tookOver(standby, 1);
  expect(failover.why).toBe('silent');
  await lab.counted(standby, LINES_BETWEEN);
  process.kill(primary.pid, 'SIGCONT');
  await lab.protected(standby, primary);
  await lab.counted(primary, LINES_BETWEEN);
  // What it had not released when it was stopped was never seen, here or there.
  for (const tab of [primary, standby]) expect(flaws(await countedLines(tab.page))).toEqual([]);
  const [role] = [(await pairOf(primary.page))?.status?.role];
  expect(role).toBe('standby');
  // And it can take over again.
  await lab.lose(standby, 'killed');
  await lab.tookOver(primary, failover.term);
  await lab.counted(primary, LINES_BETWEEN);
  expect(flaws(await countedLines(primary.page))).toEqual([]);
});

test(`${ROW} failovers in a row, each protected again`, async ({ context }) => {
  test.setTimeout(300_000);
  const lab = new PairLab(context);
  let primary = await lab.openMachine();
  let standby = await lab.protect(primary);
  await startCounting(lab, primary);
  let term = 1;
  for (let n = 1; n <= ROW; n++) {
    await lab.lose(primary, 'killed');
    term = (await lab.tookOver(standby, term)).failover.term;
    await lab.counted(standby, LINES_BETWEEN);
    expect(flaws(await countedLines(standby.page))).toEqual([]);
    await primary.page.close();
    const next = await lab.protect(standby);
    [primary, standby] = [standby, next];
  }
  // Whoever comes later is told of all that were before.
  expect((await pairOf(standby.page))?.takeovers).toHaveLength(ROW);
});
