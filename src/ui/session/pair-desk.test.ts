import { beforeEach, describe, expect, test } from 'vitest';
import { createUiStore, type UiStore } from '../state/store.ts';
import { FakePair, QUIET_SAMPLE, statusOf, TAKEOVER } from '../testing/fake-pair.ts';
import { REPLIES } from '../words/pair.ts';
import { PairDesk } from './pair-desk.ts';

let pair: FakePair;
let store: UiStore;
let desk: PairDesk;
let opened: string[];
let gone: string[];
let copied: string[];
let mayCopy: boolean;
let later: (() => void)[];

beforeEach(() => {
  [opened, gone, copied, mayCopy, later] = [[], [], [], true, []];
  pair = new FakePair();
  store = createUiStore();
  desk = new PairDesk({
    pair,
    store,
    tabs: {
      open: (url) => opened.push(url),
      go: (url) => gone.push(url),
      goAlone: () => gone.push('alone'),
      copy: (text) => {
        if (!mayCopy) return Promise.reject(new Error('not allowed'));
        copied.push(text);
        return Promise.resolve();
      },
    },
    clock: {
      now: () => 0,
      wall: () => 7000,
      after: (callback) => {
        later.push(callback);
        return () => {
          later = later.filter((other) => other !== callback);
        };
      },
    },
  });
});

describe('the pair’s words', () => {
  test('come into the store, at once and with every change', () => {
    pair.become({ status: statusOf('standby', 'copying') });
    desk.connect();
    expect(store.getState().pairStatus?.word).toBe('copying');
    pair.become({ status: statusOf('standby', 'protected'), takeovers: [TAKEOVER] });
    expect(store.getState()).toMatchObject({
      pairStatus: { role: 'standby', word: 'protected' },
      takeovers: [TAKEOVER],
    });
  });

  test('are news for a while only, and are not told again with other changes', () => {
    desk.connect();
    const notice = { level: 'info', sentence: 'The machine is protected.' } as const;
    pair.become({ notice });
    expect(store.getState().pairNotice).toBe(notice);
    for (const callback of later) callback();
    pair.become({ canInvite: true });
    expect(store.getState().pairNotice).toBeUndefined();
    pair.become({ notice: { ...notice } });
    expect(store.getState().pairNotice).toEqual(notice);
  });

  test('figures wait in the ring until they are shown', () => {
    desk.connect();
    const before = store.getState();
    pair.measure(QUIET_SAMPLE);
    expect(store.getState()).toBe(before);
    desk.showNewest();
    expect(store.getState().pairSample).toBe(QUIET_SAMPLE);
    expect(desk.samples.newest?.wallMs).toBe(7000);
  });

  test('end when they are no longer listened to', () => {
    for (const cleanup of desk.connect()) cleanup();
    pair.become({ canInvite: true });
    pair.measure(QUIET_SAMPLE);
    expect(store.getState().canInvite).toBe(false);
    expect(desk.samples.newest).toBeUndefined();
  });
});

describe('an invitation', () => {
  test('opens a tab of its own, for a standby or a viewer', () => {
    pair.become({ canInvite: true });
    desk.add('standby');
    desk.add('watch');
    expect(opened).toEqual([pair.invitation('standby'), pair.invitation('watch')]);
    expect(store.getState().pairReply).toBe(REPLIES.viewerOpened);
  });

  test('that cannot be made is said so', () => {
    desk.add('standby');
    expect(opened).toEqual([]);
    expect(store.getState().pairReply).toBe(REPLIES.noInvitation);
  });

  test('is copied, and the confirmation goes away again', async () => {
    pair.become({ canInvite: true });
    await desk.copyInvitation();
    expect(copied).toEqual([pair.invitation('standby')]);
    expect(store.getState().pairReply).toBe(REPLIES.copied);
    for (const callback of later) callback();
    expect(store.getState().pairReply).toBeUndefined();
  });

  test('is shown when the browser does not let it be copied', async () => {
    pair.become({ canInvite: true });
    mayCopy = false;
    await desk.copyInvitation();
    expect(store.getState()).toMatchObject({
      linkToCopy: pair.invitation('standby'),
      pairReply: REPLIES.copyByHand,
    });
    mayCopy = true;
    await desk.copyInvitation();
    expect(store.getState().linkToCopy).toBeUndefined();
  });
});

describe('a crash on purpose', () => {
  test('of a protected machine knows the way back', () => {
    pair.become({ status: statusOf('primary', 'protected'), canInvite: true });
    const invitation = pair.invitation('standby');
    pair.onAsked = () => {
      pair.become({ status: undefined, canInvite: false });
    };
    desk.crash();
    expect(pair.asked).toEqual(['crash']);
    desk.comeBack();
    expect(gone).toEqual([invitation]);
  });

  test.each(['unprotected', 'copying', 'deciding'] as const)('while %s leads nowhere', (word) => {
    pair.become({ status: statusOf('primary', word), canInvite: true });
    desk.crash();
    expect(store.getState().crashed).toEqual({ wayBack: undefined });
    desk.comeBack();
    expect(gone).toEqual([]);
  });
});
