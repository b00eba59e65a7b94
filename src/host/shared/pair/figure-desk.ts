/** Gathers a replica's figures and passes them on, a few times a second. */
import { PressureGauge, type Pressure } from '../../../checkpoint/pressure.ts';
import type { Effect, EffectOf } from '../../../replication/effects.ts';
import type { ReplicaState } from '../../../replication/state.ts';
import type { Failover } from '../../../replication/statistics.ts';
import { figuresOf } from '../../../replication/view.ts';
import { INPUT_LANES } from '../channel.ts';
import { CounterSampler } from '../counter-sampler.ts';
import type { CheckpointMaker } from './checkpoint-maker.ts';
import type { MachineDesk } from './machine-desk.ts';
import type { Happening, ReplicaListener } from './replica-parts.ts';
import { PairSampler } from './sampler.ts';
import type { PairSample, TakeoverRecord } from './sample.ts';
import { decodeTelemetry, encodeTelemetry, mergeTakeovers } from './telemetry.ts';

/** R12: ten a second at most. */
const SAMPLE_PERIOD_MS = 100;
/** Nothing to tell: others hear of it this often, in samples. */
const QUIET_SAMPLES = 5;
/** A guest that does less than this is at rest, as a part of the time. */
const QUIET_LOAD = 0.02;

export interface FigureParts {
  readonly now: () => number;
  readonly wall: () => number;
  readonly listener: ReplicaListener;
  /** Bytes given to links since the beginning. */
  readonly sentBytes: () => number;
  readonly view: () => {
    readonly state: ReplicaState;
    readonly desk: MachineDesk | undefined;
    readonly maker: CheckpointMaker | undefined;
  };
  readonly happen: (happening: Happening) => void;
}

export class FigureDesk {
  readonly #parts: FigureParts;
  readonly #sampler: PairSampler;
  readonly #timer: ReturnType<typeof setInterval>;
  #counters: CounterSampler | undefined;
  #gauge = new PressureGauge();
  #takeovers: readonly TakeoverRecord[] = [];
  #quiet = 0;
  /** Bytes of the first copy that is under way. */
  #copied = 0;
  #isCopying = false;
  #pagesTotal = 0;

  constructor(parts: FigureParts) {
    this.#parts = parts;
    this.#sampler = new PairSampler(parts.now());
    this.#timer = setInterval(() => {
      this.#sample();
    }, SAMPLE_PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** True when the standby has held the guest up for so long that it is better dropped. */
  get mustDrop(): boolean {
    return this.#gauge.pressure === 'drop';
  }

  /** The machine runs here now. */
  started(desk: MachineDesk): void {
    this.#counters = new CounterSampler(desk.channel.control, this.#parts.now);
    this.#gauge = gaugeOf(64 << 20);
  }

  dropped(): void {
    this.#counters = undefined;
  }

  take(effect: EffectOf<'telemetry' | 'report' | 'failover'>): void {
    switch (effect.kind) {
      case 'report':
        this.#sampler.add(effect.report);
        break;
      case 'failover':
        this.#learn([this.#record(effect.failover)]);
        break;
      case 'telemetry': {
        const telemetry = decodeTelemetry(effect.bytes);
        if (telemetry === undefined) return;
        this.#learn(telemetry.takeovers);
        this.#parts.listener.sample(telemetry.sample);
        break;
      }
    }
  }

  /** Bytes of a checkpoint have left. */
  sent(bytes: number): void {
    this.#copied += bytes;
  }

  /** Bytes of a checkpoint have come. */
  received({ bytes }: Extract<Effect, { readonly kind: 'stage' }>): void {
    this.#copied += bytes.length;
  }

  #record(failover: Failover): TakeoverRecord {
    const { now, wall } = this.#parts;
    return { wallMs: wall() - (now() - failover.firstInstructionAt), failover };
  }

  #learn(records: readonly TakeoverRecord[]): void {
    const merged = mergeTakeovers(this.#takeovers, records);
    if (JSON.stringify(merged) === JSON.stringify(this.#takeovers)) return;
    this.#takeovers = merged;
    this.#parts.listener.takeovers(merged);
  }

  #sample(): void {
    this.#watchCopy();
    const { state, desk } = this.#parts.view();
    if (state.kind !== 'running' || desk === undefined) return;
    this.#watchStaging();
    // While captures are made these say it, and this would be a word that nobody hears.
    if (['unprotected', 'preparing'].includes(state.protection.kind)) {
      const applied = desk.takeConsumed(INPUT_LANES.length);
      if (applied !== undefined) this.#parts.happen({ kind: 'inputs-consumed', applied });
    }
    const sample = this.#take(state);
    this.#parts.listener.sample(sample);
    this.#tellOthers(sample, state.peers.size > 0);
  }

  #take(state: ReplicaState): PairSample {
    const now = this.#parts.now();
    const { mips, load } = this.#counters?.read() ?? { mips: 0, load: 0 };
    const pressure = this.#pressureOf(state);
    const sentBytes = this.#parts.sentBytes();
    const figures = figuresOf(state, now);
    return this.#sampler.take({ now, figures, sentBytes, pressure, mips, load });
  }

  #pressureOf(state: ReplicaState): Pressure {
    if (state.kind !== 'running') return 'none';
    if (state.throttled.gate || state.throttled.staging) return 'throttle';
    return state.pacing.stretch > 1 ? 'lengthen' : this.#gauge.pressure;
  }

  #tellOthers(sample: PairSample, hasOthers: boolean): void {
    const isQuiet = sample.load < QUIET_LOAD && sample.wireBytes === 0;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    if (!hasOthers || this.#quiet % QUIET_SAMPLES !== 0) return;
    const bytes = encodeTelemetry({ sample, takeovers: this.#takeovers });
    this.#parts.happen({ kind: 'telemetry', bytes });
  }

  /** Tells the replica when staging is full, and when it has room again (R7). */
  #watchStaging(): void {
    const { maker } = this.#parts.view();
    if (maker === undefined) return;
    const wasFull = !this.#gauge.mayCopy;
    this.#gauge.update(this.#parts.now(), maker.staged.bytes);
    const isFull = !this.#gauge.mayCopy;
    if (isFull !== wasFull) this.#parts.happen({ kind: 'staging', full: isFull });
  }

  #watchCopy(): void {
    const { state, maker } = this.#parts.view();
    const isCopying =
      state.kind === 'copying' ||
      (state.kind === 'running' && ['copying', 'closing'].includes(state.protection.kind));
    if (isCopying) {
      if (!this.#isCopying) this.#pagesTotal = maker?.firstCopyPages ?? 0;
      const pagesDone = maker?.encodedPages ?? 0;
      const pagesTotal = Math.max(this.#pagesTotal, pagesDone);
      this.#parts.listener.copy({ bytes: this.#copied, pagesDone, pagesTotal });
    } else if (this.#isCopying) {
      this.#parts.listener.copy(undefined);
    }
    if (!isCopying) this.#copied = 0;
    this.#isCopying = isCopying;
  }
}

/** Limits in parts of what staging can hold. */
const gaugeOf = (most: number): PressureGauge =>
  new PressureGauge({
    lengthenBytes: most / 4,
    throttleBytes: most * 0.9,
    dropAfterMs: 10_000,
  });
