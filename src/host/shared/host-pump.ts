import type { HostChannel, HostMessage } from './channel.ts';
import { CELL } from './control.ts';

/** Without Atomics.waitAsync the bell is looked at this often while the page is visible. */
const POLL_MS = 8;
/** Then other work of the thread gets its turn (R12). */
const TURN_BYTES = 1 << 18;

/** A promise holds back further output until it settles; the guest then waits for its reader. */
export type OutputHandler = (output: HostMessage) => void | Promise<void>;

interface AsyncWait {
  readonly async: boolean;
  readonly value: unknown;
}
type WaitAsync = (cells: Int32Array, index: number, value: number) => AsyncWait;

/** Lets the event loop do what else it has to do. */
const yieldTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

/** Carries outputs and bells from the machine's thread to this one, without blocking it. */
export class HostPump {
  readonly #channel: HostChannel;
  readonly #output: OutputHandler;
  readonly #bell: () => void;
  readonly #waitAsync: WaitAsync | undefined;
  readonly #failed: (error: unknown) => void;
  #stopped = false;
  #drained: Promise<void> = Promise.resolve();

  constructor(
    channel: HostChannel,
    handlers: {
      readonly output: OutputHandler;
      /** The machine's thread has news: room for input, another activity. */
      readonly bell?: () => void;
      /** The output handler threw. */
      readonly failed: (error: unknown) => void;
    },
  ) {
    this.#channel = channel;
    this.#output = handlers.output;
    this.#bell = handlers.bell ?? (() => undefined);
    this.#failed = handlers.failed;
    // Not in every browser, and not in TypeScript's ES2023 library.
    this.#waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync?.bind(Atomics);
  }

  start(): void {
    this.#drained = this.#loop().catch((error: unknown) => {
      this.#failed(error);
    });
  }

  /** Ends the pump once everything that waits in the ring has been handled. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#channel.control.ringHost();
    return this.#drained;
  }

  async #loop(): Promise<void> {
    for (;;) {
      const seen = this.#channel.control.hostBell;
      const stopping = this.#stopped;
      this.#channel.flush();
      this.#bell();
      await this.#drain();
      if (stopping) return;
      await this.#nextBell(seen);
    }
  }

  async #drain(): Promise<void> {
    let bytes = 0;
    for (;;) {
      const output = this.#channel.receive();
      if (output === undefined) return;
      const handled = this.#output(output);
      if (handled !== undefined) await handled;
      bytes += 'bytes' in output ? output.bytes.length : 0;
      if (bytes < TURN_BYTES) continue;
      bytes = 0;
      await yieldTurn();
    }
  }

  async #nextBell(seen: number): Promise<void> {
    const { control } = this.#channel;
    if (this.#waitAsync !== undefined) {
      const wait = this.#waitAsync(control.cells, CELL.hostBell, seen);
      if (wait.async) await wait.value;
      return;
    }
    while (control.hostBell === seen) {
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  }
}
