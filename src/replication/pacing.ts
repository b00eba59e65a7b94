/**
 * When to checkpoint. By the clock while something has changed; at once when output waits and nothing
 * is on its way (Kemari's event tap); never when nothing has changed. A full window or full
 * staging lengthens the epoch, and slow commits lengthen the next ones.
 */
import { LONGEST_EPOCH_MS, SHORTEST_EPOCH_MS, WINDOW_EPOCHS } from './limits.ts';

export interface Pacing {
  /** Milliseconds between captures while commits keep up. */
  readonly intervalMs: number;
  /** The guest has run since the last capture. */
  readonly changed: boolean;
  readonly capturedAt: number;
  /** At least 1: how much longer than the interval epochs are just now. */
  readonly stretch: number;
  readonly stagingFull: boolean;
}

/** What a decision depends on besides. */
export interface Pressure {
  /** A capture was asked for, or its copy is not complete. */
  readonly copying: boolean;
  /** Captured epochs that are not committed. */
  readonly inFlight: number;
  readonly outputWaits: boolean;
}

export const newPacing = (intervalMs: number, now: number): Pacing => ({
  intervalMs,
  changed: true,
  capturedAt: now,
  stretch: 1,
  stagingFull: false,
});

/** The time at which the next capture is due; undefined: not before something else happens. */
export function captureDue(pacing: Pacing, pressure: Pressure): number | undefined {
  if (pressure.copying || pacing.stagingFull) return undefined;
  if (pressure.inFlight >= WINDOW_EPOCHS) return undefined;
  if (!pacing.changed && !pressure.outputWaits) return undefined;
  if (pressure.outputWaits && pressure.inFlight === 0) return pacing.capturedAt + SHORTEST_EPOCH_MS;
  return pacing.capturedAt + epochMs(pacing);
}

/** The length of an epoch just now. */
export const epochMs = (pacing: Pacing): number =>
  Math.max(
    SHORTEST_EPOCH_MS,
    Math.min(pacing.intervalMs * pacing.stretch, Math.max(LONGEST_EPOCH_MS, pacing.intervalMs)),
  );

export const afterCapture = (pacing: Pacing, now: number): Pacing => ({
  ...pacing,
  changed: false,
  capturedAt: now,
});

/** Adapts to how long a checkpoint took from capture to commit. */
export function afterCommit(pacing: Pacing, commitMs: number): Pacing {
  // With a window of several epochs a commit may take that many intervals without holding anything up.
  const late = commitMs > epochMs(pacing) * (WINDOW_EPOCHS - 1);
  const most = Math.max(1, LONGEST_EPOCH_MS / pacing.intervalMs);
  const stretch = late ? pacing.stretch * 1.5 : pacing.stretch * 0.9;
  return { ...pacing, stretch: Math.min(most, Math.max(1, stretch)) };
}
