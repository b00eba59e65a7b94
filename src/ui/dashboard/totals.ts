import type { TakeoverRecord, Totals } from '../../host/browser/pair-types.ts';
import { formatBytes } from '../words/format.ts';
import { formatMs } from '../words/milliseconds.ts';

/** A sum, named as QEMU's `info migrate` names it where it has one. */
export interface TotalRow {
  readonly name: string;
  readonly value: string;
}

const kbytes = (bytes: number): string => `${Math.round(bytes / 1024)} kbytes`;
const pages = (count: number): string => `${count} pages`;

/** The sums since this machine began, those of `info migrate` first and in its order. Pure. */
export function totalRows(
  totals: Totals,
  lastTakeover: TakeoverRecord | undefined,
): readonly TotalRow[] {
  const downtime = lastTakeover?.failover.downtimeMs;
  return [
    { name: 'downtime', value: downtime === undefined ? 'none yet' : formatMs(downtime) },
    { name: 'setup', value: formatMs(totals.setupMs) },
    { name: 'transferred ram', value: kbytes(totals.transferredRam) },
    { name: 'total ram', value: kbytes(totals.totalRam) },
    { name: 'duplicate', value: pages(totals.duplicatePages) },
    { name: 'normal', value: pages(totals.normalPages) },
    { name: 'normal bytes', value: kbytes(totals.normalBytes) },
    { name: 'dirty sync count', value: String(totals.dirtySyncCount) },
    { name: 'commits', value: String(totals.commits) },
    { name: 'aborts', value: String(totals.aborts) },
    { name: 'pauses in all', value: formatMs(totals.pauseMs) },
    { name: 'longest pause', value: formatMs(totals.longestPauseMs) },
    { name: 'output released', value: formatBytes(totals.releasedBytes) },
    { name: 'output thrown away', value: formatBytes(totals.discardedBytes) },
    { name: 'keys delivered', value: String(totals.keysDelivered) },
    { name: 'failovers', value: String(totals.failovers) },
  ];
}
