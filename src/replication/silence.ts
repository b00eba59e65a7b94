/**
 * Failure detection: how long a party has been silent while we were listening. Time in which we did
 * not run ourselves is not counted (much), or a node that was stopped for a second would
 * accuse everybody else of silence when it wakes.
 *
 * How long is too long follows from what was usual lately: on a busy computer, where every thread waits for its turn,
 * a silence means less than on one that is at rest.
 */
import { LONGEST_OBSERVED_GAP_MS, MOST_PATIENCE_MS, USUAL_HALF_LIFE_MS } from './limits.ts';

export interface Silence {
  /** Observed milliseconds since the last sign of life. */
  readonly ms: number;
  /** When we last looked at the clock. */
  readonly seenAt: number;
  /** When the last sign of life came. */
  readonly heardAt: number;
  /** The longest silence that ended well, in milliseconds; it counts for half after USUAL_HALF_LIFE_MS. */
  readonly usual: number;
}

export const newSilence = (now: number): Silence => ({
  ms: 0,
  seenAt: now,
  heardAt: now,
  usual: 0,
});

/** Time has passed. */
export function listen(silence: Silence, now: number): Silence {
  if (now === silence.seenAt) return silence;
  const gap = Math.min(now - silence.seenAt, LONGEST_OBSERVED_GAP_MS);
  return { ...silence, ms: silence.ms + gap, seenAt: now };
}

/** Something came from it. */
export function heard(silence: Silence, now: number): Silence {
  const { ms } = listen(silence, now);
  const faded = silence.usual * 0.5 ** ((now - silence.heardAt) / USUAL_HALF_LIFE_MS);
  return { ms: 0, seenAt: now, heardAt: now, usual: Math.max(ms, faded) };
}

/**
 * True when the silence has lasted too long.
 * @param least milliseconds that are waited in any case
 * @param times how many times what was usual lately is waited
 */
export const isTooLong = (silence: Silence, least: number, times: number): boolean =>
  silence.ms > Math.max(least, Math.min(MOST_PATIENCE_MS, times * silence.usual));
