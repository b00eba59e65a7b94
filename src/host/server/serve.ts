import { join } from 'node:path';
import { listen } from './server.ts';

/** How many ports are tried before giving up. */
const PORT_ATTEMPTS = 20;

export interface ServeOptions {
  /** The project's folder. */
  readonly root: string;
  readonly host: string;
  readonly port: number;
  /** Fail when the port is taken, instead of trying the next ones. */
  readonly strictPort: boolean;
}

/**
 * Serves the built page and the prepared guests of the project; the program behind `npm start`.
 * @returns the page's address.
 * @throws Error when no port could be had.
 */
export async function serve({ root, host, port, strictPort }: ServeOptions): Promise<string> {
  const running = await listen({
    page: join(root, 'dist'),
    guests: join(root, '.cache', 'guest'),
    host,
    port,
    attempts: strictPort ? 1 : PORT_ATTEMPTS,
  });
  // Browsers take `localhost` for a secure place whatever the address behind it.
  const name = host === '127.0.0.1' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${running.port}/`;
}
