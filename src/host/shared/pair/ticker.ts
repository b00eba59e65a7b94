/** A timer of a worker that is on time to the millisecond: setTimeout is not, once it is nested. */

interface AsyncWait {
  readonly async: boolean;
  readonly value: unknown;
}
type WaitAsync = (cells: Int32Array, index: number, value: number, ms: number) => AsyncWait;

/** Lets everything else that waits in the event loop happen first; without setTimeout's 4 ms. */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Calls back when the planned time has come. There is one plan at a time, and it can be moved forward. */
export class Ticker {
  readonly #now: () => number;
  readonly #due: () => void;
  readonly #cells = new Int32Array(new SharedArrayBuffer(4));
  readonly #waitAsync: WaitAsync | undefined;
  #at = Infinity;
  #stopped = false;

  /** @param now milliseconds of a clock that does not run backwards */
  constructor(now: () => number, due: () => void) {
    this.#now = now;
    this.#due = due;
    // Not in every browser, and not in TypeScript's ES2023 library.
    this.#waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync?.bind(Atomics);
  }

  /** Runs until {@link stop}; rejects with what the callback throws. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      const seen = Atomics.load(this.#cells, 0);
      const left = this.#at - this.#now();
      if (left > 0) {
        await this.#wait(seen, left);
        continue;
      }
      this.#at = Infinity;
      this.#due();
      // A plan that is due at once must not keep everybody else waiting.
      await yieldTurn();
    }
  }

  /** Calls back at `at` at the latest. */
  plan(at: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#cells, 0, 1);
    Atomics.notify(this.#cells, 0);
  }

  async #wait(seen: number, left: number): Promise<void> {
    if (this.#waitAsync !== undefined) {
      const wait = this.#waitAsync(this.#cells, 0, seen, left);
      if (wait.async) await wait.value;
      return;
    }
    // A plan that is moved forward meanwhile is late by at most this.
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(left, LONGEST_POLL_MS));
    });
  }
}

const LONGEST_POLL_MS = 5;
