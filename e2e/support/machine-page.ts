import { expect, type Page } from '@playwright/test';
import type { TandemHook } from '../../src/ui/hook.ts';

declare global {
  interface Window {
    tandem?: TandemHook;
  }
}

/** A shell prompt at the end of a line, of root or of anyone else. */
const PROMPT = /[#$] ?$/;
/** From the snapshot; a page under test shares its cores with others. */
const RESUME_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 60_000;

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly output: string;
  readonly status: number;
}

/** The page with its machine, as a person at the keyboard meets it. Text is read through `window.tandem`. */
export class MachinePage {
  readonly page: Page;
  #commands = 0;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page; `query` as in `?cold`, `origin` unless it is the server under test. */
  async open(query = '', origin = ''): Promise<void> {
    await this.page.goto(`${origin}/${query}`);
  }

  /** Opens the page and waits for the shell's prompt. */
  async openShell(query = ''): Promise<void> {
    await this.open(query);
    await this.shell();
  }

  /** Waits until the machine runs and its shell waits for a command. */
  async shell(timeout = RESUME_TIMEOUT_MS): Promise<void> {
    await expect.poll(() => this.stateKind(), { timeout }).toBe('running');
    await this.prompt(timeout);
  }

  /** Waits for a prompt on the last line that is not empty. */
  async prompt(timeout = COMMAND_TIMEOUT_MS): Promise<void> {
    await expect
      .poll(async () => (await this.screen()).filter((line) => line !== '').at(-1) ?? '', {
        timeout,
      })
      .toMatch(PROMPT);
  }

  async stateKind(): Promise<string | undefined> {
    return this.page.evaluate(() => window.tandem?.state().kind);
  }

  /** Visible lines of the terminal. */
  async screen(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.tandem?.screen() ?? []);
  }

  /** Lines of the terminal with its scrollback. */
  async scrollback(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.tandem?.scrollback() ?? []);
  }

  async size(): Promise<{ readonly columns: number; readonly rows: number }> {
    return this.page.evaluate(() => window.tandem?.size() ?? { columns: 0, rows: 0 });
  }

  /** Waits until a visible line matches. */
  async sees(pattern: RegExp, timeout = COMMAND_TIMEOUT_MS): Promise<void> {
    await expect.poll(async () => (await this.screen()).join('\n'), { timeout }).toMatch(pattern);
  }

  /** Waits until a line matches, be it scrolled away already. */
  async saw(pattern: RegExp, timeout = COMMAND_TIMEOUT_MS): Promise<void> {
    await expect
      .poll(async () => (await this.scrollback()).join('\n'), { timeout })
      .toMatch(pattern);
  }

  /** Types as a person does; wherever the focus is. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /**
   * Types a command, waits for its end and gives what it printed. The end is a line that the
   * shell puts together, so that the echo of what was typed cannot be taken for it.
   */
  async run(command: string, timeout = COMMAND_TIMEOUT_MS): Promise<CommandResult> {
    this.#commands += 1;
    const id = this.#commands;
    await this.type(`${command}; printf '\\nend-%s=%s\\n' ${id} $?\n`);
    const end = new RegExp(`^end-${id}=(\\d+)$`, 'm');
    await this.saw(end, timeout);
    const lines = await this.scrollback();
    const first = lines.findLastIndex((line) => line.includes(`' ${id} $?`));
    const last = lines.findLastIndex((line) => end.test(line));
    const status = Number(end.exec(lines[last] ?? '')?.[1]);
    await this.prompt(timeout);
    return {
      output: lines
        .slice(first + 1, last)
        .join('\n')
        .trim(),
      status,
    };
  }
}
