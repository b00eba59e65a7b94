/** What comes to a page's terminal, and when: noted in the page itself, by its own clock. */
import type { Page } from '@playwright/test';

/** Output that came to a page at one time. */
export interface Arrival {
  /** Milliseconds of the page's clock. */
  readonly at: number;
  readonly text: string;
}

interface Notes {
  readonly arrivals: Arrival[];
  lines: number;
}

declare global {
  interface Window {
    /** Notes of {@link TerminalWatch}. */
    benchNotes?: Notes;
  }
}

const WAIT_MS = 60_000;

export class TerminalWatch {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** Notes from now on; there is one watch in a page. */
  static async begin(page: Page): Promise<TerminalWatch> {
    await page.evaluate(() => {
      const notes: Notes = { arrivals: [], lines: 0 };
      const decoder = new TextDecoder();
      window.tandem?.onOutput((bytes) => {
        const text = decoder.decode(bytes, { stream: true });
        notes.arrivals.push({ at: performance.now(), text });
        notes.lines += text.split('\n').length - 1;
      });
      window.benchNotes = notes;
    });
    return new TerminalWatch(page);
  }

  /** The page's clock, in milliseconds. */
  now(): Promise<number> {
    return this.#page.evaluate(() => performance.now());
  }

  /** Waits for `count` lines more than there are now. */
  async moreLines(count: number): Promise<void> {
    const lines = await this.#page.evaluate(() => window.benchNotes?.lines ?? 0);
    await this.#page.waitForFunction(
      (wanted) => (window.benchNotes?.lines ?? 0) >= wanted,
      lines + count,
      { timeout: WAIT_MS },
    );
  }

  /** Everything so far. */
  arrivals(): Promise<readonly Arrival[]> {
    return this.#page.evaluate(() => window.benchNotes?.arrivals ?? []);
  }

  /**
   * Presses a key that is echoed; milliseconds from the `keydown` event to the next output. The page itself waits: to
   * be asked again and again would cost it the time that is measured.
   */
  async echoOf(key: string): Promise<number> {
    const echo = await this.#page.evaluateHandle((timeout) => {
      const done = new Promise<number>((resolve, reject) => {
        let pressed: number | undefined;
        const onKey = ({ timeStamp }: KeyboardEvent): void => {
          pressed ??= timeStamp;
        };
        addEventListener('keydown', onKey, { capture: true });
        const end = window.tandem?.onOutput(() => {
          if (pressed === undefined) return;
          resolve(performance.now() - pressed);
          removeEventListener('keydown', onKey, { capture: true });
          end?.();
        });
        setTimeout(() => {
          reject(new Error(`no echo in ${String(timeout)} ms`));
        }, timeout);
      });
      return { done };
    }, WAIT_MS);
    await this.#page.keyboard.press(key);
    return echo.evaluate(({ done }) => done);
  }
}

/** The longest time without output that ended after the moment `from`, in milliseconds. */
export function longestSilence(arrivals: readonly Arrival[], from: number): number {
  const gaps = arrivals.flatMap(({ at }, i) => {
    const before = arrivals[i - 1];
    return before === undefined || at <= from ? [] : [at - before.at];
  });
  if (gaps.length === 0) throw new RangeError('nothing came');
  return Math.max(...gaps);
}

/** What a talker prints: `line 1`, `line 2`, … */
const LINE = /^line (\d+)$/;

export interface Flaws {
  /** Lines that are missing between the first and the last. */
  readonly lost: number;
  /** Lines that had come before. */
  readonly repeated: number;
}

/**
 * What is wrong with a talker's lines. The first line is left out, for its beginning may have come before, and so
 * is the last, which may be unfinished.
 * @throws RangeError when no line came
 */
export function flawsOf(arrivals: readonly Arrival[]): Flaws {
  const text = arrivals.map((arrival) => arrival.text).join('');
  const lines = text.split('\n').slice(1, -1);
  const numbers = lines.flatMap((line) => LINE.exec(line.trimEnd())?.[1] ?? []).map(Number);
  const seen = new Set(numbers);
  if (seen.size === 0) throw new RangeError('no line came');
  const span = Math.max(...seen) - Math.min(...seen) + 1;
  return { lost: span - seen.size, repeated: numbers.length - seen.size };
}
