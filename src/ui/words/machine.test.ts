import { expect, test } from 'vitest';
import type { MachineView, StartingView } from '../state/machine-slice.ts';
import { statusOf } from '../testing/fake-pair.ts';
import { announcementOf, faceOf, progressWords, stageWords } from './machine.ts';

const starting: StartingView = {
  kind: 'starting',
  mode: 'resume',
  notice: undefined,
  stage: 'snapshot',
  bytes: 18 * 1024 * 1024,
  totalBytes: 45 * 1024 * 1024,
  share: 0.4,
  stageStartedMs: 0,
  secondsLeft: 4,
};
const unprotected = statusOf('primary', 'unprotected');

test('progress says bytes and a guess, as far as they are known', () => {
  expect(progressWords(starting).replaceAll('\u00a0', ' ')).toBe(
    '18.0 of 45.0 MB, about 4 seconds left',
  );
  expect(progressWords({ ...starting, secondsLeft: undefined })).not.toContain('left');
  expect(progressWords({ ...starting, totalBytes: undefined, secondsLeft: undefined })).toBe('');
});

test('a boot that outlasts the guess admits it', () => {
  const late: StartingView = { ...starting, stage: 'boot', totalBytes: undefined, secondsLeft: 0 };
  expect(progressWords(late)).toBe('longer than last time');
});

test('a resume and a cold boot are told apart', () => {
  expect(stageWords({ stage: 'boot', mode: 'resume' })).toBe('Waking the machine');
  expect(stageWords({ stage: 'boot', mode: 'cold' })).toBe('Debian is booting');
});

test('a running machine is shown by who protects it: honestly, nobody', () => {
  const face = faceOf({ kind: 'running', notice: undefined }, unprotected);
  expect(face).toMatchObject({ tone: 'amber', word: 'Unprotected' });
  expect(face.sentence).toContain('only in this tab');
});

test.each<[MachineView, string, string]>([
  [{ kind: 'waiting' }, 'blue', 'Starting'],
  [starting, 'blue', 'Starting'],
  [{ ...starting, mode: 'cold', stage: 'boot' }, 'blue', 'Booting'],
  [{ kind: 'halted', reason: { kind: 'poweroff' }, message: 'Off.' }, 'ink', 'Off'],
  [{ kind: 'halted', reason: { kind: 'reset' }, message: 'Reset.' }, 'ink', 'Off'],
  [{ kind: 'halted', reason: { kind: 'panic', text: 'x' }, message: 'Panic.' }, 'red', 'Stopped'],
  [{ kind: 'halted', reason: { kind: 'failure', code: 3 }, message: '3.' }, 'red', 'Stopped'],
  [{ kind: 'failed', message: 'No guest.', advice: 'Make one.', lived: false }, 'red', 'Failed'],
])('%j is %s and called %s', (view, tone, word) => {
  expect(faceOf(view, unprotected)).toMatchObject({ tone, word });
});

test('a screen reader hears quarters of a download, not every byte', () => {
  const heard = new Set(
    Array.from({ length: 100 }, (_, per) =>
      announcementOf({ ...starting, bytes: per, totalBytes: 100 }),
    ),
  );
  expect([...heard]).toEqual([
    'Fetching the machine’s memory.',
    'Fetching the machine’s memory, 25 per cent.',
    'Fetching the machine’s memory, 50 per cent.',
    'Fetching the machine’s memory, 75 per cent.',
  ]);
});

test('a notice is heard with the state it belongs to; problems are alerts of their own', () => {
  expect(announcementOf({ kind: 'running', notice: 'Booted cold.' })).toContain('Booted cold.');
  expect(announcementOf({ kind: 'failed', message: 'a', advice: 'b', lived: false })).toBe('');
});
