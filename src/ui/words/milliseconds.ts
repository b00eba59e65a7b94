/** Milliseconds as people read them. */
import { NO_BREAK } from './format.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Two digits that matter, or all before the point: `0.004`, `0.08`, `4.2`, `38`. */
function digits(value: number): string {
  if (value >= 9.95) return value.toFixed(0);
  if (value >= 0.995) return value.toFixed(1);
  return value.toFixed(value >= 0.00995 ? 2 : 3);
}

/**
 * A short time with its unit: `0.08 ms`, `38 ms`, `1.4 s`, `3.2 min`. Negative and broken ones read as 0.
 * @param form `long` writes the unit out: `38 milliseconds`.
 */
export function formatMs(ms: number, form: 'short' | 'long' = 'short'): string {
  const value = Number.isFinite(ms) ? Math.max(0, ms) : 0;
  const unit = (short: string, long: string): string =>
    `${NO_BREAK}${form === 'short' ? short : long}`;
  if (value < 0.0005) return `0${unit('ms', 'milliseconds')}`;
  if (value < 999.5) return `${digits(value)}${unit('ms', 'milliseconds')}`;
  if (value < MINUTE) return `${digits(value / SECOND)}${unit('s', 'seconds')}`;
  return `${digits(value / MINUTE)}${unit('min', 'minutes')}`;
}
