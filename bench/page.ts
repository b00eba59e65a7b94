/** A machine in a page, used as a person would. */
import type { Page } from '@playwright/test';

/** Waits until the page's last line that is not empty ends in a prompt. */
export const waitForPrompt = async (page: Page): Promise<void> => {
  await page.waitForFunction(
    () => {
      const line = window.tandem?.screen().findLast((text) => text !== '') ?? '';
      return window.tandem?.state().kind === 'running' && /[#$] ?$/.test(line);
    },
    undefined,
    { timeout: 180_000, polling: 20 },
  );
};

export const counters = (
  page: Page,
): Promise<{ instructions: number; busyMs: number; idleMs: number }> =>
  page.evaluate(() => {
    const read = window.tandem?.counters();
    return {
      instructions: Number(read?.instructions ?? 0n),
      busyMs: read?.busyMs ?? 0,
      idleMs: read?.idleMs ?? 0,
    };
  });

/** Opens the page; milliseconds until the shell is there. */
export const openShell = async (page: Page, url: string): Promise<number> => {
  const start = performance.now();
  await page.goto(url);
  await waitForPrompt(page);
  return performance.now() - start;
};

/** Types a command and waits for its answer; million instructions a second of it. */
export const runInPage = async (page: Page, command: string, answer: string): Promise<number> => {
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
