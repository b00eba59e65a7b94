/** Bytes the terminal may have in hand: parsed in about 20 ms, so Ctrl-C shows at once in a flood. */
const HIGH_WATER_BYTES = 128 * 1024;
/** The sender goes on when this little is left, so that the terminal never runs dry. */
const LOW_WATER_BYTES = 32 * 1024;

/** What takes the bytes; `done` is called when they have been parsed. */
export interface TerminalSink {
  write(bytes: Uint8Array, done: () => void): void;
}

export interface FeedLimits {
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
}

/**
 * Flow control between a machine that may flood and a terminal that parses on the UI thread.
 * `push` tells the sender when to stop and, by its promise, when to go on.
 */
export class TerminalFeed {
  readonly #sink: TerminalSink;
  readonly #limits: FeedLimits;
  #pendingBytes = 0;
  #drained: PromiseWithResolvers | undefined;

  constructor(
    sink: TerminalSink,
    limits: FeedLimits = { highWaterBytes: HIGH_WATER_BYTES, lowWaterBytes: LOW_WATER_BYTES },
  ) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Bytes given to the terminal and not parsed yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Hands bytes on.
   * @returns undefined when more may come at once, else a promise of the moment when it may.
   */
  push(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length > 0) {
      this.#pendingBytes += bytes.length;
      this.#sink.write(bytes, () => {
        this.#parsed(bytes.length);
      });
    }
    if (this.#drained === undefined && this.#pendingBytes >= this.#limits.highWaterBytes) {
      this.#drained = withResolvers();
    }
    return this.#drained?.promise;
  }

  #parsed(count: number): void {
    this.#pendingBytes -= count;
    if (this.#pendingBytes > this.#limits.lowWaterBytes) return;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function withResolvers(): PromiseWithResolvers {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle?.() };
}
