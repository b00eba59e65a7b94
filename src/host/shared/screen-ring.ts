/**
 * Output on its way from the replica's worker to the page, through shared memory. Messages would do, but a browser
 * lets a page's messages wait until it has drawn the frame that follows a key, which is where the echo belongs; the
 * wake-up of a wait for shared memory does not stand in that queue.
 *
 * Laid out as two cells, each on a cache line of its own, and a ring: the bell counts reasons to look, `taken` the pieces
 * that the terminal has taken.
 */
import { assert } from '../../base/assert.ts';
import { cellChanged } from './async-wait.ts';
import { CHANNEL_DEVICES } from './channel.ts';
import { MAX_PAYLOAD_BYTES, ringBytes, RingReader, RingWriter } from './ring.ts';

const BELL = 0;
const TAKEN = 16;
const CELLS = 32;
const RING_AT = CELLS * 4;
/** Twice what a terminal has in hand before it says "wait" (R7); what does not fit waits at the writer. */
const RING_CAPACITY = 1 << 18;

/** Allocates the shared memory; hand it to both sides. */
export const createScreenRing = (): SharedArrayBuffer =>
  new SharedArrayBuffer(RING_AT + ringBytes(RING_CAPACITY));

interface Piece {
  readonly device: number;
  readonly bytes: Uint8Array;
}

interface Shown {
  /** Pieces that have to be taken first. */
  readonly count: number;
  readonly done: () => void;
}

/** The worker's side. */
export class ScreenWriter {
  readonly #cells: Int32Array;
  readonly #ring: RingWriter;
  /** What the ring has no room for; its bytes are limited by who waits for `show`. */
  readonly #waiting: Piece[] = [];
  readonly #shown: Shown[] = [];
  #count = 0;
  /** True while somebody waits for the page. */
  #listens = false;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#ring = new RingWriter(buffer, RING_AT, RING_CAPACITY);
  }

  /** Shows the bytes; settles when the terminal has taken them. */
  show(device: string, bytes: Uint8Array): Promise<void> {
    const index = (CHANNEL_DEVICES as readonly string[]).indexOf(device);
    // Of a program that knows more devices than this one.
    if (index < 0 || bytes.length === 0) return Promise.resolve();
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD_BYTES) {
      this.#waiting.push({ device: index, bytes: bytes.subarray(at, at + MAX_PAYLOAD_BYTES) });
      this.#count += 1;
    }
    this.#flush();
    return new Promise((resolve) => {
      this.#shown.push({ count: this.#count, done: resolve });
      if (!this.#listens) void this.#listen();
    });
  }

  #flush(): void {
    let moved = 0;
    for (const { device, bytes } of this.#waiting) {
      if (!this.#ring.write(0, device, bytes)) break;
      moved += 1;
    }
    if (moved === 0) return;
    this.#waiting.splice(0, moved);
    Atomics.add(this.#cells, BELL, moved);
    Atomics.notify(this.#cells, BELL);
  }

  async #listen(): Promise<void> {
    this.#listens = true;
    while (this.#shown.length > 0) {
      const taken = Atomics.load(this.#cells, TAKEN);
      this.#settle(taken);
      this.#flush();
      if (this.#shown.length > 0) await cellChanged(this.#cells, TAKEN, taken);
    }
    this.#listens = false;
  }

  #settle(taken: number): void {
    // The cell wraps, and is never further behind than what fits into memory.
    const due = this.#shown.findIndex(({ count }) => ((count - taken) | 0) > 0);
    const done = this.#shown.splice(0, due < 0 ? this.#shown.length : due);
    for (const shown of done) shown.done();
  }
}

/** A promise holds back further output until it settles. */
export type TakeOutput = (
  device: string,
  bytes: Uint8Array<ArrayBuffer>,
) => Promise<void> | undefined;

/** The page's side. */
export class ScreenReader {
  readonly #cells: Int32Array;
  readonly #ring: RingReader;
  readonly #take: TakeOutput;
  #stopped = false;

  constructor(buffer: SharedArrayBuffer, take: TakeOutput) {
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#ring = new RingReader(buffer, RING_AT, RING_CAPACITY);
    this.#take = take;
  }

  /** Runs until {@link stop}; rejects with what `take` throws. */
  async run(): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.#cells, BELL);
      for (let waits = this.#next(); waits !== 'none'; waits = this.#next()) {
        if (waits !== undefined) await waits;
        this.#taken();
      }
      if (this.#stopped) return;
      await cellChanged(this.#cells, BELL, seen);
    }
  }

  /** Takes everything that was written, whether or not there is room for it: nothing more will come. */
  finish(): void {
    while (this.#next() !== 'none') this.#taken();
    this.stop();
  }

  stop(): void {
    this.#stopped = true;
    Atomics.add(this.#cells, BELL, 1);
    Atomics.notify(this.#cells, BELL);
  }

  #next(): Promise<void> | undefined | 'none' {
    const message = this.#stopped ? undefined : this.#ring.read();
    if (message === undefined) return 'none';
    const device = CHANNEL_DEVICES[message.tag];
    assert(device !== undefined, 'output of an unknown device');
    return this.#take(device, message.payload);
  }

  #taken(): void {
    Atomics.add(this.#cells, TAKEN, 1);
    Atomics.notify(this.#cells, TAKEN);
  }
}
