import { COUNTER, type ControlBlock } from './control.ts';
import type { MachineCounters } from './counters.ts';

/** Rates are means over about this long. */
const WINDOW_MS = 500;
/** A rate over less time says nothing. */
const LEAST_BUSY_MS = 0.5;
const TICKS_PER_SECOND = 1e7;

interface Sample {
  readonly at: number;
  readonly instructions: bigint;
  readonly busyMs: number;
}

/** Makes figures for people of what a machine's thread publishes. */
export class CounterSampler {
  readonly #control: ControlBlock;
  readonly #now: () => number;
  #samples: Sample[] = [];

  /** `now` gives milliseconds. */
  constructor(control: ControlBlock, now: () => number) {
    this.#control = control;
    this.#now = now;
  }

  read(): MachineCounters {
    const control = this.#control;
    const instructions = control.counter(COUNTER.instructions);
    const busyMs = Number(control.counter(COUNTER.busyMicroseconds)) / 1000;
    const { load, mips } = this.#rates({ at: this.#now(), instructions, busyMs });
    return {
      activity: control.activity,
      instructions,
      mips,
      load,
      exceptions: control.counter(COUNTER.exceptions),
      interrupts: control.counter(COUNTER.interrupts),
      guestSeconds: Number(control.counter(COUNTER.guestTicks)) / TICKS_PER_SECOND,
      busyMs,
      idleMs: Number(control.counter(COUNTER.idleMicroseconds)) / 1000,
      ramBytes: Number(control.counter(COUNTER.ramBytes)),
    };
  }

  #rates(sample: Sample): { readonly load: number; readonly mips: number } {
    // The oldest that is kept is the youngest that is old enough.
    const young = this.#samples.findLastIndex(({ at }) => sample.at - at >= WINDOW_MS);
    this.#samples = [...this.#samples.slice(Math.max(young, 0)), sample];
    const first = this.#samples[0] ?? sample;
    const elapsed = sample.at - first.at;
    const busy = sample.busyMs - first.busyMs;
    const load = elapsed > 0 ? Math.min(1, busy / elapsed) : 0;
    if (busy < LEAST_BUSY_MS) return { load, mips: 0 };
    return { load, mips: Number(sample.instructions - first.instructions) / busy / 1000 };
  }
}
