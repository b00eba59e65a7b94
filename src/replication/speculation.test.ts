/** A standby that lets its guest run before it is known whether it may. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, SPECULATION_MARGIN_MS, SPECULATION_PERIOD_MS } from './limits.ts';
import { deadlineOf } from './replica.ts';
import { Stage, type Actor } from './testing/stage.ts';

let stage: Stage;
let a: Actor;
let b: Actor;

beforeEach(() => {
  stage = new Stage();
  a = stage.add('A', 'primary');
  b = stage.add('B', 'standby');
  stage.protect(a, b);
  a.print('work\n');
  stage.deliver();
  stage.story();
});

/** B hears nothing of A for so long. */
function silence(ms: number): void {
  for (let left = ms; left > 0; left -= 10) {
    stage.pass(10, false);
    stage.wire = stage.wire.filter(({ from }) => from !== a);
    stage.deliver();
  }
}

/** Time passes until A, whose guest works, beats. */
function workUntilBeat(): void {
  const { beatAt } = a.state;
  while (a.state.beatAt === beatAt) {
    a.tell({ kind: 'changed' });
    stage.pass(10);
  }
}

/** The next that A says: a beat. */
function beat(): void {
  stage.pass(20);
}

const AHEAD = 'B lets the guest run ahead from 3';
const BACK = 'B takes the guest back to 3';

describe('a silence', () => {
  it('of more than a beat has the guest run ahead, once', () => {
    silence(20);
    expect(stage.story()).toEqual([]);
    silence(10);
    expect(stage.story()).toEqual([AHEAD]);
    silence(100);
    expect(stage.story()).toEqual([]);
  });

  it('is looked at in time', () => {
    const heardAt = stage.now;
    silence(20);
    expect(deadlineOf(b.state)).toBe(heardAt + HEARTBEAT_MS + SPECULATION_MARGIN_MS);
  });

  it('is longer where beats are', () => {
    // A guest that works and says nothing.
    for (let ms = 0; ms < 1_200; ms += 20) {
      a.tell({ kind: 'changed' });
      stage.pass(20);
    }
    workUntilBeat();
    stage.story();
    const ofB = (): string[] => stage.story().filter((line) => line.startsWith('B'));
    silence(40);
    expect(ofB()).toEqual([]);
    silence(10);
    expect(ofB()).toEqual([expect.stringContaining('B lets the guest run ahead')]);
  });

  it('that ends has the guest taken back, and not run ahead again at once', () => {
    silence(40);
    beat();
    expect(stage.story()).toEqual([AHEAD, BACK]);
    const silences = (total: number): string[] => {
      for (let ms = 0; ms < total; ms += 50) {
        a.print('more\n');
        stage.deliver();
        silence(50);
      }
      return stage.story().filter((line) => line.includes('run ahead'));
    };
    expect(silences(SPECULATION_PERIOD_MS - 100)).toEqual([]);
    expect(silences(200)).toHaveLength(1);
  });

  it('that ends with a checkpoint has RAM put right before that is applied', () => {
    silence(40);
    a.print('more\n');
    b.effects.length = 0;
    stage.deliver();
    const kinds = b.effects.map(({ kind }) => kind);
    expect(kinds.indexOf('roll-back')).toBe(0);
    expect(kinds.indexOf('apply')).toBeGreaterThan(0);
  });

  it('of a guest at rest is not worth it', () => {
    // Nothing has happened since the checkpoint, as the next beat says.
    stage.pass(40);
    silence(100);
    expect(stage.story()).toEqual([]);
    a.tell({ kind: 'changed' });
    stage.deliver();
    stage.story();
    silence(40);
    expect(stage.story()).toEqual(['B lets the guest run ahead from 4']);
  });

  it('in which a checkpoint is being applied waits for its end', () => {
    stage.pass(10);
    b.host = false;
    a.print('more\n');
    stage.deliver();
    silence(60);
    expect(stage.story()).not.toContain(AHEAD);
    b.tell({ kind: 'applied', epoch: 4 });
    expect(stage.story()).toContain('B lets the guest run ahead from 4');
  });
});

describe('a takeover', () => {
  it('goes on with the guest that runs ahead', () => {
    silence(40);
    a.alive = false;
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    expect(stage.story()).toEqual([
      AHEAD,
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B: deciding → running',
      'B starts the guest: takeover after 3',
      'B → A: takeover announce after 3',
    ]);
  });

  it('that is still to be decided when the primary is heard again begins anew', () => {
    stage.prompt = false;
    silence(40);
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    stage.story();
    beat();
    expect(stage.story()).toEqual([BACK, 'B arms the guest after 3']);
    // Whoever is undecided has done enough.
    silence(100);
    expect(stage.story()).not.toContain(AHEAD);
  });

  it('of somebody else ends it with the copy', () => {
    silence(40);
    stage.witness = { term: 2, holder: 'C' };
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    expect(b.effects.map(({ kind }) => kind)).toContain('forget-machine');
    expect(b.state.kind).toBe('joining');
  });
});
