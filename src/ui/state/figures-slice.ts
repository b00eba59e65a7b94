import type { StateCreator } from 'zustand/vanilla';
import type { PairSample } from '../../host/browser/pair-types.ts';
import type { MachineCounters } from '../../host/browser/types.ts';
import type { UiState } from './store.ts';

/** Bars of the activity strip: one a second, so a minute. */
export const ACTIVITY_SAMPLES = 60;

/** The figures of the panel, rounded to what is shown so that an idle machine renders nothing. */
export interface Figures {
  /** Instructions in a host second while the guest runs. */
  readonly instructionsPerSecond: number;
  /** Part of the time in which the guest had nothing to do, 0 to 1. */
  readonly idleShare: number;
  /** Whole seconds since the guest's reset, as its own `uptime` counts; undefined for a machine in another tab. */
  readonly uptimeSeconds: number | undefined;
  readonly ramBytes: number;
}

export interface FiguresSlice {
  readonly figures: Figures | undefined;
  /** Load of the last minute, 0 to 1, oldest first; always {@link ACTIVITY_SAMPLES} long. */
  readonly activity: readonly number[];
  readonly setFigures: (figures: Figures) => void;
  readonly pushActivity: (load: number) => void;
  readonly clearFigures: () => void;
}

const NO_ACTIVITY: readonly number[] = new Array<number>(ACTIVITY_SAMPLES).fill(0);

/** A load counts as this at least and at most; a broken figure must not break the drawing. */
function clampShare(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

/** Three significant digits: what the page shows, so that equal texts are equal figures. */
function shownRate(perSecond: number): number {
  return Number(Math.max(0, perSecond).toPrecision(3));
}

/** The shown figures of the host's counters. Pure. */
export function figuresOf(counters: MachineCounters): Figures {
  const load = clampShare(counters.load);
  return {
    // `mips` is the speed while running; what a viewer means is what was executed in a second.
    instructionsPerSecond: shownRate(counters.mips * 1e6 * load),
    idleShare: Math.round((1 - load) * 1000) / 1000,
    uptimeSeconds: Math.floor(Math.max(0, counters.guestSeconds)),
    ramBytes: counters.ramBytes,
  };
}

/** The shown figures of a machine in another tab. Pure. */
export function figuresOfSample({ mips, load, totals }: PairSample): Figures {
  const busy = clampShare(load);
  return {
    instructionsPerSecond: shownRate(mips * 1e6 * busy),
    idleShare: Math.round((1 - busy) * 1000) / 1000,
    uptimeSeconds: undefined,
    ramBytes: totals.totalRam,
  };
}

/** True when both would read the same on the page. */
export function sameFigures(a: Figures | undefined, b: Figures): boolean {
  return (
    a?.instructionsPerSecond === b.instructionsPerSecond &&
    a.idleShare === b.idleShare &&
    a.uptimeSeconds === b.uptimeSeconds &&
    a.ramBytes === b.ramBytes
  );
}

export const createFiguresSlice: StateCreator<UiState, [], [], FiguresSlice> = (set) => ({
  figures: undefined,
  activity: NO_ACTIVITY,
  setFigures: (next) => {
    set((state) => (sameFigures(state.figures, next) ? state : { figures: next }));
  },
  pushActivity: (load) => {
    set(({ activity }) => ({ activity: [...activity.slice(1), clampShare(load)] }));
  },
  clearFigures: () => {
    set({ figures: undefined, activity: NO_ACTIVITY });
  },
});
