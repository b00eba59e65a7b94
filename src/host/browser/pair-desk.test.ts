import { describe, expect, it } from 'vitest';
import { PairDesk } from './pair-desk.ts';
import type { PairSample, PairState } from './pair-types.ts';

const protectedBy = {
  role: 'primary',
  word: 'protected',
  sentence: 'All is well.',
  term: 3,
} as const;

describe('a pair desk', () => {
  it('tells its state at once, and each change until one listens no more', () => {
    const desk = new PairDesk();
    const seen: PairState[] = [];
    const stop = desk.onState((state) => seen.push(state));
    expect(seen).toEqual([desk.state]);
    desk.update({ status: protectedBy, canInvite: true });
    desk.update({ copy: { bytes: 1, pagesDone: 2, pagesTotal: 3 } });
    expect(seen.at(-1)).toMatchObject({ status: protectedBy, canInvite: true, copy: { bytes: 1 } });
    stop();
    desk.update({ copy: undefined });
    expect(seen).toHaveLength(3);
    expect(desk.state.copy).toBeUndefined();
  });

  it('passes figures on to those who listen then', () => {
    const desk = new PairDesk();
    const seen: PairSample[] = [];
    const sample = { at: 1 } as PairSample;
    desk.sample(sample);
    const stop = desk.onSample((one) => seen.push(one));
    desk.sample(sample);
    stop();
    desk.sample(sample);
    expect(seen).toEqual([sample]);
  });

  it('keeps what happened when a machine is over, and nothing for the next', () => {
    const desk = new PairDesk();
    const empty = desk.state;
    const notice = { level: 'info', sentence: 'News.' } as const;
    desk.update({ status: protectedBy, canInvite: true, notice });
    desk.over();
    expect(desk.state).toMatchObject({ status: undefined, canInvite: false, notice });
    desk.clear();
    expect(desk.state).toEqual(empty);
  });

  it('may lose a listener while it tells', () => {
    const desk = new PairDesk();
    const seen: string[] = [];
    const stops: (() => void)[] = [];
    stops.push(
      desk.onState(() => {
        seen.push('first');
        for (const stop of stops.splice(0)) stop();
      }),
    );
    stops.push(desk.onState(() => seen.push('second')));
    seen.length = 0;
    desk.update({});
    desk.update({});
    expect(seen).toEqual(['first', 'second']);
  });
});
