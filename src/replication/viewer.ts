/**
 * A terminal's side of the output gate: shows each byte of each device once and in order, whoever sends it, and
 * refuses what an older term sends (R5). It outlives the roles of its tab.
 */
import type { PlacedOutput, ShownPosition } from './messages.ts';

export interface Viewer {
  /** The highest term seen. */
  readonly term: number;
  /** Next position by device. */
  readonly shown: ReadonlyMap<string, number>;
}

export const newViewer = (): Viewer => ({ term: 0, shown: new Map() });

export interface Shown {
  readonly viewer: Viewer;
  readonly items: readonly PlacedOutput[];
  /** Console bytes (or frames) that were left out because nobody has them any more. */
  readonly lost: number;
  /** Items after a hole were refused: ask for what is between. */
  readonly hole: boolean;
}

const lengthOf = (item: PlacedOutput): number => (item.kind === 'console' ? item.bytes.length : 1);

/** Takes what is new in `items`, sent in `term`. `oldest`: what is missing before them is lost. */
export function show(
  viewer: Viewer,
  term: number,
  items: readonly PlacedOutput[],
  oldest: boolean,
): Shown {
  if (term < viewer.term) return { viewer, items: [], lost: 0, hole: false };
  const shown = new Map(viewer.shown);
  const fresh: PlacedOutput[] = [];
  let lost = 0;
  let hole = false;
  for (const item of items) {
    const next = shown.get(item.device) ?? (oldest ? item.position : 0);
    const end = item.position + lengthOf(item);
    if (end <= next) continue;
    if (item.position > next && !oldest) {
      hole = true;
      continue;
    }
    lost += Math.max(0, item.position - next);
    const cut = Math.max(0, next - item.position);
    fresh.push(cut === 0 ? item : { ...item, position: next, bytes: item.bytes.subarray(cut) });
    shown.set(item.device, end);
  }
  return { viewer: { term, shown }, items: fresh, lost, hole };
}

/** Positions for `hello` and `watch`. */
export const shownPositions = (viewer: Viewer): ShownPosition[] =>
  [...viewer.shown].map(([device, position]) => ({ device, position }));
