import { parseArgs } from 'node:util';
import { buildNode } from './build.mjs';
import { Failure, root } from './project.mjs';

/**
 * @typedef {object} ServeArguments
 * @property {string} host
 * @property {number} port
 * @property {boolean} strictPort
 */

const USAGE = `options:
  --port N        first port to try (default 4173; the next free one is taken)
  --strict-port   fail when that port is taken
  --host ADDRESS  address to listen on (default 127.0.0.1; browsers run the machine on
                  localhost and over HTTPS only)`;

/**
 * @param {readonly string[]} args
 * @returns {ServeArguments}
 */
export function parseServeArguments(args) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4173' },
        host: { type: 'string', default: '127.0.0.1' },
        'strict-port': { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new Error(`--port ${values.port} is not a port`);
    }
    return { host: values.host, port, strictPort: values['strict-port'] };
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : error}\n${USAGE}`, {
      cause: error,
    });
  }
}

/**
 * Starts the server, which then keeps this process alive.
 * @param {ServeArguments} options
 * @returns {Promise<string>} The page's address.
 */
export async function startServer(options) {
  const folder = await buildNode();
  /** @type {typeof import('../../src/host/server/serve.ts')} */
  const { serve } = await import(`${folder}/serve.js`);
  try {
    return await serve({ root, ...options });
  } catch (error) {
    throw new Failure(`Cannot serve the page: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
