import type {
  Failover,
  PairStatus,
  PressureWord,
  TakeoverWord,
  ViewWord,
} from '../../host/browser/pair-types.ts';
import type { CopyView } from '../state/protection-slice.ts';
import type { Face } from './face.ts';
import { formatBytes, formatTimeLeft } from './format.ts';
import { formatMs } from './milliseconds.ts';

type Look = Pick<Face, 'tone' | 'icon' | 'word'>;

/** A word of the pair as people meet it. */
const LOOKS: Readonly<Record<ViewWord, Look>> = {
  starting: { tone: 'blue', icon: 'starting', word: 'Starting' },
  joining: { tone: 'blue', icon: 'starting', word: 'Joining' },
  watching: { tone: 'ink', icon: 'watching', word: 'Watching' },
  unprotected: { tone: 'amber', icon: 'unprotected', word: 'Unprotected' },
  copying: { tone: 'blue', icon: 'copying', word: 'Copying' },
  protected: { tone: 'green', icon: 'protected', word: 'Protected' },
  deciding: { tone: 'violet', icon: 'deciding', word: 'Deciding' },
  lost: { tone: 'red', icon: 'failed', word: 'Lost' },
  ended: { tone: 'ink', icon: 'off', word: 'Ended' },
};

/** What is better said to a newcomer in other words than the pair's own. */
const SENTENCES: Readonly<Record<string, string>> = {
  'primary unprotected':
    'This machine lives only in this tab. Close the tab, and the machine and all that it holds are gone.',
  'primary copying':
    'The machine is being copied to its standby, and runs on meanwhile. Until that is done, a crash would still lose it.',
  'primary protected':
    'Another tab stands by. Close this one, or let it crash: the machine goes on there.',
  'standby copying':
    'A copy of the machine arrives here. This tab can take over as soon as it is whole.',
  'standby protected':
    'The machine runs in another tab. If that tab closes or crashes, it goes on here.',
};

/** The face of a machine that somebody may protect. */
export function faceOfStatus(status: PairStatus): Face {
  const sentence = SENTENCES[`${status.role} ${status.word}`] ?? status.sentence;
  return { ...LOOKS[status.word], sentence };
}

/** The face before the pair's first word. */
export const FACE_ALONE: Face = {
  ...LOOKS.unprotected,
  sentence: SENTENCES['primary unprotected'] ?? '',
};

export const FACE_JOINING: Face = {
  ...LOOKS.joining,
  sentence: 'Looks for the tab that runs the machine.',
};

/** What this tab is to the machine, in a few words. */
export const ROLE_WORDS: Readonly<Record<PairStatus['role'], string>> = {
  primary: 'The machine runs in this tab',
  standby: 'This tab is the standby',
  watcher: 'This tab watches',
  none: 'No machine here',
};

/** What came of a wish; shown beside the buttons and said to screen readers. */
export const REPLIES = {
  standbyOpened: 'A new tab opens. It joins as the standby by itself.',
  viewerOpened: 'A new tab opens. It only watches.',
  copied: 'The invitation link is copied. Open it in another window of this browser.',
  copyByHand: 'The browser did not let the page copy. Copy the link from the field below.',
  noInvitation: 'There is no machine to invite anybody to.',
  handingOver: 'The standby is asked to go on in this tab’s place.',
} as const;

/** Why the old tab was taken for gone. */
export const WHY_WORDS: Readonly<Record<TakeoverWord, string>> = {
  'hand-over': 'handed over on purpose',
  'lock-released': 'its tab closed or crashed',
  'channel-closed': 'its connection closed',
  bye: 'it said that it goes',
  silent: 'it fell silent',
  hung: 'its machine hung',
  'joined-anew': 'it had lost its copy',
  'higher-term': 'a later term was heard of',
  rejects: 'it refused checkpoints',
  'no-commit': 'it confirmed no checkpoint',
  staging: 'it could not keep up',
  'no-hand-over': 'it did not take the machine',
};

/** What is done because checkpoints are made faster than they can be sent. */
export const PRESSURE_WORDS: Readonly<Record<PressureWord, string>> = {
  none: 'The link keeps up.',
  lengthen: 'The link is busy: checkpoints are taken less often.',
  throttle: 'The link is too slow: the machine is slowed down so that it stays protected.',
  drop: 'The link is much too slow: protection is given up, so that the machine can go on.',
};

/** What a crash now would lose: a figure, or everything. */
export function exposureWords(exposureMs: number | undefined): string {
  return exposureMs === undefined ? 'everything' : formatMs(exposureMs);
}

/** Progress of a first copy: `12.3 MB sent, 40 %`. */
export function copyWords(copy: CopyView): string {
  const parts = [formatBytes(copy.bytes)];
  if (copy.secondsLeft !== undefined) parts.push(`${formatTimeLeft(copy.secondsLeft)} left`);
  return parts.join(', ');
}

/** A takeover in a sentence for who knows nothing. `here`: this tab runs the machine now. */
export function takeoverSentence({ why, downtimeMs }: Failover, here: boolean): string {
  const place = here ? 'in this tab' : 'in another tab';
  const stood = `It stood still for ${formatMs(downtimeMs, 'long')}.`;
  if (why === 'hand-over') return `The machine was handed over and goes on ${place}. ${stood}`;
  return `The machine’s tab was lost, and the machine went on ${place}. ${stood}`;
}
