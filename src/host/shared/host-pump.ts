import { cellChanged } from './async-wait.ts';
import type { HostChannel, HostMessage } from './channel.ts';
import { CELL } from './control.ts';

/** Then other work of the thread gets its turn (R12). */
const TURN_BYTES = 1 << 18;

/** A promise holds back further output until it settles; the guest then waits for its reader. */
export type OutputHandler = (output: HostMessage) => void | Promise<void>;

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
      await cellChanged(this.#channel.control.cells, CELL.hostBell, seen);
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
}
