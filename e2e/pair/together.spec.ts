/** Two tabs, one machine: what is typed and seen in either. */
import { expect, test } from '../support/fixtures.ts';
import { MachinePage } from '../support/machine-page.ts';
import { PairLab, pairOf, roleOf } from '../support/pair-lab.ts';

test('what is typed in either tab is run once and seen in both', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await primary.page.keyboard.type('echo from the "first"\n');
  for (const { page } of [primary, standby]) await new MachinePage(page).saw(/^from the first$/m);
  await standby.page.bringToFront();
  await standby.page.getByRole('textbox').first().focus();
  await standby.page.keyboard.type('echo from the "second"; tty\n');
  for (const { page } of [primary, standby]) await new MachinePage(page).saw(/^from the second$/m);
});

test('keys typed at the standby as the primary dies are neither lost nor doubled', async ({
  context,
}) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await standby.page.bringToFront();
  await standby.page.getByRole('textbox').first().focus();
  await standby.page.keyboard.type('cat > typed\n');
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(4);
  const typing = standby.page.keyboard.type(`${text}\n`, { delay: 2 });
  await standby.page.waitForFunction(() =>
    window.tandem?.scrollback().some((line) => line.includes('The quick brown')),
  );
  await lab.lose(primary, 'killed');
  await typing;
  await standby.page.keyboard.press('Control+d');
  const machine = new MachinePage(standby.page);
  await machine.prompt();
  expect((await machine.run('cat typed')).output).toBe(text.trim());
  expect(await roleOf(standby.page)).toBe('primary');
});

test('a third tab queues, and becomes the standby when one is needed', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  const address = await primary.page.evaluate(() => window.tandem?.invitation('standby'));
  const third = await lab.openTab(address ?? '');
  await expect.poll(async () => (await pairOf(third.page))?.status?.word).toBe('watching');
  await primary.page.keyboard.type('echo seen by "all"\n');
  await new MachinePage(third.page).saw(/^seen by all$/m);
  await lab.protected(primary);
  // On a busy computer the first may have been missed for a moment, and queues now itself.
  const isFirst = (await roleOf(standby.page)) === 'standby';
  const [heir, next] = isFirst ? [standby, third] : [third, standby];
  await lab.lose(primary, 'killed');
  await lab.protected(heir, next);
  expect(await roleOf(heir.page)).toBe('primary');
  expect(await roleOf(next.page)).toBe('standby');
});

test('a tab that only watches sees everything, and its keys count for nothing', async ({
  context,
}) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const address = await primary.page.evaluate(() => window.tandem?.invitation('watch'));
  const watcher = await lab.openTab(address ?? '');
  await expect.poll(() => roleOf(watcher.page)).toBe('watcher');
  await watcher.page.keyboard.type('touch /root/from-a-watcher\n');
  const machine = new MachinePage(primary.page);
  await primary.page.bringToFront();
  expect((await machine.run('ls /root')).output).not.toContain('from-a-watcher');
  await new MachinePage(watcher.page).saw(/ls \/root/);
  expect((await pairOf(primary.page))?.status?.word).toBe('unprotected');
});

test('a standby that goes is told of, and the guest is not stopped', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await lab.lose(standby, 'killed');
  await expect.poll(async () => (await pairOf(primary.page))?.status?.word).toBe('unprotected');
  const machine = new MachinePage(primary.page);
  expect((await machine.run('echo still $((40 + 2))')).output).toBe('still 42');
  await lab.protect(primary);
});

test('a handover moves the machine without losing a line', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await primary.page.keyboard.type('echo before\n');
  await primary.page.getByRole('button', { name: 'Hand over' }).click();
  await expect.poll(() => roleOf(standby.page)).toBe('primary');
  await lab.protected(standby, primary);
  expect((await pairOf(standby.page))?.takeovers.at(-1)?.failover.why).toBe('hand-over');
});

test('an invitation that was cut off says so', async ({ page }) => {
  await page.goto('/#join=AAAAAAAAAAAAAAAAAAAAAA.short');
  await expect(page.getByText('incomplete: copy the whole link')).toBeVisible();
});

test('a primary that is reloaded comes back as the standby', async ({ context }) => {
  const lab = new PairLab(context);
  const primary = await lab.openMachine();
  const standby = await lab.protect(primary);
  await primary.page.keyboard.type('echo kept > /root/kept\n');
  await primary.page.reload();
  await expect.poll(() => roleOf(standby.page)).toBe('primary');
  await lab.protected(standby, primary);
  expect(await roleOf(primary.page)).toBe('standby');
  await standby.page.bringToFront();
  await standby.page.getByRole('textbox').first().focus();
  expect((await new MachinePage(standby.page).run('cat /root/kept')).output).toBe('kept');
});
