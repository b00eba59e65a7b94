/** The page as users get it: built, and served with its guest. */
import { spawn } from 'node:child_process';

export interface ServedPage {
  /** The page's address, with a slash at its end. */
  readonly url: string;
  stop(): void;
}

/** Serves the page on any free port; it is built first if it has to be. */
export async function servePage(): Promise<ServedPage> {
  const server = spawn(process.execPath, ['scripts/serve.mjs', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const text of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(text);
    const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
    if (url !== undefined) return { url: `${url}/`, stop: () => server.kill() };
  }
  throw new Error('the page is not served');
}

/**
 * Serves the page for as long as `use` takes.
 * @param use gets the page's address, with a slash at its end
 */
export async function withServedPage(use: (url: string) => Promise<void>): Promise<void> {
  const served = await servePage();
  try {
    await use(served.url);
  } finally {
    served.stop();
  }
}
