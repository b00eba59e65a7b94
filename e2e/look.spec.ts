import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' | ')}`);
}

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('the page and its dialogs have no accessibility findings', async ({ machine, page }) => {
      await machine.openShell();
      await machine.run('ls --color=always / /etc');
      expect(await findings(page)).toEqual([]);
      await page.screenshot({ path: test.info().outputPath(`machine-${colorScheme}.png`) });
      await page.getByRole('button', { name: 'Keys and access' }).click();
      expect(await findings(page)).toEqual([]);
      await machine.press('Escape');
      await page.getByRole('button', { name: 'Restart…' }).click();
      expect(await findings(page)).toEqual([]);
      await machine.press('Escape');
      await page.getByRole('tab', { name: 'Kernel log' }).click();
      expect(await findings(page)).toEqual([]);
      await page.getByRole('tab', { name: 'Terminal' }).click();
      await page.getByRole('button', { name: 'Crash this tab' }).click();
      expect(await findings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Keep it running' }).click();
      await page.getByRole('button', { name: 'Dashboard' }).click();
      await expect(page.locator('.chart canvas')).toHaveCount(7);
      expect(await findings(page)).toEqual([]);
      await page.screenshot({ path: test.info().outputPath(`dashboard-${colorScheme}.png`) });
    });
  });
}

test('a chosen theme holds against the system, and over a reload', async ({ machine, page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await machine.openShell();
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  await page.getByRole('radio', { name: 'Light colours' }).click();
  await expect.poll(ground).not.toBe(dark);
  const light = await ground();
  await page.reload();
  await expect.poll(ground).toBe(light);
  await machine.shell();
});

test('an open dashboard stays open over a reload', async ({ machine, page }) => {
  await machine.openShell();
  const dashboard = page.getByRole('button', { name: 'Dashboard' });
  await expect(dashboard).toHaveAttribute('aria-expanded', 'false');
  await dashboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Export as JSON' })).toBeVisible();
  await page.reload();
  await machine.shell();
  await expect(dashboard).toHaveAttribute('aria-expanded', 'true');
});

test('the keyboard leaves the terminal and comes back', async ({ machine, page }) => {
  await machine.openShell();
  const input = page.getByRole('textbox', { name: 'Terminal input' });
  await expect(input).toBeFocused();
  await machine.press('Control+Shift+F6');
  await expect(page.getByRole('complementary', { name: 'About this machine' })).toBeFocused();
  await machine.press('Control+Shift+F6');
  await expect(input).toBeFocused();
});

test('screen reader support mirrors the terminal as text', async ({ machine, page }) => {
  await machine.openShell();
  await page.getByRole('button', { name: 'Keys and access' }).click();
  await page.getByRole('switch', { name: /Screen reader support/ }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('textbox', { name: 'Terminal input' }).focus();
  await machine.run('echo readable');
  await expect(page.locator('.xterm-accessibility')).toContainText('readable');
});

test('nothing moves while the figures change', async ({ machine, page }) => {
  await machine.openShell();
  await expect(page.getByText('Instructions a second')).toBeVisible();
  await machine.type('while true; do :; done\n');
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let total = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            total += (entry as PerformanceEntry & { readonly value: number }).value;
          }
        });
        observer.observe({ type: 'layout-shift' });
        setTimeout(() => {
          observer.disconnect();
          resolve(total);
        }, 4000);
      }),
  );
  expect(shift).toBe(0);
  await machine.press('Control+C');
  await machine.prompt();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('the page fits, and its keys type what the keyboard lacks', async ({ machine, page }) => {
    await machine.openShell();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await findings(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath('machine-phone.png'), fullPage: true });
    await page.getByRole('region', { name: 'Terminal' }).tap();
    await machine.type("sh -c 'echo asleep; exec sleep 1000'\n");
    await machine.sees(/^asleep$/m);
    const keys = page.getByRole('toolbar', { name: 'Keys for the terminal' });
    await keys.getByRole('button', { name: 'Ctrl', exact: true }).tap();
    await machine.type('c');
    await machine.sees(/\^C/);
    await machine.prompt();
    await machine.type('cat /etc/os-rel');
    await keys.getByRole('button', { name: 'Tab' }).tap();
    await machine.sees(/os-release/);
  });
});
