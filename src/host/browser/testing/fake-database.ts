/** As much of IndexedDB as the witness needs: one store, transactions that exclude each other. For tests only. */
class FakeRequest {
  result: unknown;
  error: DOMException | null = null;
  onsuccess: (() => void) | undefined;
  onerror: (() => void) | undefined;
  onupgradeneeded: (() => void) | undefined;

  succeed(result: unknown): void {
    this.result = result;
    this.onsuccess?.();
  }

  fail(error: DOMException): void {
    this.error = error;
    this.onerror?.();
  }
}

class FakeTransaction {
  oncomplete: (() => void) | undefined;
  onabort: (() => void) | undefined;
  error: DOMException | null = null;
  /** What is asked before it is this transaction's turn. */
  readonly #asked: (() => void)[] = [];
  readonly #values: Map<string, unknown>;
  readonly #written = new Map<string, unknown>();
  #active = false;
  #over: () => void = () => undefined;
  readonly #fails: boolean;

  constructor(values: Map<string, unknown>, fails: boolean) {
    this.#values = values;
    this.#fails = fails;
  }

  run(over: () => void): void {
    this.#active = true;
    this.#over = over;
    for (const ask of this.#asked.splice(0)) ask();
  }

  objectStore() {
    return {
      get: (key: string) => {
        const request = new FakeRequest();
        this.#ask(() => {
          request.succeed(this.#values.get(key));
        });
        return request;
      },
      put: (value: unknown, key: string) => {
        this.#written.set(key, structuredClone(value));
      },
    };
  }

  commit(): void {
    setImmediate(() => {
      if (this.#fails) {
        this.error = new DOMException('The disk is full.', 'QuotaExceededError');
        this.onabort?.();
      } else {
        for (const [key, value] of this.#written) this.#values.set(key, value);
        this.oncomplete?.();
      }
      this.#over();
    });
  }

  #ask(ask: () => void): void {
    if (this.#active) setImmediate(ask);
    else this.#asked.push(() => setImmediate(ask));
  }
}

export class FakeDatabase {
  readonly values = new Map<string, unknown>();
  opens = true;
  /** Transactions from now on come to nothing. */
  isFull = false;
  upgrades = 0;
  readonly #queue: FakeTransaction[] = [];
  #busy = false;

  /** What stands for `indexedDB`. */
  readonly factory = {
    open: (): FakeRequest => {
      const request = new FakeRequest();
      setImmediate(() => {
        if (!this.opens) {
          request.fail(new DOMException('Not in this window.', 'InvalidStateError'));
          return;
        }
        request.result = {
          createObjectStore: () => (this.upgrades += 1),
          transaction: () => this.#transaction(),
        };
        if (this.upgrades === 0) request.onupgradeneeded?.();
        request.onsuccess?.();
      });
      return request;
    },
  };

  #transaction(): FakeTransaction {
    const transaction = new FakeTransaction(this.values, this.isFull);
    this.#queue.push(transaction);
    this.#next();
    return transaction;
  }

  #next(): void {
    if (this.#busy) return;
    const transaction = this.#queue.shift();
    if (transaction === undefined) return;
    this.#busy = true;
    transaction.run(() => {
      this.#busy = false;
      this.#next();
    });
  }
}
