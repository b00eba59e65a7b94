/** Bytes given to the machine at once; a paste is cut into these so that it never fills the queue alone. */
const CHUNK_BYTES = 2048;
/** Longest paste kept waiting. More than a person means to paste; less than hurts. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** The machine announces no room, so a refused chunk is offered again after this. */
const RETRY_MS = 15;
/** ^C, ^\ and ^Z: a terminal throws away waiting input for these (termios NOFLSH is off). */
const INTERRUPTS: ReadonlySet<number> = new Set([0x03, 0x1c, 0x1a]);

/** Offers bytes to the machine; false when it has no room for them. */
export type Offer = (bytes: Uint8Array) => boolean;
/** Calls back once after `ms`; the returned function calls it off. */
export type Schedule = (callback: () => void, ms: number) => () => void;

export interface InputPumpParts {
  readonly offer: Offer;
  readonly schedule: Schedule;
  /** Told when input begins or ceases to be refused outright (not merely to wait). */
  readonly onRefused: (refused: boolean) => void;
}

/** Carries keys and pastes to the machine in order, however long the paste and however slow the guest. */
export class InputPump {
  readonly #parts: InputPumpParts;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(parts: InputPumpParts) {
    this.#parts = parts;
  }

  /** Bytes accepted here and not yet taken by the machine. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Sends, keeps for later, or (over the limit) refuses the whole of `bytes` and says so. */
  send(bytes: Uint8Array): void {
    const [first] = bytes;
    if (bytes.length === 1 && first !== undefined && INTERRUPTS.has(first)) this.clear();
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#parts.onRefused(true);
      return;
    }
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
    }
    if (this.#cancelRetry === undefined) this.#flush();
  }

  /** Forgets what waits: the machine restarts, or the user interrupts. */
  clear(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #flush(): void {
    this.#cancelRetry = undefined;
    let taken = 0;
    for (const chunk of this.#waiting) {
      if (!this.#parts.offer(chunk)) break;
      taken += 1;
      this.#waitingBytes -= chunk.length;
    }
    this.#waiting = this.#waiting.slice(taken);
    if (taken > 0) this.#parts.onRefused(false);
    if (this.#waiting.length > 0) {
      this.#cancelRetry = this.#parts.schedule(() => {
        this.#flush();
      }, RETRY_MS);
    }
  }
}
