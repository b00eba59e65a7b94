/** How often the two sides say that they are there. */
import { beforeEach, expect, it } from 'vitest';
import { decodeFrame } from './frame.ts';
import { CALM_AFTER_MS, CALM_HEARTBEAT_MS, HEARTBEAT_MS, STANDBY_SILENCE_MS } from './limits.ts';
import { deadlineOf } from './replica.ts';
import { Stage, protectionOf, type Actor } from './testing/stage.ts';

let stage: Stage;
let a: Actor;
let b: Actor;

beforeEach(() => {
  stage = new Stage();
  a = stage.add('A', 'primary');
  b = stage.add('B', 'standby');
  stage.protect(a, b);
});

/** What each said in so many milliseconds, by kind. */
function said(ms: number, meanwhile = (): void => undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  const hear = (): void => {
    for (const { from, bytes } of stage.wire) {
      const frame = decodeFrame(bytes);
      if (!frame.ok) throw new Error('a frame that cannot be read');
      const word = `${from.name} ${frame.value.message.kind}`;
      counts[word] = (counts[word] ?? 0) + 1;
    }
  };
  for (let left = ms; left > 0; left -= 10) {
    meanwhile();
    stage.pass(10, false);
    while (stage.wire.length > 0) {
      hear();
      const packets = stage.wire.splice(0);
      for (const { to, link, bytes } of packets) to.receive(link, bytes);
    }
  }
  return counts;
}

it('a primary beats half as often when its guest has said nothing for a while', () => {
  a.print('a word\n');
  stage.deliver();
  expect(said(CALM_AFTER_MS - 200)['A heartbeat']).toBe((CALM_AFTER_MS - 200) / HEARTBEAT_MS);
  said(400);
  expect(said(800)['A heartbeat']).toBe(800 / CALM_HEARTBEAT_MS);
  a.print('another\n');
  stage.deliver();
  said(CALM_HEARTBEAT_MS);
  expect(said(400)['A heartbeat']).toBe(400 / HEARTBEAT_MS);
});

it('a standby that acknowledges all the time need not beat, and one at rest does', () => {
  const busy = said(800, () => {
    a.print('line\n');
  });
  expect(busy['B acknowledge']).toBeGreaterThan(30);
  expect(busy['B heartbeat']).toBeUndefined();
  said(200);
  expect(said(800)['B heartbeat']).toBe(800 / CALM_HEARTBEAT_MS);
});

it('a silent standby is looked at when its time is over, not at the next beat', () => {
  said(CALM_AFTER_MS + 200);
  const { state } = a;
  if (state.kind !== 'running' || state.protection.kind !== 'protected')
    throw new Error('not protected');
  const { heardAt } = state.protection.silence;
  b.alive = false;
  for (let looks = 0; protectionOf(a) === 'protected'; looks++) {
    expect(looks).toBeLessThan(20);
    stage.now = deadlineOf(a.state) ?? NaN;
    a.tell({ kind: 'machine-beat' });
  }
  expect(stage.now - heardAt).toBe(STANDBY_SILENCE_MS + 1);
});
