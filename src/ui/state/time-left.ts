import type { StartProgress } from '../../host/browser/types.ts';

/** Below this there is too little to extrapolate from, and a guess would jump about. */
const MIN_ELAPSED_SECONDS = 0.3;
const MIN_SHARE = 0.01;

/**
 * Seconds until the stage's last byte at the average rate so far.
 * @returns undefined while the total is unknown or too little has happened to guess.
 */
export function estimateSecondsLeft(
  progress: Pick<StartProgress, 'bytes' | 'totalBytes'>,
  elapsedSeconds: number,
): number | undefined {
  const { bytes, totalBytes } = progress;
  if (totalBytes === undefined || totalBytes <= 0) return undefined;
  if (elapsedSeconds < MIN_ELAPSED_SECONDS || bytes / totalBytes < MIN_SHARE) return undefined;
  return Math.max(0, ((totalBytes - bytes) / bytes) * elapsedSeconds);
}
