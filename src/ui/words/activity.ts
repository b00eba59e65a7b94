/** Seconds that count as "now". */
const RECENT = 3;
const BUSY = 0.7;
const QUIET = 0.1;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The last seconds of activity (loads of 0 to 1, oldest first) in a sentence. */
export function activityWords(activity: readonly number[]): string {
  const load = mean(activity.slice(-RECENT));
  if (load >= BUSY) return 'Hard at work. The bars are the last minute.';
  if (load >= QUIET) return 'Busy now and then. The bars are the last minute.';
  return 'Waiting for you. The bars are the last minute.';
}
