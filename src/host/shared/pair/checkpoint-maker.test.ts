import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Compressor } from '../../../checkpoint/compression.ts';
import { loadZstd } from '../../../checkpoint/zstd.ts';
import { MakerStage } from './testing/maker-stage.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

let stage: MakerStage;
beforeEach(() => {
  stage = new MakerStage(zstd);
});

const NOTHING = { dirtyPages: 0, zeroPages: 0, rawBytes: 0, copyMs: 0 };
const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe('a checkpoint', () => {
  it('is asked for, copied, sent and reported, and makes the copy equal', () => {
    const { guest, maker } = stage;
    guest.noise(3, 5, 1);
    guest.write(100 * 4096, 7);
    stage.ask(1, 'first');
    expect(maker.firstCopyPages).toBe(6);
    stage.pause(1);
    stage.begin(1, 0);
    // Not before the other effects of the same event.
    expect(stage.story).toEqual(['ask 1']);
    stage.turn();
    expect(stage.story).toEqual(['ask 1', 'pages 1', 'sections 1', 'staged 1']);
    expect(stage.facts.get(1)).toMatchObject({ dirtyPages: 6, zeroPages: 0, rawBytes: 6 * 4096 });
    expect(stage.facts.get(1)?.copyMs).toBeGreaterThan(0);
    expect(stage.apply(1, true)).toEqual([]);
    expect(stage.applier.applied).toMatchObject({ epoch: 1, instructions: 1000n });
    expect(stage.waiting).toBe(0);
  });

  it('is followed by one of what has changed since', () => {
    const { guest, maker } = stage;
    guest.noise(0, 20, 1);
    stage.ship(1, 0);
    expect(stage.apply(1, true)).toEqual([]);
    maker.forget(1);
    guest.write(5 * 4096, 1);
    stage.ship(2, 1);
    guest.write(6 * 4096, 2);
    expect(stage.facts.get(2)?.dirtyPages).toBe(1);
    expect(stage.apply(2)).toEqual([]);
    stage.ship(3, 2);
    expect(stage.apply(3)).toEqual([]);
  });

  it('has what the guest overwrites during the copy as it was at the pause', () => {
    const { guest } = stage;
    guest.noise(0, 900, 1);
    stage.ask(1, 'first');
    stage.pause(1);
    stage.begin(1, 0);
    for (let round = 0; stage.waiting > 0; round++) {
      stage.turn(1);
      guest.noise((round * 211) % 1000, 20, round + 7);
    }
    expect(stage.apply(1, true)).toEqual([]);
    stage.ship(2, 1);
    expect(stage.apply(2)).toEqual([]);
  });

  it('may be the last of a guest that is held', () => {
    stage.maker.capture({
      ...{ kind: 'capture', epoch: 4, scope: 'first', baseline: new Uint8Array(0), last: true },
    });
    expect(stage.story).toEqual(['ask 4 last']);
  });

  it('of a standby without our baseline has all of memory', () => {
    const other = Uint8Array.of(9);
    stage.guest.noise(0, 2, 1);
    stage.ask(1, 'first', other);
    expect(stage.maker.firstCopyPages).toBe(1024);
    stage.pause(1);
    stage.begin(1, 0, other);
    stage.turn();
    expect(stage.facts.get(1)).toMatchObject({ dirtyPages: 1024, zeroPages: 1022 });
  });

  it('is made a bounded piece at a time, and counts what is done', () => {
    const { guest, maker } = stage;
    guest.noise(0, 1000, 1);
    stage.ask(1, 'first');
    stage.pause(1);
    stage.begin(1, 0);
    const done: number[] = [];
    while (stage.waiting > 0) {
      stage.turn(1);
      done.push(maker.encodedPages);
    }
    expect(done.length).toBeGreaterThanOrEqual(4);
    const steps = done.slice(0, -1).map((pages, i) => pages - (done[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(256);
    // When it is complete there is no checkpoint under way.
    expect(done.at(-1)).toBe(0);
  });
});

describe('a link that is full', () => {
  beforeEach(() => {
    stage.guest.noise(0, 700, 1);
    stage.ask(1, 'first');
    stage.pause(1);
    stage.begin(1, 0);
    stage.hasRoom = false;
    stage.turn();
  });

  it('gets nothing, while pages are copied all the same', () => {
    const { maker, guest } = stage;
    expect(stage.story).toEqual(['ask 1']);
    expect(maker.staged).toEqual({ bytes: 3 << 20, most: 64 << 20 });
    expect(stage.waiting).toBe(0);
    // All are out of RAM: the guest pays for none of them.
    guest.noise(0, 700, 2);
    stage.hasRoom = true;
    maker.drained();
    stage.turn();
    expect(stage.story).toEqual(['ask 1', 'pages 1', 'sections 1', 'staged 1']);
    expect(stage.apply(1, true)).toEqual([]);
    expect(maker.staged.bytes).toBe(0);
  });

  it('may fill again at any piece', () => {
    const { maker } = stage;
    for (let rounds = 0; stage.facts.size === 0 && rounds < 20; rounds++) {
      stage.hasRoom = true;
      maker.drained();
      maker.drained();
      expect(stage.waiting).toBe(1);
      stage.turn(1);
      stage.hasRoom = false;
      stage.turn();
    }
    expect(stage.facts.get(1)?.dirtyPages).toBe(700);
    expect(stage.apply(1, true)).toEqual([]);
  });

  it('wakes nothing when nothing waits for it', () => {
    const { maker } = stage;
    stage.hasRoom = true;
    maker.drained();
    stage.turn();
    maker.drained();
    expect(stage.waiting).toBe(0);
    expect(stage.story.filter((word) => word === 'staged 1')).toHaveLength(1);
  });

  it('is given up with its checkpoint', () => {
    const { maker, guest } = stage;
    maker.merge([1]);
    expect(stage.story).toEqual(['ask 1', 'staged 1']);
    expect(guest.dirty()).toEqual(range(0, 700));
    stage.hasRoom = true;
    maker.drained();
    stage.turn();
    expect(stage.chunks).toEqual([]);
    expect(maker.staged.bytes).toBe(0);
  });
});

describe('a checkpoint that is given up', () => {
  beforeEach(() => {
    stage.guest.noise(0, 600, 1);
    stage.ship(1, 0);
    stage.apply(1, true);
    stage.maker.forget(1);
    stage.story.length = 0;
    stage.guest.noise(100, 400, 2);
  });

  const again = (): void => {
    stage.chunks = [];
    stage.ship(9, 1);
    expect(stage.apply(9)).toEqual([]);
  };

  it('in the middle of its copy is answered, and its pages are dirty again', () => {
    stage.ask(2);
    stage.pause(2);
    stage.begin(2, 1);
    stage.turn(1);
    stage.guest.write(50 * 4096, 1);
    stage.maker.merge([2]);
    expect(stage.story.at(-1)).toBe('staged 2');
    expect(stage.facts.get(2)).toEqual(NOTHING);
    expect(stage.guest.dirty()).toEqual([50, ...range(100, 400)]);
    const before = stage.story.length;
    stage.turn();
    expect(stage.story).toHaveLength(before);
    again();
  });

  it('by what one of its chunks leads to sends no more', () => {
    stage.ask(2);
    stage.pause(2);
    stage.begin(2, 1);
    stage.onChunk = () => {
      stage.maker.merge([2]);
    };
    stage.turn();
    expect(stage.chunks).toHaveLength(1);
    expect(stage.story).toEqual(['ask 2', 'pages 2', 'staged 2']);
    expect(stage.guest.dirty()).toEqual(range(100, 400));
    stage.onChunk = () => undefined;
    again();
  });

  it('by its very last chunk is dirty again too', () => {
    stage.ask(2);
    stage.pause(2);
    stage.begin(2, 1);
    stage.onChunk = () => {
      if (stage.story.at(-1) === 'sections 2') stage.maker.merge([2]);
    };
    stage.turn();
    expect(stage.facts.get(2)).toEqual(NOTHING);
    expect(stage.guest.dirty()).toEqual(range(100, 400));
    stage.onChunk = () => undefined;
    again();
  });

  it('when it is sent, with all that follow, needs no answer', () => {
    stage.ship(2, 1);
    stage.guest.write(700 * 4096, 1);
    stage.ship(3, 2);
    stage.story.length = 0;
    stage.maker.merge([2, 3]);
    expect(stage.story).toEqual([]);
    expect(stage.guest.dirty()).toEqual([...range(100, 400), 700]);
    again();
  });

  it('with one that is still copied is answered for that', () => {
    stage.ship(2, 1);
    stage.guest.noise(800, 10, 3);
    stage.ask(3);
    stage.pause(3);
    stage.begin(3, 2);
    stage.story.length = 0;
    stage.maker.merge([2, 3]);
    expect(stage.story).toEqual(['staged 3']);
    expect(stage.guest.dirty()).toEqual([...range(100, 400), ...range(800, 10)]);
    again();
  });

  it('before anything of it was copied is answered, and costs nothing', () => {
    stage.ask(2);
    stage.pause(2);
    stage.maker.merge([2]);
    expect(stage.story).toEqual(['ask 2', 'staged 2']);
    expect(stage.facts.get(2)).toEqual(NOTHING);
    expect(stage.guest.dirty()).toEqual(range(100, 400));
    again();
  });

  it('while the next was asked for makes that one stale, and it is merged too', () => {
    stage.ship(2, 1);
    stage.guest.noise(800, 10, 3);
    stage.ask(3);
    stage.story.length = 0;
    stage.maker.merge([2]);
    expect(stage.story).toEqual([]);
    // The machine had made it already: without the pages of epoch 2.
    stage.pause(3);
    stage.maker.merge([3]);
    expect(stage.story).toEqual(['staged 3']);
    expect(stage.guest.dirty()).toEqual([...range(100, 400), ...range(800, 10)]);
    again();
  });

  it('can be a first copy, and the next standby gets one of its own', () => {
    stage.chunks = [];
    stage.ask(2, 'first');
    stage.pause(2);
    stage.begin(2, 0);
    stage.turn(1);
    stage.maker.merge([2]);
    stage.chunks = [];
    stage.ship(3, 0);
    expect(stage.apply(3, true)).toEqual([]);
  });
});

it('a stale capture is never copied', () => {
  stage.guest.noise(0, 10, 1);
  stage.ship(1, 0);
  stage.ask(2);
  stage.maker.merge([1]);
  stage.pause(2);
  expect(() => {
    stage.begin(2, 1);
  }).toThrow('stale');
});
