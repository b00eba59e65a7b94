import type { TimedSample } from '../session/sample-ring.ts';
import { formatBytes } from '../words/format.ts';
import { formatMs } from '../words/milliseconds.ts';

/** The last minute in a sentence: what the charts show, for who cannot or need not see them. Pure. */
export function summaryWords(samples: readonly TimedSample[]): string {
  if (samples.length === 0) return 'No figures have come yet. They come while the machine runs.';
  let checkpoints = 0;
  let longestPause = 0;
  let wireBytes = 0;
  for (const { sample } of samples) {
    checkpoints += sample.pauseMs.count;
    if (sample.pauseMs.count > 0) longestPause = Math.max(longestPause, sample.pauseMs.most);
    wireBytes += sample.wireBytes;
  }
  if (checkpoints === 0)
    return 'No checkpoint was made in the last minute: nothing had changed, or nobody stands by.';
  const count = `${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'}`;
  return `In the last minute: ${count}, the longest pause ${formatMs(longestPause)}, ${formatBytes(wireBytes)} sent.`;
}
