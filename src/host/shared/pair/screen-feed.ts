/** Output on its way to a terminal in another thread, which may be slower than the guest. */
import type { PlacedOutput } from '../../../replication/messages.ts';

/** Settles when the terminal has taken the bytes. */
export type Show = (device: string, bytes: Uint8Array) => Promise<void>;

/** While more than this is on its way, a lone guest waits for its terminal. */
const SLOW_BYTES = 1 << 18;
/** More than this, and a terminal that the guest may not wait for misses something (R7). */
const MOST_BYTES = 4 << 20;

export class ScreenFeed {
  readonly #show: Show;
  readonly #failed: (error: unknown) => void;
  #underway = 0;
  #skipped = 0;
  #onRoom: (() => void)[] = [];

  constructor(show: Show, failed: (error: unknown) => void) {
    this.#show = show;
    this.#failed = failed;
  }

  push(items: readonly PlacedOutput[], lost: number): void {
    this.#skipped += lost;
    for (const { kind, device, bytes } of items) {
      if (kind !== 'console') continue;
      if (this.#underway + bytes.length > MOST_BYTES) this.#skipped += bytes.length;
      else this.#send(device, bytes);
    }
  }

  /** Undefined, or a promise that settles when the terminal has caught up. */
  get room(): Promise<void> | undefined {
    if (this.#underway <= SLOW_BYTES) return undefined;
    return new Promise((resolve) => {
      this.#onRoom.push(resolve);
    });
  }

  #send(device: string, bytes: Uint8Array): void {
    if (this.#skipped > 0) {
      const words = `\r\n[${String(this.#skipped)} bytes are not shown here]\r\n`;
      this.#skipped = 0;
      this.#send('console0', new TextEncoder().encode(words));
    }
    this.#underway += bytes.length;
    this.#show(device, bytes).then(
      () => {
        this.#underway -= bytes.length;
        if (this.#underway > SLOW_BYTES) return;
        for (const resolve of this.#onRoom.splice(0)) resolve();
      },
      (error: unknown) => {
        this.#failed(error);
      },
    );
  }
}
