/**
 * What is done when checkpoints are made faster than they can be sent (R7), in this order:
 *
 * 1. **lengthen** the epoch: no capture begins while much is still to be sent.
 * 2. **throttle** the guest: the copier stops; a guest that writes on fills COW_RING and then waits.
 * 3. **drop** protection aloud: the standby cannot keep up, or is not there any more.
 */
export interface PressureLimits {
  /** Bytes encoded and not yet sent from which epochs become longer. */
  readonly lengthenBytes: number;
  /** Bytes encoded and not yet sent at which copying stops. */
  readonly throttleBytes: number;
  /** Milliseconds of throttling in one go after which protection is dropped. */
  readonly dropAfterMs: number;
}

/**
 * A link carries some 10 MB/s: 1 MiB is a tenth of a second behind, 8 MiB nearly one. Ten seconds of a guest
 * that may not write are worse for its user than a machine without a standby.
 */
export const PRESSURE_LIMITS: PressureLimits = {
  lengthenBytes: 1 << 20,
  throttleBytes: 8 << 20,
  dropAfterMs: 10_000,
};

export type Pressure = 'none' | 'lengthen' | 'throttle' | 'drop';

export class PressureGauge {
  readonly #limits: PressureLimits;
  #pressure: Pressure = 'none';
  #throttledSince = 0;

  constructor(limits: PressureLimits = PRESSURE_LIMITS) {
    this.#limits = limits;
  }

  get pressure(): Pressure {
    return this.#pressure;
  }

  /** True while the copier may work. */
  get mayCopy(): boolean {
    return this.#pressure === 'none' || this.#pressure === 'lengthen';
  }

  /**
   * Takes note of how things are now; call when bytes were encoded or sent, and at least every 100 ms while
   * throttled. Returns the policy that acts from now on if it is another one than before.
   * @param now milliseconds of a clock that does not run backwards
   */
  update(now: number, unsentBytes: number): Pressure | undefined {
    const next = this.#next(now, unsentBytes);
    if (next === this.#pressure) return undefined;
    if (next === 'throttle') this.#throttledSince = now;
    this.#pressure = next;
    return next;
  }

  #next(now: number, unsentBytes: number): Pressure {
    const { lengthenBytes, throttleBytes, dropAfterMs } = this.#limits;
    // Half-way back, so that the policy does not change with every chunk.
    const isThrottled = !this.mayCopy;
    if (unsentBytes >= (isThrottled ? throttleBytes / 2 : throttleBytes)) {
      if (this.#pressure === 'drop') return 'drop';
      return isThrottled && now - this.#throttledSince >= dropAfterMs ? 'drop' : 'throttle';
    }
    if (unsentBytes >= (this.#pressure === 'none' ? lengthenBytes : lengthenBytes / 2)) {
      return 'lengthen';
    }
    return 'none';
  }
}
