/**
 * Failure detection: how long a party has been silent while we were listening. Time in which we did
 * not run ourselves is not counted (much), or a node that was stopped for a second would
 * accuse everybody else of silence when it wakes.
 */
import { LONGEST_OBSERVED_GAP_MS } from './limits.ts';

export interface Silence {
  /** Observed milliseconds since the last sign of life. */
  readonly ms: number;
  /** When we last looked at the clock. */
  readonly seenAt: number;
  /** When the last sign of life came. */
  readonly heardAt: number;
}

export const newSilence = (now: number): Silence => ({ ms: 0, seenAt: now, heardAt: now });

/** Time has passed. */
export function listen(silence: Silence, now: number): Silence {
  if (now === silence.seenAt) return silence;
  const gap = Math.min(now - silence.seenAt, LONGEST_OBSERVED_GAP_MS);
  return { ...silence, ms: silence.ms + gap, seenAt: now };
}

/** Something came from it. */
export const heard = (_silence: Silence, now: number): Silence => newSilence(now);
