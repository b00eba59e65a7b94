/**
 * A server in front of the one under test that answers some requests otherwise. Playwright could do that in the browser,
 * but not reliably for workers of workers: on a busy computer those fetch before anybody listens to them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What to say in place of the true answer, which can be asked for. */
export type Tamper = (truth: () => Promise<Answer>) => Answer | Promise<Answer>;

/** Of a body that is not sent as it came over the network. */
const HOP_HEADERS = ['content-encoding', 'content-length', 'transfer-encoding', 'connection'];
const FORWARDED = ['accept', 'range', 'if-range', 'if-none-match'];

/** A body in place of a file that is there. */
export const instead = (body: string): Tamper => {
  return () => ({ status: 200, headers: {}, body: Buffer.from(body) });
};

/** The file with some of its bytes changed. */
export const spoiled = (how: (body: Buffer) => void): Tamper => {
  return async (truth) => {
    const answer = await truth();
    how(answer.body);
    return answer;
  };
};

export class TamperingServer {
  readonly #server: Server;
  readonly #origin: string;
  readonly #tampers: { readonly path: RegExp; readonly tamper: Tamper }[] = [];

  private constructor(origin: string) {
    this.#origin = origin;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // Whoever asked may have gone meanwhile, which is nobody's fault.
        if (!response.headersSent) response.writeHead(502);
        response.end(String(error));
      });
    });
  }

  /** @param origin of the server under test, as in `http://localhost:80` */
  static async start(origin: string): Promise<TamperingServer> {
    const started = new TamperingServer(origin);
    await new Promise<void>((resolve) => {
      started.#server.listen(0, 'localhost', resolve);
    });
    return started;
  }

  get url(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Requests for such a path are answered by `tamper` from now on. */
  at(path: RegExp, tamper: Tamper): void {
    this.#tampers.push({ path, tamper });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const truth = (): Promise<Answer> => this.#ask(path, request);
    const tamper = this.#tampers.find((rule) => rule.path.test(path))?.tamper;
    const { status, headers, body } = await (tamper === undefined ? truth() : tamper(truth));
    // Of an answer without a body the length is as it was told.
    const length = request.method === 'HEAD' ? {} : { 'content-length': body.length };
    response.writeHead(status, { ...headers, ...length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #ask(path: string, { method = 'GET', headers }: IncomingMessage): Promise<Answer> {
    const asked = FORWARDED.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    asked.push(['accept-encoding', 'identity']);
    const response = await fetch(this.#origin + path, {
      method,
      headers: Object.fromEntries(asked),
    });
    const dropped = method === 'HEAD' ? [] : HOP_HEADERS;
    const kept = [...response.headers].filter(([name]) => !dropped.includes(name));
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: Object.fromEntries(kept), body };
  }
}
