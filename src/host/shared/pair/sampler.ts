/** Makes samples for people of what a primary reports: one an interval, however many checkpoints there were. */
import type { CheckpointReport } from '../../../replication/statistics.ts';
import { newTotals } from '../../../replication/statistics.ts';
import type { Figures } from '../../../replication/view.ts';
import type { PairSample, PressureWord, Spread } from './sample.ts';

/** Sums up numbers as they come. */
class Gathering {
  #count = 0;
  #sum = 0;
  #least = Infinity;
  #most = -Infinity;

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
  }

  get spread(): Spread {
    if (this.#count === 0) return { count: 0, least: 0, mean: 0, most: 0 };
    const mean = this.#sum / this.#count;
    return { count: this.#count, least: this.#least, mean, most: this.#most };
  }
}

/** What a sample takes from elsewhere. */
export interface Surroundings {
  readonly now: number;
  readonly figures: Figures;
  readonly sentBytes: number;
  readonly pressure: PressureWord;
  readonly mips: number;
  readonly load: number;
}

export class PairSampler {
  #began: number;
  #pause = new Gathering();
  #commit = new Gathering();
  #delay = new Gathering();
  #dirty = new Gathering();
  #rawBytes = 0;
  #wireBytes = 0;

  /** @param now milliseconds of the clock that all samples are told by */
  constructor(now: number) {
    this.#began = now;
  }

  add(report: CheckpointReport): void {
    this.#pause.add(report.pauseMs);
    this.#commit.add(report.commitMs);
    this.#dirty.add(report.dirtyPages);
    if (report.outputDelayMs !== undefined) this.#delay.add(report.outputDelayMs);
    this.#rawBytes += report.rawBytes;
    this.#wireBytes += report.wireBytes;
  }

  /** The interval since the last call. */
  take({ now, figures, sentBytes, pressure, mips, load }: Surroundings): PairSample {
    const sample: PairSample = {
      at: now,
      intervalMs: now - this.#began,
      committed: figures.committed,
      pauseMs: this.#pause.spread,
      commitMs: this.#commit.spread,
      outputDelayMs: this.#delay.spread,
      dirtyPages: this.#dirty.spread,
      rawBytes: this.#rawBytes,
      wireBytes: this.#wireBytes,
      sentBytes,
      exposureMs: figures.exposureMs,
      mips,
      load,
      heldOutputBytes: figures.heldOutputBytes,
      keysKept: figures.keysKept,
      inFlight: figures.inFlight,
      queued: figures.queued,
      watchers: figures.watchers,
      pressure,
      totals: figures.totals ?? newTotals(0),
    };
    this.#began = now;
    this.#pause = new Gathering();
    this.#commit = new Gathering();
    this.#delay = new Gathering();
    this.#dirty = new Gathering();
    this.#rawBytes = 0;
    this.#wireBytes = 0;
    return sample;
  }
}
