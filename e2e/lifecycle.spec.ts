import { expect, test } from './support/fixtures.ts';

const COLD_BOOT_TIMEOUT_MS = 300_000;

test('the panel says what runs here and that nobody protects it', async ({ machine, page }) => {
  await machine.openShell();
  const panel = page.getByRole('complementary', { name: 'About this machine' });
  await expect(panel.getByRole('heading', { name: 'Unprotected', exact: true })).toBeVisible();
  await expect(panel).toContainText('only in this tab');
  await expect(panel).toContainText(/Debian 13 \(trixie\)/);
  await expect(panel).toContainText(/Linux 6\.\d+/);
  await expect(panel).toContainText(/Memory\d+\s(MB|GB)/);
  await expect(panel).toContainText(/Idle\d+\s%/);
  await expect(page).toHaveTitle('Unprotected · Tandem');
  const uptime = Number((await machine.run('cut -d. -f1 /proc/uptime')).output);
  expect(uptime).toBeGreaterThan(0);
});

test('poweroff is told, and a fresh machine is one key away', async ({ machine, page }) => {
  await machine.openShell();
  await machine.run('touch /root/left-behind');
  await machine.type('poweroff -f\n');
  const banner = page.getByRole('group', { name: 'The machine stopped' });
  await expect(banner).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Off', exact: true })).toBeVisible();
  await expect(banner.getByRole('button', { name: 'Start it again' })).toBeFocused();
  await machine.press('Enter');
  await expect(banner).toBeHidden();
  await machine.shell();
  expect((await machine.run('ls /root')).output).not.toContain('left-behind');
});

test('a panic is told with its own words, and the log is at hand', async ({ machine, page }) => {
  await machine.openShell();
  await machine.type('echo c > /proc/sysrq-trigger\n');
  const banner = page.getByRole('group', { name: 'The machine stopped' });
  await expect(banner).toContainText(/panicked.*sysrq triggered crash/);
  await expect(page.getByRole('heading', { name: 'Stopped', exact: true })).toBeVisible();
  await banner.getByRole('button', { name: 'Kernel log' }).click();
  await expect(page.getByLabel('Kernel log', { exact: true })).toContainText('Kernel panic');
  await page.getByRole('tab', { name: 'Terminal' }).click();
  await banner.getByRole('button', { name: 'Start it again' }).click();
  await machine.shell();
});

test('a restart is asked for first, then done', async ({ machine, page }) => {
  await machine.openShell();
  await machine.run('touch /root/left-behind');
  await page.getByRole('button', { name: 'Restart…' }).click();
  await page.getByRole('button', { name: 'Keep it running' }).click();
  expect((await machine.run('ls /root')).output).toContain('left-behind');
  await page.getByRole('button', { name: 'Restart…' }).click();
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  await machine.shell();
  expect((await machine.run('ls /root')).output).not.toContain('left-behind');
});

test('a cold boot shows the firmware and ends at the shell', async ({ machine, page }) => {
  // Half a minute on an idle core, minutes on one that is shared.
  test.setTimeout(2 * COLD_BOOT_TIMEOUT_MS);
  await machine.open('?cold');
  await expect(page.getByRole('heading', { name: 'Booting', exact: true })).toBeVisible();
  await expect(page.getByRole('progressbar', { name: 'Debian is booting' })).toBeVisible();
  await machine.saw(/OpenSBI v/);
  await machine.shell(COLD_BOOT_TIMEOUT_MS);
  expect((await machine.scrollback()).join('\n')).toContain('OpenSBI v');
  await page.getByRole('tab', { name: 'Kernel log' }).click();
  await expect(page.getByLabel('Kernel log', { exact: true })).toContainText('OpenSBI v');
});

test('a start is shown in bytes and announced', async ({ machine, page, tampering }) => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  tampering.at(/\/snapshot\.bin$/, async (truth) => {
    await held;
    return truth();
  });
  await machine.open('', tampering.url);
  await expect(page.getByRole('heading', { name: 'Starting', exact: true })).toBeVisible();
  await expect(page.getByRole('status')).toContainText(/Looking up|Fetching/);
  release?.();
  await machine.shell();
  await expect(page.getByRole('status')).toContainText('The machine runs, unprotected.');
});
