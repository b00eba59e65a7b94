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

/** How long is waited for the next sign of life. */
export interface Patience {
  /** Milliseconds that are waited in any case. */
  readonly least: number;
  /** How many times what was usual lately is waited. */
  readonly times: number;
}

const waits = ({ usual }: Silence, { least, times }: Patience): number =>
  Math.max(least, Math.min(MOST_PATIENCE_MS, times * usual));

/** True when the silence has lasted too long. */
export const isTooLong = (silence: Silence, patience: Patience): boolean =>
  silence.ms > waits(silence, patience);

/** When it will have been too long for a millisecond, if we listen all the time until then. */
export const tooLongAt = (silence: Silence, patience: Patience): number =>
  silence.seenAt + waits(silence, patience) - silence.ms + 1;
