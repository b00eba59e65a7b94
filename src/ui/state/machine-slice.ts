import type { StateCreator } from 'zustand/vanilla';
import type {
  EnvironmentProblem,
  HaltReason,
  MachineState,
  StartProgress,
  StartStage,
} from '../../host/browser/types.ts';
import type { UiState } from './store.ts';
import { estimateSecondsLeft } from './time-left.ts';

/** What the page knows about the machine's life; each state carries only its own fields. */
export type MachineView =
  /** Before the first word of the client. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unsupported'; readonly problem: EnvironmentProblem }
  | StartingView
  | { readonly kind: 'running'; readonly notice: string | undefined }
  /** It runs in another tab; this one follows it. */
  | { readonly kind: 'remote' }
  | { readonly kind: 'halted'; readonly reason: HaltReason; readonly message: string }
  | FailedView;

export interface FailedView {
  readonly kind: 'failed';
  readonly message: string;
  readonly advice: string;
  /** Whether there was a machine to be used before. */
  readonly lived: boolean;
}

export interface StartingView {
  readonly kind: 'starting';
  /** `cold` boots, `resume` continues the snapshot. */
  readonly mode: 'resume' | 'cold';
  readonly notice: string | undefined;
  readonly stage: StartStage;
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  /** Part of the stage that is done, 0 to 1; undefined when there is no telling. */
  readonly share: number | undefined;
  /** When this stage began, in milliseconds of the session's clock. */
  readonly stageStartedMs: number;
  /** A guess; undefined while there is nothing to guess from. */
  readonly secondsLeft: number | undefined;
}

/** Whether a machine is there to be used: in this tab, or in another that this one follows. */
export function isLive({ kind }: MachineView): boolean {
  return kind === 'running' || kind === 'remote';
}

/** A guessed bar never says that it is done. */
const MAX_GUESSED_SHARE = 0.97;

export interface MachineSlice {
  readonly machine: MachineView;
  /** The client's word on the machine's life. */
  readonly setMachineState: (state: MachineState, nowMs: number) => void;
  /** Progress of a start; ignored unless the machine is starting. */
  readonly setProgress: (progress: StartProgress, nowMs: number) => void;
  /** The guess of the boot's end has to move although no bytes do; ignored in other stages. */
  readonly tickBoot: (nowMs: number, usualBootSeconds: number | undefined) => void;
  readonly setUnsupported: (problem: EnvironmentProblem) => void;
}

function startingFrom(
  previous: MachineView,
  state: MachineState & { readonly kind: 'booting' },
  nowMs: number,
): StartingView {
  // A resume that falls back to a boot may have told its next stage before it tells the fall-back.
  if (previous.kind === 'starting') {
    return { ...previous, mode: state.mode, notice: state.notice };
  }
  return {
    kind: 'starting',
    mode: state.mode,
    notice: state.notice,
    stage: 'manifest',
    bytes: 0,
    totalBytes: undefined,
    share: undefined,
    stageStartedMs: nowMs,
    secondsLeft: undefined,
  };
}

/** The view that follows `previous` when the client reports `state`. Pure. */
export function viewOfState(
  previous: MachineView,
  state: MachineState,
  nowMs: number,
): MachineView {
  switch (state.kind) {
    case 'idle':
      return previous.kind === 'unsupported' ? previous : { kind: 'waiting' };
    case 'booting':
      return startingFrom(previous, state, nowMs);
    case 'running':
      return { kind: 'running', notice: state.notice };
    case 'remote':
      return previous.kind === 'remote' ? previous : { kind: 'remote' };
    case 'halted':
      return { kind: 'halted', reason: state.reason, message: state.message };
    case 'failed':
      return {
        ...{ kind: 'failed', message: state.message, advice: state.advice },
        lived: isLive(previous) || (previous.kind === 'failed' && previous.lived),
      };
  }
}

function shareOf({ bytes, totalBytes }: StartProgress): number | undefined {
  if (totalBytes === undefined || totalBytes <= 0) return undefined;
  return Math.min(1, Math.max(0, bytes / totalBytes));
}

/** The view after a progress report. Pure; a report outside of a start changes nothing. */
export function viewOfProgress(
  previous: MachineView,
  progress: StartProgress,
  nowMs: number,
): MachineView {
  if (previous.kind !== 'starting') return previous;
  const sameStage = previous.stage === progress.stage;
  const stageStartedMs = sameStage ? previous.stageStartedMs : nowMs;
  return {
    ...previous,
    stage: progress.stage,
    bytes: progress.bytes,
    totalBytes: progress.totalBytes,
    share: shareOf(progress),
    stageStartedMs,
    secondsLeft: estimateSecondsLeft(progress, (nowMs - stageStartedMs) / 1000),
  };
}

/** The view of a boot after some time, when the last one took `usualBootSeconds`. Pure. */
export function viewOfBootTick(
  previous: MachineView,
  nowMs: number,
  usualBootSeconds: number | undefined,
): MachineView {
  if (previous.kind !== 'starting' || previous.stage !== 'boot') return previous;
  if (usualBootSeconds === undefined) return previous;
  const elapsed = (nowMs - previous.stageStartedMs) / 1000;
  return {
    ...previous,
    secondsLeft: Math.max(0, usualBootSeconds - elapsed),
    share: Math.min(MAX_GUESSED_SHARE, elapsed / usualBootSeconds),
  };
}

export const createMachineSlice: StateCreator<UiState, [], [], MachineSlice> = (set) => ({
  machine: { kind: 'waiting' },
  setMachineState: (state, nowMs) => {
    set(({ machine }) => ({ machine: viewOfState(machine, state, nowMs) }));
  },
  setProgress: (progress, nowMs) => {
    set(({ machine }) => ({ machine: viewOfProgress(machine, progress, nowMs) }));
  },
  tickBoot: (nowMs, usualBootSeconds) => {
    set(({ machine }) => ({ machine: viewOfBootTick(machine, nowMs, usualBootSeconds) }));
  },
  setUnsupported: (problem) => {
    set({ machine: { kind: 'unsupported', problem } });
  },
});
