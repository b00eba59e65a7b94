/** A primary whose guest is stopped on purpose: its last state goes to the standby before anything else happens. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Stage, type Actor } from './testing/stage.ts';

let stage: Stage;
let a: Actor;
let link: string;

beforeEach(() => {
  stage = new Stage();
  a = stage.add('A', 'primary');
  link = stage.protect(a, stage.add('B', 'standby'));
});

describe('the story of', () => {
  it('a handover', () => {
    a.print('last words\n');
    stage.deliver();
    stage.story();
    a.tell({ kind: 'hand-over' });
    stage.deliver();
    expect(stage.story()).toEqual([
      'A captures 4 (dirty)',
      'A → B: begin 4 on 3',
      'A → B: pages 4',
      'A → B: sections 4',
      'A → B: commit 4, protects',
      'B → A: acknowledge 4',
      'A → B: takeover request after 4',
      'B: ready → deciding',
      'B asks the witness for term 2',
      'B arms the guest after 4',
      'B: deciding → running',
      'B starts the guest: takeover after 4',
      'B → A: takeover announce after 4',
      'A: running → joining',
      'A stops the guest',
      'A warns: Another tab has taken over (term 2): this one stopped.',
      'A → B: hello',
      'B → A: welcome as standby',
      'A: joining → preparing',
      'A: preparing → copying',
      'A → B: ready',
      'B captures 5 (first)',
      'B → A: begin 5 on 0',
      'B → A: keys',
      'B → A: pages 5',
      'B → A: sections 5',
      'B → A: outputs 5 "last words\\n"',
      'B → A: commit 5',
      'A → B: acknowledge 5',
      'B captures 6 (dirty)',
      'B → A: begin 6 on 5',
      'B → A: pages 6',
      'B → A: sections 6',
      'B → A: commit 6, protects',
      'A: copying → ready',
      'A → B: acknowledge 6',
    ]);
  });

  it('a handover that nobody takes up: the guest goes on here', () => {
    a.tell({ kind: 'hand-over' });
    stage.lose();
    a.tell({ kind: 'peer-lost', peer: link });
    expect(stage.story()).toContain('A starts the guest: resume after 2');
  });

  it('a guest that switches itself off: its last words are committed first', () => {
    a.print('bye\n');
    stage.lose();
    a.tell({ kind: 'guest-halted', sentence: 'Powered off.' });
    expect(stage.story()).not.toContain('A shows "bye\\n"');
    stage.pass(20);
    // The wire had lost all of checkpoint 3; it is made anew, with the last words in it.
    expect(stage.story()).toEqual([
      'B warns: Checkpoint 3 was refused: it never came',
      'B → A: reject bad-checkpoint 3',
      'A makes 3, 4 dirty again',
      'A → B: abort 3',
      'A captures 5 (dirty)',
      'A → B: begin 5 on 2',
      'A → B: pages 5',
      'A → B: sections 5',
      'A → B: outputs 5 "bye\\n"',
      'A → B: commit 5, protects',
      'B → A: acknowledge 5',
      'B shows "bye\\n"',
      'A: running → ended',
      'A shows "bye\\n"',
      'A → B: shutdown halted',
      'B: ready → ended',
    ]);
  });
});
