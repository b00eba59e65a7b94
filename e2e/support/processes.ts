/** The operating system's processes behind the browser's tabs: what a test kills and stops. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';

/** Threads of a process by their names; none when it is gone. */
function threadNames(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((task) =>
      readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8'),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

/** Renderers that run workers: those of tabs with a machine, not the browser's spare ones. */
async function renderersWithWorkers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => id)
    .filter((pid) => threadNames(pid).some((name) => name.startsWith('DedicatedWorker')));
}

/** Tells the processes of tabs apart by the order in which they were opened. */
export class TabProcesses {
  readonly #browser: Browser;
  readonly #known = new Set<number>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Renderers with workers that were not there at the last call. */
  async takeNew(): Promise<number[]> {
    const fresh = (await renderersWithWorkers(this.#browser)).filter(
      (pid) => !this.#known.has(pid),
    );
    for (const pid of fresh) this.#known.add(pid);
    return fresh;
  }
}
