/**
 * When to checkpoint. By the clock while something has changed; at once when output waits and nothing
 * is on its way (Kemari's event tap); never when nothing has changed. A full window or full
 * staging lengthens the epoch, and slow commits lengthen the next ones. So does the work that checkpoints
 * make, as long as nobody waits for one: what is written again and again is then sent once.
 */
import {
  CALM_SPARING_TIMES,
  LONGEST_EPOCH_MS,
  LONGEST_SPARING_EPOCH_MS,
  SHORTEST_EPOCH_MS,
  SPARING_TIMES,
  WINDOW_EPOCHS,
} from './limits.ts';

export interface Pacing {
  /** Milliseconds between captures while commits keep up. */
  readonly intervalMs: number;
  /** The guest has run since the last capture. */
  readonly changed: boolean;
  readonly capturedAt: number;
  /** At least 1: how much longer than the interval epochs are just now. */
  readonly stretch: number;
  /** Milliseconds that the making of a checkpoint took lately, from the capture to its last byte. */
  readonly makingMs: number;
  readonly stagingFull: boolean;
}

/** What a decision depends on besides. */
export interface Pressure {
  /** A capture was asked for, or its copy is not complete. */
  readonly copying: boolean;
  /** Captured epochs that are not committed. */
  readonly inFlight: number;
  readonly outputWaits: boolean;
  /** The guest has said nothing for a while. */
  readonly calm: boolean;
}

/** How much the newest checkpoint counts against those before. */
const NEWEST_SHARE = 0.25;

export const newPacing = (intervalMs: number, now: number): Pacing => ({
  intervalMs,
  changed: true,
  capturedAt: now,
  stretch: 1,
  makingMs: 0,
  stagingFull: false,
});

/** The time at which the next capture is due; undefined: not before something else happens. */
export function captureDue(pacing: Pacing, pressure: Pressure): number | undefined {
  if (pressure.copying || pacing.stagingFull) return undefined;
  if (pressure.inFlight >= WINDOW_EPOCHS) return undefined;
  if (!pacing.changed && !pressure.outputWaits) return undefined;
  if (pressure.outputWaits && pressure.inFlight === 0) return pacing.capturedAt + SHORTEST_EPOCH_MS;
  const sparing = pressure.outputWaits ? 0 : sparingMs(pacing, pressure);
  return pacing.capturedAt + Math.max(epochMs(pacing), sparing);
}

/** The shortest epoch for which the work of a checkpoint is worth it, while nobody waits for one. */
const sparingMs = ({ makingMs }: Pacing, { calm }: Pressure): number =>
  Math.min((calm ? CALM_SPARING_TIMES : SPARING_TIMES) * makingMs, LONGEST_SPARING_EPOCH_MS);

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

/** Adapts to how long a checkpoint took from capture to commit, and its making. */
export function afterCommit(pacing: Pacing, commitMs: number, makingMs: number): Pacing {
  // With a window of several epochs a commit may take that many intervals without holding anything up.
  const late = commitMs > epochMs(pacing) * (WINDOW_EPOCHS - 1);
  const most = Math.max(1, LONGEST_EPOCH_MS / pacing.intervalMs);
  const stretch = late ? pacing.stretch * 1.5 : pacing.stretch * 0.9;
  return {
    ...pacing,
    stretch: Math.min(most, Math.max(1, stretch)),
    makingMs: pacing.makingMs + (makingMs - pacing.makingMs) * NEWEST_SHARE,
  };
}
