import { describe, expect, test } from 'vitest';
import type { ViewWord } from '../../host/browser/pair-types.ts';
import { FAILOVER, statusOf, TAKEOVER } from '../testing/fake-pair.ts';
import { announcementOf, faceOf } from './machine.ts';
import { copyWords, exposureWords, takeoverSentence } from './pair.ts';

const RUNNING = { kind: 'running', notice: undefined } as const;
const REMOTE = { kind: 'remote' } as const;
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the face of a pair', () => {
  test.each<[ViewWord, string, string]>([
    ['starting', 'blue', 'Starting'],
    ['joining', 'blue', 'Joining'],
    ['watching', 'ink', 'Watching'],
    ['unprotected', 'amber', 'Unprotected'],
    ['copying', 'blue', 'Copying'],
    ['protected', 'green', 'Protected'],
    ['deciding', 'violet', 'Deciding'],
    ['lost', 'red', 'Lost'],
    ['ended', 'ink', 'Ended'],
  ])('%s is %s and reads %s, in every tab', (word, tone, name) => {
    for (const [machine, role] of [
      [RUNNING, 'primary'],
      [REMOTE, 'standby'],
    ] as const) {
      expect(faceOf(machine, statusOf(role, word))).toMatchObject({ tone, word: name });
    }
  });

  test('both tabs of a pair say protected, each what that means there', () => {
    const here = faceOf(RUNNING, statusOf('primary', 'protected'));
    const there = faceOf(REMOTE, statusOf('standby', 'protected'));
    expect(here.word).toBe(there.word);
    expect(here.sentence).toContain('goes on there');
    expect(there.sentence).toContain('goes on here');
  });

  test('a reason that only the pair knows is said in its words', () => {
    const status = { ...statusOf('standby', 'lost'), sentence: 'It was not protected yet.' };
    expect(faceOf(REMOTE, status).sentence).toBe('It was not protected yet.');
  });

  test('a machine that stopped is off, whatever the pair said last', () => {
    const off = { kind: 'halted', reason: { kind: 'poweroff' }, message: 'Off.' } as const;
    expect(faceOf(off, statusOf('primary', 'protected')).word).toBe('Off');
  });

  test('an invited tab joins before the pair’s first word', () => {
    expect(faceOf(REMOTE, undefined).word).toBe('Joining');
  });
});

describe('a takeover', () => {
  test('is told with its downtime, to who knows nothing', () => {
    expect(plain(takeoverSentence(FAILOVER, true))).toBe(
      'The machine’s tab was lost, and the machine went on in this tab. It stood still for 38 milliseconds.',
    );
    const planned = takeoverSentence({ ...FAILOVER, why: 'hand-over' }, false);
    expect(planned).toContain('was handed over and goes on in another tab');
  });

  test('is announced while it is news, and not after the machine has gone on', () => {
    const now = statusOf('primary', 'unprotected', TAKEOVER.failover.term);
    expect(announcementOf(RUNNING, now, TAKEOVER)).toContain('stood still');
    const later = statusOf('primary', 'unprotected', TAKEOVER.failover.term + 1);
    expect(announcementOf(RUNNING, later, TAKEOVER)).not.toContain('stood still');
  });
});

test('without protection a crash loses everything', () => {
  expect(exposureWords(undefined)).toBe('everything');
  expect(plain(exposureWords(0))).toBe('0 ms');
});

test('a first copy says how far it is, and guesses only when it can', () => {
  const copy = {
    ...{ bytes: 3_250_586, pagesDone: 10, pagesTotal: 100, startedMs: 0, share: 0.1 },
    secondsLeft: undefined,
  };
  expect(plain(copyWords(copy))).toBe('3.10 MB');
  expect(plain(copyWords({ ...copy, secondsLeft: 4 }))).toBe('3.10 MB, about 4 seconds left');
});
