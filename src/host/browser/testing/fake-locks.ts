/** Web Locks of one browser: exclusive ones only. For tests only. */
interface Request {
  readonly name: string;
  readonly run: () => void;
}

type Callback = () => unknown;

export class FakeLocks {
  /** The names of those that are held, with what releases them by force. */
  readonly #held = new Map<string, () => void>();
  #waiting: Request[] = [];

  query(): Promise<{ held: { name: string }[] }> {
    return Promise.resolve({ held: [...this.#held.keys()].map((name) => ({ name })) });
  }

  request(name: string, ...rest: readonly unknown[]): Promise<unknown> {
    const callback = rest.at(-1) as Callback;
    const { signal } = rest.length > 1 ? (rest[0] as { signal?: AbortSignal }) : {};
    return new Promise((resolve, reject) => {
      const request: Request = {
        name,
        run: () => {
          const isOver = new Promise<void>((released) => {
            this.#held.set(name, released);
          });
          const result = Promise.resolve(callback());
          void Promise.race([result, isOver]).then(() => {
            this.#release(name);
          });
          result.then(resolve, reject);
        },
      };
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== request);
        reject(new DOMException('given up', 'AbortError'));
      });
      this.#waiting.push(request);
      this.#grant();
    });
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whoever holds this lock has died. */
  kill(name: string): void {
    this.#held.get(name)?.();
  }

  #release(name: string): void {
    this.#held.delete(name);
    this.#grant();
  }

  #grant(): void {
    for (const request of [...this.#waiting]) {
      if (this.#held.has(request.name)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== request);
      request.run();
    }
  }
}
