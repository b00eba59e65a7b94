/** The page as users get it: built, and served with its guest. */
import { spawn } from 'node:child_process';

/**
 * Serves the page on any free port for as long as `use` takes; it is built first if it has to be.
 * @param use gets the page's address, with a slash at its end
 */
export async function withServedPage(use: (url: string) => Promise<void>): Promise<void> {
  const server = spawn(process.execPath, ['scripts/serve.mjs', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let said = '';
    for await (const text of server.stdout.setEncoding('utf8')) {
      said += String(text);
      const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
      if (url === undefined) continue;
      await use(`${url}/`);
      return;
    }
    throw new Error('the page is not served');
  } finally {
    server.kill();
  }
}
