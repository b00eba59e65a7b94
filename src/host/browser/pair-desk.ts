import type { PairSample, PairState } from './pair-types.ts';

const NOTHING: PairState = {
  status: undefined,
  copy: undefined,
  takeovers: [],
  notice: undefined,
  canInvite: false,
};

/** Holds what the page knows of its pair, and tells those who listen. */
export class PairDesk {
  readonly #stateListeners = new Set<(state: PairState) => void>();
  readonly #sampleListeners = new Set<(sample: PairSample) => void>();
  #state: PairState = NOTHING;

  get state(): PairState {
    return this.#state;
  }

  update(change: Partial<PairState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#stateListeners]) listener(this.#state);
  }

  sample(sample: PairSample): void {
    for (const listener of [...this.#sampleListeners]) listener(sample);
  }

  /** Nothing runs any more; what happened stays to be read. */
  over(): void {
    this.update({ status: undefined, copy: undefined, canInvite: false });
  }

  /** Another machine begins. */
  clear(): void {
    this.update(NOTHING);
  }

  onState(listener: (state: PairState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  onSample(listener: (sample: PairSample) => void): () => void {
    this.#sampleListeners.add(listener);
    return () => this.#sampleListeners.delete(listener);
  }
}
