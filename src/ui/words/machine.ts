import type { PairStatus, TakeoverRecord } from '../../host/browser/pair-types.ts';
import type { HaltReason, StartStage } from '../../host/browser/types.ts';
import type { ConsoleHint } from '../state/console-slice.ts';
import type { MachineView, StartingView } from '../state/machine-slice.ts';
import type { Face } from './face.ts';
import { formatProgress, formatTimeLeft } from './format.ts';
import { FACE_ALONE, FACE_JOINING, faceOfStatus, takeoverSentence } from './pair.ts';

/** What the stage of a start is called. */
const STAGE_WORDS: Readonly<Record<StartStage, Readonly<Record<StartingView['mode'], string>>>> = {
  manifest: { resume: 'Looking up the guest', cold: 'Looking up the guest' },
  snapshot: { resume: 'Fetching the machine’s memory', cold: 'Fetching the machine’s memory' },
  kernel: { resume: 'Fetching the kernel', cold: 'Fetching the kernel' },
  boot: { resume: 'Waking the machine', cold: 'Debian is booting' },
};

/** The stage of a start in a few words. */
export function stageWords(view: Pick<StartingView, 'stage' | 'mode'>): string {
  return STAGE_WORDS[view.stage][view.mode];
}

/** Bytes and time left, as far as they are known: `12.0 of 45.0 MB, about 5 seconds left`. Empty when neither is. */
export function progressWords(view: StartingView): string {
  const parts: string[] = [];
  if (view.totalBytes !== undefined && view.totalBytes > 0) {
    parts.push(formatProgress(view.bytes, view.totalBytes));
  }
  if (view.secondsLeft !== undefined) {
    const late = view.stage === 'boot' && view.secondsLeft === 0;
    parts.push(late ? 'longer than last time' : `${formatTimeLeft(view.secondsLeft)} left`);
  }
  return parts.join(', ');
}

/** What happens during a start, for who watches it. */
const START_SENTENCES: Readonly<Record<StartingView['mode'], string>> = {
  resume: 'The machine goes on from a snapshot that was taken at its shell prompt.',
  cold: 'Debian boots from power-on, as on any computer. Its messages are in the terminal.',
};

function faceOfStart(machine: StartingView): Face {
  const booting = machine.stage === 'boot' && machine.mode === 'cold';
  return {
    tone: 'blue',
    icon: 'starting',
    word: booting ? 'Booting' : 'Starting',
    sentence: START_SENTENCES[machine.mode],
  };
}

function faceOfHalt(reason: HaltReason): Face {
  const sentence = 'Nothing runs here now. What the machine held in memory is gone.';
  return reason.kind === 'panic' || reason.kind === 'failure'
    ? { tone: 'red', icon: 'failed', word: 'Stopped', sentence }
    : { tone: 'ink', icon: 'off', word: 'Off', sentence };
}

/** Whether the pair has more to say of a machine that has not started here than the machine has. */
function joins(status: PairStatus | undefined): status is PairStatus {
  return status !== undefined && status.role !== 'primary' && status.word !== 'ended';
}

/** How the machine stands, protection included: the one badge of the page. */
export function faceOf(machine: MachineView, status: PairStatus | undefined): Face {
  switch (machine.kind) {
    case 'waiting':
      if (joins(status)) return faceOfStatus(status);
      return { tone: 'blue', icon: 'starting', word: 'Starting', sentence: 'One moment.' };
    case 'starting':
      return faceOfStart(machine);
    case 'running':
      return status === undefined ? FACE_ALONE : faceOfStatus(status);
    case 'remote':
      return status === undefined ? FACE_JOINING : faceOfStatus(status);
    case 'halted':
      return faceOfHalt(machine.reason);
    case 'failed':
      return { tone: 'red', icon: 'failed', word: 'Failed', sentence: 'No machine runs here.' };
    case 'unsupported':
      return {
        tone: 'red',
        icon: 'failed',
        word: 'Cannot run',
        sentence: 'No machine can run in this page as it is.',
      };
  }
}

/** What a screen reader is told when the state changes; equal texts are said once. */
export function announcementOf(
  machine: MachineView,
  status?: PairStatus,
  takeover?: TakeoverRecord,
): string {
  switch (machine.kind) {
    case 'waiting':
      return '';
    case 'starting': {
      const { bytes, totalBytes } = machine;
      const quarters = totalBytes ? Math.floor((bytes / totalBytes) * 4) * 25 : 0;
      const share = quarters > 0 && quarters < 100 ? `, ${quarters} per cent` : '';
      return `${stageWords(machine)}${share}.`;
    }
    case 'running':
    case 'remote': {
      const { word, sentence } = faceOf(machine, status);
      const here = machine.kind === 'running';
      const news = [here ? `The machine runs, ${word.toLowerCase()}.` : `${word}.`, sentence];
      // Only while it is news: until the machine goes on to another term.
      const recent = takeover !== undefined && takeover.failover.term === status?.term;
      if (recent) news.unshift(takeoverSentence(takeover.failover, here));
      if (here && machine.notice !== undefined) news.push(machine.notice);
      return news.join(' ');
    }
    case 'halted':
      return machine.message;
    // Problems are alerts of their own; saying them here too would say them twice.
    case 'failed':
    case 'unsupported':
      return '';
  }
}

/** What a hint says, and what to do instead. */
export const HINT_WORDS: Readonly<Record<ConsoleHint, string>> = {
  'input-refused': 'The machine is too busy to take that much input. The last of it was not sent.',
  'copy-refused':
    'The browser did not let the page copy. Allow the clipboard for this page, then try again.',
  'paste-refused':
    'The browser did not let the page read the clipboard. Ctrl-Shift-V pastes without asking it.',
};
