/** A slice lasts about this long: keys are answered at once, and looking up costs nothing yet. */
const TARGET_MS = 1;
/** Start low: the engine has not been compiled well yet. */
const FIRST_BUDGET = 20_000;
const MIN_BUDGET = 2_000;
/** 10,000 M instructions/s: more than any engine makes. */
const MAX_BUDGET = 10_000_000;
/** One slow slice (a pause of the host) must not make the next thousand short. */
const MAX_STEP = 1.5;

/** Finds the number of instructions that take about a millisecond. */
export class SlicePlanner {
  #budget = FIRST_BUDGET;

  /** Instructions for the next slice. */
  get budget(): number {
    return this.#budget;
  }

  /** Tells how long a slice of the whole budget took. */
  record(milliseconds: number): void {
    const step = milliseconds > 0 ? TARGET_MS / milliseconds : MAX_STEP;
    const bounded = Math.min(MAX_STEP, Math.max(1 / MAX_STEP, step));
    this.#budget = Math.round(Math.min(MAX_BUDGET, Math.max(MIN_BUDGET, this.#budget * bounded)));
  }
}
