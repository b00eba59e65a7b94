/** Tabs of one machine, and ways for them to die. */
import type { BrowserContext, Page } from '@playwright/test';
import type { PairState, TakeoverRecord } from '../../src/host/browser/pair-types.ts';
import type { TandemHook } from '../../src/ui/hook.ts';
import { TabProcesses } from './processes.ts';

declare global {
  interface Window {
    tandem?: TandemHook;
  }
}

/** One tab with its process. */
export interface Tab {
  readonly page: Page;
  readonly pid: number;
}

/** How a primary is lost. */
export type Death = 'killed' | 'closed' | 'navigated away' | 'stopped' | 'hung' | 'crashed';

/** Prints a numbered line for ever. Without a process a line: the shell's own clock is `read`. */
export const COUNTER = 'i=0; while :; do i=$((i+1)); echo line $i; read -t 0.02 x <> <(:); done';
const LINE = /^line (\d+)$/;

const WAIT_MS = 60_000;

const wordOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => window.tandem?.pair().status?.word);
const roleOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => window.tandem?.pair().status?.role);

export const pairOf = (page: Page): Promise<PairState | undefined> =>
  page.evaluate(() => window.tandem?.pair());

/** Numbers of the counter's lines that a terminal shows, scrolled away or not. */
export async function countedLines(page: Page): Promise<number[]> {
  const lines = await page.evaluate(() => window.tandem?.scrollback() ?? []);
  return lines.flatMap((line) => {
    const found = LINE.exec(line);
    return found === null ? [] : [Number(found[1])];
  });
}

/** Numbers that are missing, or come twice, between the first and the last. */
export const flaws = (numbers: readonly number[]): string[] =>
  numbers.flatMap((number, i) => {
    const before = numbers[i - 1];
    return before === undefined || number === before + 1 ? [] : [`${before}, then ${number}`];
  });

export class PairLab {
  readonly #context: BrowserContext;
  readonly #processes: TabProcesses;

  constructor(context: BrowserContext) {
    this.#context = context;
    const browser = context.browser();
    if (browser === null) throw new Error('the context has no browser');
    this.#processes = new TabProcesses(browser);
  }

  /** Opens a machine and waits for its shell. */
  async openMachine(address = '/'): Promise<Tab> {
    const tab = await this.openTab(address);
    await tab.page.waitForFunction(
      () => {
        const last = window.tandem?.screen().findLast((line) => line !== '');
        return window.tandem?.state().kind === 'running' && /# ?$/.test(last ?? '');
      },
      undefined,
      { timeout: WAIT_MS },
    );
    return tab;
  }

  /** Opens a tab that has workers, in a process of its own. */
  async openTab(address: string): Promise<Tab> {
    await this.#processes.takeNew();
    const page = await this.#context.newPage();
    await page.goto(address);
    await page.waitForFunction(() => window.tandem !== undefined);
    for (;;) {
      const [pid, ...more] = await this.#processes.takeNew();
      if (pid === undefined) {
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
        continue;
      }
      if (more.length > 0) throw new Error('a tab with several processes');
      return { page, pid };
    }
  }

  /** Opens a standby of a tab's machine, and waits until both say that it is protected. */
  async protect(primary: Tab): Promise<Tab> {
    const address = await primary.page.evaluate(() => window.tandem?.invitation('standby'));
    if (address === undefined) throw new Error('nobody can be invited');
    const standby = await this.openTab(address);
    await this.protected(primary, standby);
    return standby;
  }

  async protected(...tabs: readonly Tab[]): Promise<void> {
    for (const { page } of tabs) {
      await page.waitForFunction(
        () => window.tandem?.pair().status?.word === 'protected',
        undefined,
        { timeout: WAIT_MS },
      );
    }
  }

  /** Loses a tab. */
  async lose({ page, pid }: Tab, death: Death): Promise<void> {
    switch (death) {
      case 'killed':
        process.kill(pid, 'SIGKILL');
        break;
      case 'stopped':
        process.kill(pid, 'SIGSTOP');
        break;
      case 'closed':
        await page.close();
        break;
      case 'navigated away':
        await page.goto('about:blank');
        break;
      case 'crashed':
        await page.getByRole('button', { name: 'Crash this tab' }).click();
        break;
      case 'hung': {
        const replica = page.workers().find((worker) => worker.url().includes('replica'));
        if (replica === undefined) throw new Error('the tab has no worker');
        const hang = (): void => {
          for (;;);
        };
        // It never answers; at its end the tab is killed, which is no news.
        replica.evaluate(hang).catch(() => undefined);
        break;
      }
    }
  }

  /**
   * Waits until a tab has taken the machine over in a term after `before`, and gives that takeover. How many terms
   * later is nobody's promise: a primary that misses its standby for a moment wins one, too.
   */
  async tookOver({ page }: Tab, before: number): Promise<TakeoverRecord> {
    await page.waitForFunction(
      (least) =>
        window.tandem
          ?.pair()
          .takeovers.some(
            ({ failover }) => failover.term > least && failover.firstOutputAt !== undefined,
          ),
      before,
      { timeout: WAIT_MS },
    );
    const record = (await pairOf(page))?.takeovers.at(-1);
    if (record === undefined) throw new Error('the takeover is not told any more');
    return record;
  }

  /** Waits for `count` lines more than a terminal shows now. */
  async counted({ page }: Tab, count: number): Promise<void> {
    const last = (await countedLines(page)).at(-1) ?? 0;
    await page.waitForFunction(
      (wanted) =>
        window.tandem
          ?.scrollback()
          .some((line) => Number(/^line (\d+)$/.exec(line)?.[1]) >= wanted),
      last + count,
      { timeout: WAIT_MS },
    );
  }
}

export { roleOf, wordOf };
