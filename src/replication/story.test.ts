/** The life of a pair, as stories. The lines are what parties say and do; beats are left out. */
import { beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../base/assert.ts';
import { protectionOf, Stage, type Actor } from './testing/stage.ts';

let stage: Stage;
let a: Actor;
let b: Actor;

beforeEach(() => {
  stage = new Stage();
  a = stage.add('A', 'primary');
  b = stage.add('B', 'standby');
  stage.story();
});

const protect = (standby = b): string => stage.protect(a, standby);

describe('the story of', () => {
  it('a first tab', () => {
    const alone = new Stage();
    const first = alone.add('A', 'primary');
    first.print('hello\n');
    first.type('l');
    expect(alone.story()).toEqual([
      'A asks the witness for term 1',
      'A: opening → running',
      'A starts the guest: begin after 0',
      'A shows "hello\\n"',
      'A gives the guest A1="l"',
    ]);
  });

  it('a standby that joins: first copy, gate closed, protected', () => {
    a.print('hello\n');
    stage.connect(a, b);
    stage.deliver();
    expect(stage.story()).toEqual([
      'A shows "hello\\n"',
      'B: outside → joining',
      'B → A: hello',
      'A → B: welcome as standby',
      'B: joining → preparing',
      'B: preparing → copying',
      'B → A: ready',
      'A captures 1 (first)',
      'A → B: begin 1 on 0',
      'A → B: keys',
      'A → B: pages 1',
      'A → B: sections 1',
      'A → B: outputs 1 "hello\\n"',
      'A → B: commit 1',
      'B → A: acknowledge 1',
      'B shows "hello\\n"',
      'A captures 2 (dirty)',
      'A → B: begin 2 on 1',
      'A → B: pages 2',
      'A → B: sections 2',
      'A → B: commit 2, protects',
      'B: copying → ready',
      'B → A: acknowledge 2',
    ]);
    expect(protectionOf(a)).toBe('protected');
  });

  it('one line of output, committed before anybody sees it', () => {
    protect();
    a.print('one\n');
    expect(stage.story(), 'nothing is shown').toEqual([
      'A captures 3 (dirty)',
      'A → B: begin 3 on 2',
      'A → B: pages 3',
      'A → B: sections 3',
      'A → B: outputs 3 "one\\n"',
      'A → B: commit 3, protects',
    ]);
    stage.deliver();
    expect(stage.story()).toEqual(['B → A: acknowledge 3', 'B shows "one\\n"', 'A shows "one\\n"']);
  });

  it('an idle guest: no checkpoints', () => {
    protect();
    stage.pass(500);
    expect(stage.story()).toEqual([]);
    a.tell({ kind: 'changed' });
    expect(stage.story()).toContain('A captures 3 (dirty)');
  });

  it('a crash of an idle guest: nothing was at risk', () => {
    const exposureAfter = (changed: boolean): number => {
      protect();
      stage.pass(500);
      if (changed) {
        a.tell({ kind: 'changed' });
        // Of the checkpoint of what has changed only the beginning arrives.
        stage.wire.pop();
      }
      a.alive = false;
      stage.deliver();
      b.tell({ kind: 'primary-gone', word: 'lock-released' });
      b.tell({ kind: 'guest-started' });
      return b.state.kind === 'running' ? (b.state.lastFailover?.exposureMs ?? -1) : -1;
    };
    expect(exposureAfter(false)).toBe(0);
    stage = new Stage();
    a = stage.add('A', 'primary');
    b = stage.add('B', 'standby');
    expect(exposureAfter(true)).toBeGreaterThan(400);
  });

  it('a tab that dies in the middle of sending: the previous checkpoint is taken over', () => {
    protect();
    b.type('x');
    stage.deliver();
    a.print('never seen\n');
    // The commit is lost with the tab.
    stage.wire.pop();
    a.alive = false;
    stage.deliver();
    stage.story();
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    expect(stage.story()).toEqual([
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 2',
      'B: deciding → running',
      'B forgets what is staged of 3',
      'B starts the guest: takeover after 2',
      'B gives the guest B1="x"',
      'B → A: takeover announce after 2',
    ]);
    b.print('seen once\n');
    expect(stage.story()).toEqual(['B shows "seen once\\n"']);
  });

  it('a tab that dies after its last checkpoint arrived: its output is not repeated', () => {
    protect();
    a.print('one\n');
    stage.deliver();
    a.print('two\n');
    stage.deliver();
    a.alive = false;
    stage.story();
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    b.print('three\n');
    expect(stage.story().filter((line) => line.includes('shows'))).toEqual(['B shows "three\\n"']);
  });

  it('keys typed at the tab that dies: played again, once', () => {
    protect();
    a.type('a');
    a.tell({ kind: 'changed' });
    stage.pass(30);
    a.type('b');
    stage.deliver();
    a.alive = false;
    stage.story();
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    expect(stage.story()).toContain('B gives the guest A2="b"');
  });

  it('a stopped primary that comes back: it finds its term over, and becomes the standby', () => {
    protect();
    a.print('held\n');
    stage.lose();
    a.stopped = true;
    stage.pass(220);
    expect(stage.story().slice(0, -1)).toEqual([
      'A captures 3 (dirty)',
      'A → B: begin 3 on 2',
      'A → B: pages 3',
      'A → B: sections 3',
      'A → B: outputs 3 "held\\n"',
      'A → B: commit 3, protects',
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 2',
      'B: deciding → running',
      'B starts the guest: takeover after 2',
    ]);
    a.resume();
    expect(stage.story()).toEqual([
      'A: running → joining',
      'A stops the guest',
      'A throws away 5 bytes of output',
      'A warns: Another tab has taken over (term 2): this one stopped.',
      'A → B: hello',
    ]);
    stage.deliver();
    stage.pass(20);
    expect([protectionOf(a), protectionOf(b)]).toEqual(['ready', 'protected']);
  });

  it('figures: from the primary to its standby and to who watches, as they are', () => {
    protect();
    const c = stage.add('C', 'watch');
    stage.connect(a, c);
    stage.deliver();
    stage.story();
    a.tell({ kind: 'telemetry', bytes: Uint8Array.of(1, 2, 3) });
    b.tell({ kind: 'telemetry', bytes: Uint8Array.of(9) });
    stage.deliver();
    expect(stage.story()).toEqual([
      'A → B: telemetry',
      'A → C: telemetry',
      'B hears figures of 3 bytes',
      'C hears figures of 3 bytes',
    ]);
  });

  it('hot code: from the primary to who protects it, and to nobody else', () => {
    a.tell({ kind: 'hot-code', bytes: Uint8Array.of(1) });
    expect(stage.story()).toEqual([]);
    protect();
    stage.connect(a, stage.add('C', 'watch'));
    stage.deliver();
    stage.story();
    a.tell({ kind: 'hot-code', bytes: Uint8Array.of(1, 2) });
    b.tell({ kind: 'hot-code', bytes: Uint8Array.of(9) });
    stage.deliver();
    expect(stage.story()).toEqual(['A → B: hot-code', 'B hears of hot code in 2 bytes']);
  });

  it('a standby that dies: the guest is not stopped, and the output comes out', () => {
    const link = protect();
    a.print('held\n');
    stage.lose();
    b.alive = false;
    a.tell({ kind: 'peer-lost', peer: link });
    expect(stage.story()).toEqual([
      'A captures 3 (dirty)',
      'A → B: begin 3 on 2',
      'A → B: pages 3',
      'A → B: sections 3',
      'A → B: outputs 3 "held\\n"',
      'A → B: commit 3, protects',
      'A asks the witness for term 2',
      'A makes 3 dirty again',
      'A → B: abort 3',
      'A warns: The standby has gone. The machine runs unprotected.',
      'A shows "held\\n"',
    ]);
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('a cut between two that live: the primary asks first and wins, the standby joins anew', () => {
    protect();
    stage.pass(160, false);
    expect(stage.story()).toEqual([
      'A asks the witness for term 2',
      'A warns: The standby does not answer. The machine runs unprotected.',
      'A → B: reject dropped',
    ]);
    stage.pass(60, false);
    expect(stage.story()).toEqual([
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 2',
      'B: deciding → joining',
      'B → A: hello',
    ]);
    stage.deliver();
    stage.pass(20);
    expect([protectionOf(a), protectionOf(b)]).toEqual(['protected', 'ready']);
  });

  it('a witness that is away: nobody goes on before it has spoken', () => {
    protect();
    stage.prompt = false;
    a.print('held\n');
    stage.lose();
    a.stopped = true;
    stage.pass(400);
    expect(stage.story().filter((line) => line.startsWith('B'))).toEqual([
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 2',
      // Once more: the answer may have been lost.
      'B asks the witness for term 2',
    ]);
    defined(stage.claims[0], 'claim')();
    expect(protectionOf(b)).toBe('unprotected');
  });

  it('a machine that hangs while its tab beats', () => {
    protect();
    a.beats = false;
    stage.pass(470);
    expect(protectionOf(b)).toBe('ready');
    stage.pass(60);
    expect(stage.story()).toContain('B starts the guest: takeover after 2');
    stage.deliver();
    expect(a.effects).toContainEqual(expect.objectContaining({ kind: 'stop-guest' }));
  });

  it('a standby that was itself stopped: it does not blame the primary', () => {
    protect();
    b.stopped = true;
    stage.pass(100);
    stage.now += 5000;
    b.stopped = false;
    b.tell({ kind: 'tick' });
    expect(protectionOf(b)).toBe('ready');
  });

  it('a page that is closed: its last word saves the waiting', () => {
    protect();
    a.tell({ kind: 'leave' });
    a.alive = false;
    stage.deliver();
    expect(stage.story()).toEqual([
      'A: running → ended',
      'A stops the guest',
      'A → B: shutdown leaving',
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 2',
      'B: deciding → running',
      'B starts the guest: takeover after 2',
      'B → A: takeover announce after 2',
    ]);
  });

  it('a standby that is closed', () => {
    protect();
    b.tell({ kind: 'leave' });
    stage.deliver();
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('a primary that dies during the first copy: the machine is lost, and nobody runs half of it', () => {
    a.host = false;
    const link = stage.connect(a, b);
    stage.deliver();
    stage.story();
    b.tell({ kind: 'peer-lost', peer: link });
    expect(stage.story()).toEqual(['B: copying → outside', 'B looks for the primary']);
    expect(b.state).toMatchObject({ why: 'copy-incomplete' });
  });

  it('two takeovers in a row, each protected again', () => {
    protect();
    a.print('one\n');
    stage.deliver();
    a.alive = false;
    b.tell({ kind: 'primary-gone', word: 'lock-released' });
    const c = stage.add('C', 'standby');
    stage.connect(b, c);
    stage.deliver();
    b.print('two\n');
    stage.deliver();
    stage.pass(30);
    b.alive = false;
    c.tell({ kind: 'primary-gone', word: 'lock-released' });
    c.print('three\n');
    expect(stage.story().filter((line) => line.startsWith('C shows'))).toEqual([
      'C shows "one\\n"',
      'C shows "two\\n"',
      'C shows "three\\n"',
    ]);
    expect(c.state.term).toBe(3);
  });
});
