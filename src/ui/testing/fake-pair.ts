import type {
  Failover,
  PairClient,
  PairSample,
  PairState,
  PairStatus,
  Spread,
  TakeoverRecord,
} from '../../host/browser/pair-types.ts';

const RAM_BYTES = 256 * 1024 * 1024;
const PAGE_BYTES = 4096;

/** A spread of one length. */
export const spread = (count: number, least: number, mean: number, most: number): Spread => ({
  ...{ count, least, mean, most },
});

export const NOTHING: Spread = spread(0, 0, 0, 0);

/** Figures of a protected machine that somebody types into. */
export const QUIET_SAMPLE: PairSample = {
  ...{ at: 1000, intervalMs: 100, committed: 412 },
  pauseMs: spread(3, 0.04, 0.06, 0.09),
  commitMs: spread(3, 2.1, 2.8, 4),
  outputDelayMs: spread(1, 3.2, 3.2, 3.2),
  dirtyPages: spread(3, 9, 22, 41),
  ...{ rawBytes: 66 * PAGE_BYTES, wireBytes: 9_300, sentBytes: 21_000_000, exposureMs: 14 },
  ...{ mips: 210, load: 0.07, heldOutputBytes: 0, keysKept: 0, inFlight: 1 },
  ...{ queued: 0, watchers: 0, pressure: 'none' },
  totals: {
    ...{ totalRam: RAM_BYTES, transferredRam: 18_350_080, normalPages: 9200 },
    ...{ duplicatePages: 310, normalBytes: 9200 * PAGE_BYTES, dirtySyncCount: 415 },
    ...{ commits: 412, aborts: 0, setupMs: 840, pauseMs: 26.4, longestPauseMs: 0.7 },
    ...{ releasedBytes: 90_112, discardedBytes: 0, keysDelivered: 61, failovers: 0 },
  },
};

/** One takeover of a renderer that was killed, by the clock of the tab that took over. */
export const FAILOVER: Failover = {
  ...{ term: 2, epoch: 412, why: 'lock-released', lastCommitAt: 5000, lastHeardAt: 5011 },
  ...{ noticedAt: 5019.4, witnessWonAt: 5027.1, firstInstructionAt: 5049, firstOutputAt: 5052.6 },
  ...{ downtimeMs: 38, exposureMs: 11, replayedKeys: 2 },
};

export const TAKEOVER: TakeoverRecord = {
  wallMs: Date.UTC(2026, 10, 20, 21, 14, 5),
  failover: FAILOVER,
};

const SENTENCE = 'A sentence of the pair.';

export const statusOf = (
  role: PairStatus['role'],
  word: PairStatus['word'],
  term = 1,
): PairStatus => ({ role, word, term, sentence: SENTENCE });

/** A pair that does what it is told and notes what was asked of it. For tests and the design page. */
export class FakePair implements PairClient {
  readonly asked: string[] = [];
  /** Called when the viewer hands over or crashes the tab. */
  onAsked: ((wish: 'hand-over' | 'crash') => void) | undefined;
  #state: PairState = {
    ...{ status: undefined, copy: undefined, takeovers: [], notice: undefined, canInvite: false },
  };
  readonly #stateListeners = new Set<(state: PairState) => void>();
  readonly #sampleListeners = new Set<(sample: PairSample) => void>();

  get state(): PairState {
    return this.#state;
  }

  onState(listener: (state: PairState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => {
      this.#stateListeners.delete(listener);
    };
  }

  onSample(listener: (sample: PairSample) => void): () => void {
    this.#sampleListeners.add(listener);
    return () => {
      this.#sampleListeners.delete(listener);
    };
  }

  invitation(wants: 'standby' | 'watch'): string | undefined {
    return this.#state.canInvite ? `https://tandem.test/#join=session.secret&${wants}` : undefined;
  }

  handOver(): void {
    this.asked.push('hand-over');
    this.onAsked?.('hand-over');
  }

  crash(): void {
    this.asked.push('crash');
    this.onAsked?.('crash');
  }

  /** The pair's state changes. */
  become(change: Partial<PairState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#stateListeners) listener(this.#state);
  }

  measure(sample: PairSample): void {
    for (const listener of this.#sampleListeners) listener(sample);
  }
}
