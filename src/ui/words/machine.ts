import type { HaltReason, StartStage } from '../../host/browser/types.ts';
import type { ConsoleHint } from '../state/console-slice.ts';
import type { MachineView, StartingView } from '../state/machine-slice.ts';
import type { ProtectionView } from '../state/protection-slice.ts';
import { formatProgress, formatTimeLeft } from './format.ts';

/** A state's colour; see the tokens of the same names. */
export type Tone = 'amber' | 'blue' | 'green' | 'violet' | 'red' | 'ink';
/** A state's picture; see `parts/icons.tsx`. */
export type StateIcon = 'unprotected' | 'starting' | 'off' | 'failed';

/** A state as people meet it: a colour, a picture, a word, and a sentence. */
export interface Face {
  readonly tone: Tone;
  readonly icon: StateIcon;
  readonly word: string;
  readonly sentence: string;
}

const PROTECTION_FACES: Readonly<Record<ProtectionView['kind'], Face>> = {
  unprotected: {
    tone: 'amber',
    icon: 'unprotected',
    word: 'Unprotected',
    sentence:
      'This machine lives only in this tab. Close the tab, and the machine and all that it holds are gone.',
  },
};

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

/** How the machine stands, protection included: the one badge of the page. */
export function faceOf(machine: MachineView, protection: ProtectionView): Face {
  switch (machine.kind) {
    case 'waiting':
      return { tone: 'blue', icon: 'starting', word: 'Starting', sentence: 'One moment.' };
    case 'starting':
      return faceOfStart(machine);
    case 'running':
      return PROTECTION_FACES[protection.kind];
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
export function announcementOf(machine: MachineView): string {
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
      return `The machine runs, unprotected.${machine.notice === undefined ? '' : ` ${machine.notice}`}`;
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
