/** Our machine in Chromium: the page as users get it, with the engine that it chooses. */
import type { Browser, Page } from '@playwright/test';
import { launchChromium } from '../chromium.ts';
import { waitForPrompt } from '../page.ts';
import { type ServedPage, servePage } from '../serving.ts';
import { answers, type Guest, orEnd } from './guest.ts';
import { Shell } from './shell.ts';

declare global {
  interface Window {
    /** Takes what the guest's shell writes, for the bench. */
    benchHear?: (text: string) => Promise<void>;
  }
}

/** As a person types, for a shell that edits lines: it does not take the end of a pasted line for Enter. */
const type = (page: Page, text: string): Promise<void> => page.keyboard.type(text);

/** As a person pastes. */
const paste = (page: Page, text: string): Promise<void> =>
  page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.querySelector('.xterm-helper-textarea')?.dispatchEvent(event);
  }, text);

async function listen(page: Page, shell: Shell): Promise<void> {
  await page.exposeFunction('benchHear', (text: string) => {
    shell.receive(text);
  });
  await page.evaluate(() => {
    const decoder = new TextDecoder();
    window.tandem?.onOutput((bytes) => {
      void window.benchHear?.(decoder.decode(bytes, { stream: true }));
    });
  });
}

/** The terminal's shell, and how it is given text; one piece comes after the other. */
class Terminal {
  readonly shell: Shell;
  put: (page: Page, text: string) => Promise<void> = type;
  #done = Promise.resolve();

  constructor(page: Page) {
    this.shell = new Shell((text) => {
      this.#done = this.#done.then(() => this.put(page, text));
      this.#done.catch((error: unknown) => {
        this.shell.close(`the page takes no input (${String(error)})`);
      });
    });
    page.once('crash', () => {
      this.shell.close('the page has crashed');
    });
  }
}

async function openPage(
  browser: Browser,
  { url }: ServedPage,
  cold: boolean,
): Promise<Omit<Guest, 'end'>> {
  const page = await browser.newPage();
  const terminal = new Terminal(page);
  const { shell } = terminal;
  const start = performance.now();
  await page.goto(cold ? `${url}?cold` : url);
  await waitForPrompt(page);
  const startSeconds = (performance.now() - start) / 1000;
  await listen(page, shell);
  // Then comes a shell that reads whole lines, repeats none of them, and prompts for none.
  await answers(shell, '; stty -echo; PS1= PS2= exec bash --norc --noprofile --noediting');
  // Until the terminal has come as far as this it takes the shell for one that wants pastes marked.
  await page.waitForFunction(() => window.tandem?.scrollback().includes('shell-ready'));
  terminal.put = paste;
  await answers(shell);
  return { shell, startSeconds };
}

/** Opens the page in a browser of its own, resumed from its snapshot or booted. */
export async function startPage(cold: boolean): Promise<Guest> {
  const served = await servePage();
  let browser: Browser | undefined;
  const end = async (): Promise<void> => {
    await browser?.close();
    served.stop();
  };
  return orEnd(end, async () => {
    browser = await launchChromium();
    const guest = await openPage(browser, served, cold);
    return { ...guest, end };
  });
}
