import type { PairSample } from '../../host/browser/pair-types.ts';

/** A sample and when it arrived here: samples of different primaries have different clocks. */
export interface TimedSample {
  /** Wall clock of this page in milliseconds. */
  readonly wallMs: number;
  readonly sample: PairSample;
}

/** Ten a second for a minute. */
export const RING_SAMPLES = 600;

/**
 * The last minute of figures. Kept outside of React and of the store: charts read it when they draw, and
 * nothing renders because a sample came.
 */
export class SampleRing {
  readonly #capacity: number;
  readonly #kept: TimedSample[] = [];
  /** Where the oldest is, once the ring is full. */
  #start = 0;
  #version = 0;

  constructor(capacity = RING_SAMPLES) {
    this.#capacity = capacity;
  }

  /** Rises with every sample. */
  get version(): number {
    return this.#version;
  }

  get newest(): TimedSample | undefined {
    if (this.#kept.length < this.#capacity) return this.#kept.at(-1);
    return this.#kept[(this.#start + this.#capacity - 1) % this.#capacity];
  }

  push(sample: PairSample, wallMs: number): void {
    this.#version += 1;
    if (this.#kept.length < this.#capacity) {
      this.#kept.push({ wallMs, sample });
      return;
    }
    this.#kept[this.#start] = { wallMs, sample };
    this.#start = (this.#start + 1) % this.#capacity;
  }

  /** All that is kept, oldest first. */
  list(): readonly TimedSample[] {
    return [...this.#kept.slice(this.#start), ...this.#kept.slice(0, this.#start)];
  }

  clear(): void {
    this.#kept.length = 0;
    this.#start = 0;
    this.#version += 1;
  }
}
