/** Figures as people read them. Everything here is pure; the locale is English like the rest of the page. */

const KIB = 1024;
const BYTE_UNITS = ['KB', 'MB', 'GB', 'TB'] as const;
const RATE_UNITS = [
  { factor: 1e9, word: 'billion' },
  { factor: 1e6, word: 'million' },
  { factor: 1e3, word: 'thousand' },
] as const;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** No-break space: keeps a figure and its unit on one line. */
export const NO_BREAK = '\u00a0';

/** Three significant digits without an exponent: 1.23, 12.3, 123. */
function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A byte count with a binary unit: `0 bytes`, `640 KB`, `12.3 MB`. Negative and non-finite counts read as 0. */
export function formatBytes(count: number): string {
  const bytes = Number.isFinite(count) ? Math.max(0, Math.round(count)) : 0;
  if (bytes < KIB) return `${bytes}${NO_BREAK}${bytes === 1 ? 'byte' : 'bytes'}`;
  let value = bytes;
  let unit = '';
  for (const next of BYTE_UNITS) {
    if (value < KIB) break;
    value /= KIB;
    unit = next;
  }
  return `${threeDigits(value)}${NO_BREAK}${unit}`;
}

/** Memory sizes are powers of two: `256 MB`, `1.5 GB`, never `256.0 MB`. */
export function formatMemory(count: number): string {
  return formatBytes(count)
    .replace(/\.0+(?=\D)/, '')
    .replace(/(\.\d*?)0+(?=\D)/, '$1');
}

/** Loaded of total with the unit once when both share it: `3.10 of 45.0 MB`. */
export function formatProgress(loaded: number, total: number): string {
  const [loadedValue, loadedUnit] = formatBytes(Math.min(loaded, total)).split(NO_BREAK);
  const [totalValue, totalUnit] = formatBytes(total).split(NO_BREAK);
  const left = loadedUnit === totalUnit ? loadedValue : `${loadedValue}${NO_BREAK}${loadedUnit}`;
  return `${left} of ${totalValue}${NO_BREAK}${totalUnit}`;
}

/** Instructions in a second, in words: `212 million`, `3.40 thousand`, `12`. */
export function formatRate(perSecond: number): string {
  const value = Number.isFinite(perSecond) ? Math.max(0, perSecond) : 0;
  for (const { factor, word } of RATE_UNITS) {
    if (value >= factor) return `${threeDigits(value / factor)} ${word}`;
  }
  return value.toFixed(0);
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/**
 * A length of time in its two largest units, in words: `8 seconds`, `3 min 12 s`, `2 h 5 min`, `4 days 3 h`.
 * @param seconds any number; negative and non-finite ones read as 0.
 */
export function formatDuration(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  if (whole < MINUTE) return plural(whole, 'second');
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (whole < DAY)
    return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${plural(Math.floor(whole / DAY), 'day')} ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** A guess of the time left, rounded so that it does not flicker: `a moment`, `about 5 seconds`, `about 2 minutes`. */
export function formatTimeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'a while';
  if (seconds < 2) return 'a moment';
  if (seconds < 10) return `about ${Math.round(seconds)} seconds`;
  if (seconds < 50) return `about ${Math.round(seconds / 5) * 5} seconds`;
  return `about ${plural(Math.max(1, Math.round(seconds / MINUTE)), 'minute')}`;
}

/** A share of one as whole per cent, kept inside 0-100. 100 % and 0 % are said only when they are meant. */
export function formatPercent(share: number): string {
  const value = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) * 100 : 0;
  let rounded = Math.round(value);
  if (rounded === 100 && value < 99.95) rounded = 99;
  if (rounded === 0 && value > 0.05) rounded = 1;
  return `${rounded}${NO_BREAK}%`;
}
