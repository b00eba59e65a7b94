import { describe, expect, test } from 'vitest';
import { IDLE_COUNTERS } from '../testing/fake-client.ts';
import { cleanTitle } from './console-slice.ts';
import { ACTIVITY_SAMPLES, figuresOf, sameFigures } from './figures-slice.ts';
import { viewOfBootTick, viewOfProgress, viewOfState, type MachineView } from './machine-slice.ts';
import { parsePreferences } from './preferences-slice.ts';
import { createUiStore } from './store.ts';
import { estimateSecondsLeft } from './time-left.ts';

const WAITING: MachineView = { kind: 'waiting' };
const booting = (mode: 'resume' | 'cold') =>
  ({ kind: 'booting', mode, notice: undefined }) as const;

describe('the machine', () => {
  test('progress belongs to a start; later reports change nothing', () => {
    const running = viewOfState(WAITING, { kind: 'running', notice: undefined }, 0);
    expect(viewOfProgress(running, { stage: 'boot', bytes: 0, totalBytes: undefined }, 5)).toBe(
      running,
    );
  });

  test('the time left is guessed from this stage alone', () => {
    const start = viewOfState(WAITING, booting('resume'), 1000);
    const begun = viewOfProgress(start, { stage: 'snapshot', bytes: 0, totalBytes: 100 }, 5000);
    const half = viewOfProgress(begun, { stage: 'snapshot', bytes: 50, totalBytes: 100 }, 7000);
    expect(half).toMatchObject({ share: 0.5, secondsLeft: 2, stageStartedMs: 5000 });
  });

  test('a resume that falls back to a boot keeps the stage it has told already', () => {
    const start = viewOfState(WAITING, booting('resume'), 0);
    const boot = viewOfProgress(start, { stage: 'boot', bytes: 0, totalBytes: undefined }, 900);
    const cold = viewOfState(boot, { kind: 'booting', mode: 'cold', notice: 'Another.' }, 950);
    expect(cold).toMatchObject({ mode: 'cold', stage: 'boot', notice: 'Another.' });
  });

  test('a repeated word on the same start keeps its progress', () => {
    const start = viewOfState(WAITING, booting('resume'), 0);
    const far = viewOfProgress(start, { stage: 'snapshot', bytes: 90, totalBytes: 100 }, 900);
    expect(viewOfState(far, booting('resume'), 950)).toMatchObject({ bytes: 90 });
  });

  test('a boot is guessed from the last one, and never said to be done', () => {
    const start = viewOfState(WAITING, booting('cold'), 0);
    const boot = viewOfProgress(start, { stage: 'boot', bytes: 0, totalBytes: undefined }, 1000);
    expect(viewOfBootTick(boot, 11_000, 20)).toMatchObject({ share: 0.5, secondsLeft: 10 });
    expect(viewOfBootTick(boot, 99_000, 20)).toMatchObject({ share: 0.97, secondsLeft: 0 });
    expect(viewOfBootTick(boot, 11_000, undefined)).toBe(boot);
  });

  test('an unsupported page stays so when the client falls idle', () => {
    const problem = { kind: 'not-isolated', message: 'm', advice: 'a' } as const;
    const view: MachineView = { kind: 'unsupported', problem };
    expect(viewOfState(view, { kind: 'idle' }, 0)).toBe(view);
  });

  test('no guess before there is something to guess from', () => {
    expect(estimateSecondsLeft({ bytes: 50, totalBytes: 100 }, 0.1)).toBeUndefined();
    expect(estimateSecondsLeft({ bytes: 0, totalBytes: 100 }, 5)).toBeUndefined();
    expect(estimateSecondsLeft({ bytes: 5, totalBytes: undefined }, 5)).toBeUndefined();
    expect(estimateSecondsLeft({ bytes: 100, totalBytes: 100 }, 5)).toBe(0);
  });
});

describe('the figures', () => {
  test('say what is executed in a second, not what could be', () => {
    const figures = figuresOf({ ...IDLE_COUNTERS, mips: 200, load: 0.25, guestSeconds: 9.9 });
    expect(figures).toEqual({
      instructionsPerSecond: 50_000_000,
      idleShare: 0.75,
      uptimeSeconds: 9,
      ramBytes: IDLE_COUNTERS.ramBytes,
    });
  });

  test('that would read the same leave the store alone', () => {
    const store = createUiStore();
    store.getState().setFigures(figuresOf(IDLE_COUNTERS));
    const before = store.getState();
    const later = { ...IDLE_COUNTERS, guestSeconds: IDLE_COUNTERS.guestSeconds + 0.1 };
    before.setFigures(figuresOf(later));
    expect(store.getState()).toBe(before);
    expect(sameFigures(undefined, figuresOf(IDLE_COUNTERS))).toBe(false);
  });

  test('of a broken counter do not break the page', () => {
    const figures = figuresOf({ ...IDLE_COUNTERS, load: Number.NaN, guestSeconds: -3 });
    expect(figures).toMatchObject({ idleShare: 1, uptimeSeconds: 0 });
  });

  test('keep a minute of activity', () => {
    const store = createUiStore();
    for (let second = 0; second < 100; second += 1) store.getState().pushActivity(second);
    store.getState().pushActivity(0.5);
    const { activity } = store.getState();
    expect(activity).toHaveLength(ACTIVITY_SAMPLES);
    expect(activity.slice(-2)).toEqual([1, 0.5]);
  });
});

describe('a title from the guest', () => {
  test('is one bounded line without control characters', () => {
    expect(cleanTitle('root@tandem:\x07 ~\n\u202e')).toBe('root@tandem:  ~');
    expect(cleanTitle('x'.repeat(1000))).toHaveLength(80);
  });
});

describe('preferences', () => {
  function memoryStorage(): Pick<Storage, 'getItem' | 'setItem'> {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => {
        kept.set(key, value);
      },
    };
  }

  test('outlive the page', () => {
    const storage = memoryStorage();
    const first = createUiStore(storage).getState();
    first.setTheme('dark');
    first.setScreenReader(true);
    first.setUsualBootSeconds(31);
    first.setDashboardOpen(true);
    expect(createUiStore(storage).getState()).toMatchObject({
      theme: 'dark',
      screenReader: true,
      usualBootSeconds: 31,
      dashboardOpen: true,
    });
  });

  test.each([[null], ['{'], ['7'], ['{"theme":"pink","usualBootSeconds":-1,"dashboardOpen":1}']])(
    '%s gives the defaults',
    (text) => {
      expect(parsePreferences(text)).toEqual({
        theme: 'system',
        screenReader: false,
        usualBootSeconds: undefined,
        dashboardOpen: false,
      });
    },
  );
});
