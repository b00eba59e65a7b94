import type { StateCreator } from 'zustand/vanilla';
import type {
  CopyProgress,
  PairNotice,
  PairSample,
  PairState,
  PairStatus,
  TakeoverRecord,
  ViewWord,
} from '../../host/browser/pair-types.ts';
import { estimateSecondsLeft } from './time-left.ts';
import type { UiState } from './store.ts';

/** A first copy under way, as it is shown. */
export interface CopyView extends CopyProgress {
  /** When this page first heard of it, in milliseconds of the session's clock. */
  readonly startedMs: number;
  /** 0 to 1; undefined when there is no telling. */
  readonly share: number | undefined;
  /** A guess; undefined while there is nothing to guess from. */
  readonly secondsLeft: number | undefined;
}

/** Who runs the machine and who protects it, as the client said last. */
export interface ProtectionSlice {
  /** Undefined before the machine's first start: nobody protects it then. */
  readonly pairStatus: PairStatus | undefined;
  readonly copy: CopyView | undefined;
  /** Takeovers of this machine, oldest first. */
  readonly takeovers: readonly TakeoverRecord[];
  /** A sentence of the pair while it is news. */
  readonly pairNotice: PairNotice | undefined;
  readonly canInvite: boolean;
  /** The newest sample, renewed a few times a second; all of them are in the session's ring. */
  readonly pairSample: PairSample | undefined;
  /** What was done on the viewer's behalf, for the live region and beside the buttons. */
  readonly pairReply: string | undefined;
  /** A link that the browser would not copy by itself, shown to be copied by hand. */
  readonly linkToCopy: string | undefined;
  /** Set when this tab was crashed on purpose: the way back into the machine, if it lives elsewhere. */
  readonly crashed: CrashView | undefined;
  readonly setPairState: (state: PairState, nowMs: number) => void;
  readonly setPairNotice: (notice: PairNotice | undefined) => void;
  readonly setPairSample: (sample: PairSample | undefined) => void;
  readonly setPairReply: (reply: string | undefined) => void;
  readonly setLinkToCopy: (link: string | undefined) => void;
  readonly setCrashed: (crashed: CrashView | undefined) => void;
}

export interface CrashView {
  /** The address that joins the machine again; undefined when nobody protected it. */
  readonly wayBack: string | undefined;
}

/** Words of a tab that follows a machine and does not see it: not yet, or not any more. */
const BLIND: readonly ViewWord[] = ['starting', 'joining', 'lost', 'ended'];

/** Whether this tab was invited to a machine that it does not see, and does not run one itself. Pure. */
export function isBlind(status: PairStatus | undefined): boolean {
  return status !== undefined && status.role !== 'primary' && BLIND.includes(status.word);
}

/** The copy as it is shown, given what was shown before. Pure. */
export function viewOfCopy(
  previous: CopyView | undefined,
  copy: CopyProgress | undefined,
  nowMs: number,
): CopyView | undefined {
  if (copy === undefined) return undefined;
  // Fewer pages than before: another copy has begun.
  const continues = previous !== undefined && copy.pagesDone >= previous.pagesDone;
  const startedMs = continues ? previous.startedMs : nowMs;
  const { pagesDone, pagesTotal } = copy;
  const share = pagesTotal > 0 ? Math.min(1, Math.max(0, pagesDone / pagesTotal)) : undefined;
  const secondsLeft = estimateSecondsLeft(
    { bytes: Math.min(pagesDone, pagesTotal), totalBytes: pagesTotal },
    (nowMs - startedMs) / 1000,
  );
  return { ...copy, startedMs, share, secondsLeft };
}

export const createProtectionSlice: StateCreator<UiState, [], [], ProtectionSlice> = (set) => ({
  pairStatus: undefined,
  copy: undefined,
  takeovers: [],
  pairNotice: undefined,
  canInvite: false,
  pairSample: undefined,
  pairReply: undefined,
  linkToCopy: undefined,
  crashed: undefined,
  setPairState: ({ status, copy, takeovers, canInvite }, nowMs) => {
    set((state) => ({
      pairStatus: status,
      copy: viewOfCopy(state.copy, copy, nowMs),
      takeovers,
      canInvite,
    }));
  },
  setPairNotice: (pairNotice) => {
    set({ pairNotice });
  },
  setPairSample: (pairSample) => {
    set((state) => (state.pairSample === pairSample ? state : { pairSample }));
  },
  setPairReply: (pairReply) => {
    set({ pairReply });
  },
  setLinkToCopy: (linkToCopy) => {
    set({ linkToCopy });
  },
  setCrashed: (crashed) => {
    set({ crashed });
  },
});
