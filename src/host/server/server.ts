import { createServer, type Server } from 'node:http';
import sirv from 'sirv';
import { guestFiles, sendText } from './guest-files.ts';
import { isolationHeaders } from './headers.ts';

/** What to serve, and where. */
export interface ServerOptions {
  /** Folder of the built page (`dist`). */
  readonly page: string;
  /** Folder that holds one folder per prepared guest (`.cache/guest`). */
  readonly guests: string;
  /** Address to listen on; browsers give shared memory to `localhost` and to HTTPS only. */
  readonly host: string;
  /** First port to try; 0 takes any free one. */
  readonly port: number;
  /** How many ports to try, counting up from `port`, when one is taken. */
  readonly attempts: number;
}

export interface RunningServer {
  readonly server: Server;
  readonly port: number;
}

/** The files that Vite names by their content never change. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Makes the server of the page and of the guests, with cross-origin isolation; does not listen. */
export function createPageServer({ page, guests }: Pick<ServerOptions, 'page' | 'guests'>): Server {
  const serveGuest = guestFiles(guests);
  // `dev` looks at the folder at each request, so that a new build needs no restart.
  const servePage = sirv(page, {
    dev: true,
    etag: true,
    setHeaders: (response, path) => {
      if (path.startsWith('/assets/')) response.setHeader('Cache-Control', IMMUTABLE);
    },
  });
  return createServer((request, response) => {
    serveGuest(request, response, () => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        sendText(response, 405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
        return;
      }
      for (const [name, value] of Object.entries(isolationHeaders)) response.setHeader(name, value);
      // The page's files are small: always whole (sirv answers some ranges wrongly).
      delete request.headers.range;
      servePage(request, response, () => {
        sendText(response, 404, 'There is no such page.');
      });
    });
  });
}

/**
 * Listens on the first free port of those allowed.
 * @throws Error (from node:net) when none is free or the address cannot be used.
 */
export async function listen(options: ServerOptions): Promise<RunningServer> {
  const server = createPageServer(options);
  for (let attempt = 1; ; attempt++) {
    const port = options.port === 0 ? 0 : options.port + attempt - 1;
    try {
      await listenOn(server, port, options.host);
      break;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || attempt >= options.attempts) throw error;
    }
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  return { server, port: address.port };
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
