import type { PairState } from '../../host/browser/pair-types.ts';
import type { TimedSample } from '../session/sample-ring.ts';

/** Rises when a field changes its meaning. */
const VERSION = 1;

/** What the dashboard shows, as a file: the pair's state, its takeovers, and the last minute of samples. */
export interface DashboardFile {
  readonly format: 'tandem-dashboard';
  readonly version: number;
  /** ISO 8601. */
  readonly exportedAt: string;
  readonly pair: PairState;
  /** Oldest first; `wallMs` is the moment of arrival in milliseconds since 1970. */
  readonly samples: readonly TimedSample[];
}

export function dashboardFile(
  pair: PairState,
  samples: readonly TimedSample[],
  now: Date,
): DashboardFile {
  return {
    format: 'tandem-dashboard',
    version: VERSION,
    exportedAt: now.toISOString(),
    pair,
    samples,
  };
}

/** `tandem-2026-11-20T22-03-22Z.json`: sorts by time, and is a file name everywhere. */
export function fileNameOf({ exportedAt }: DashboardFile): string {
  return `tandem-${exportedAt.replace(/\.\d+/, '').replaceAll(':', '-')}.json`;
}

/** Has the browser save the file. */
export function download(file: DashboardFile): void {
  const blob = new Blob([JSON.stringify(file, undefined, 2)], { type: 'application/json' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(file);
  link.click();
  // The download has its own hold on the blob once the click is handled.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 0);
}
