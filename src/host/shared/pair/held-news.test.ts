import { beforeEach, describe, expect, it } from 'vitest';
import { ManualTimer } from '../../../transport/testing/manual-timer.ts';
import { HeldNews } from './held-news.ts';
import type { ReplicaListener } from './replica-parts.ts';
import type { PairStatus } from './sample.ts';

let timer: ManualTimer;
let told: string[];
let news: HeldNews;
let listener: ReplicaListener;
beforeEach(() => {
  timer = new ManualTimer();
  told = [];
  const tell =
    (name: string) =>
    (what?: unknown): void => {
      told.push(what === undefined ? name : `${name} ${JSON.stringify(what)}`);
    };
  news = new HeldNews(
    {
      show: (device) => {
        told.push(`show ${device}`);
        return Promise.resolve();
      },
      status: tell('status'),
      copy: tell('copy'),
      sample: tell('sample'),
      takeovers: tell('takeovers'),
      notice: tell('notice'),
      refused: tell('refused'),
      machine: tell('machine'),
      findPrimary: tell('find'),
      announce: tell('announce'),
      linkClosed: tell('closed'),
      halted: tell('halted'),
      ended: tell('ended'),
      failed: tell('failed'),
    },
    timer.timer,
  );
  ({ listener } = news);
});

const status = (term: number): PairStatus => ({ term }) as PairStatus;

describe('held news', () => {
  it('are told at once as long as nothing is taken over', () => {
    news.update(false);
    listener.status(status(1));
    listener.notice({ level: 'info', sentence: 'a' });
    expect(told).toEqual(['status {"term":1}', 'notice {"level":"info","sentence":"a"}']);
  });

  it('wait for the first output and its frame, and output does not wait for them', () => {
    news.update(true);
    listener.status(status(1));
    listener.announce(2);
    void listener.show('console0', new Uint8Array(1));
    news.update(false);
    timer.advance(29);
    expect(told).toEqual(['show console0']);
    timer.advance(1);
    // One after the other, so that output comes in between.
    expect(told).toEqual(['show console0', 'status {"term":1}']);
    listener.status(status(3));
    timer.advance(24);
    expect(told).toHaveLength(2);
    timer.advance(1);
    expect(told.at(-1)).toBe('announce 2');
    timer.advance(25);
    expect(told.at(-1)).toBe('status {"term":3}');
    listener.status(status(4));
    expect(told.at(-1)).toBe('status {"term":4}');
  });

  it('tell the newest of each figure, and every sentence', () => {
    news.update(true);
    for (const term of [1, 2, 3]) {
      listener.status(status(term));
      listener.notice({ level: 'info', sentence: String(term) });
    }
    news.update(false);
    timer.advance(500);
    expect(told.filter((line) => line.startsWith('status'))).toEqual(['status {"term":3}']);
    expect(told.filter((line) => line.startsWith('notice'))).toHaveLength(3);
  });

  it('come also when the guest has nothing to say', () => {
    news.update(true);
    listener.status(status(1));
    news.update(true);
    timer.advance(149);
    expect(told).toEqual([]);
    timer.advance(1);
    expect(told).toEqual(['status {"term":1}']);
    // It speaks late: nothing is told twice.
    news.update(false);
    timer.advance(30);
    expect(told).toHaveLength(1);
  });

  it('come before the end', () => {
    news.update(true);
    listener.status(status(1));
    listener.ended('over');
    expect(told).toEqual(['status {"term":1}', 'ended "over"']);
  });

  it('do not end a second hold with the timer of the first', () => {
    news.update(true);
    timer.advance(140);
    news.update(false);
    timer.advance(5);
    news.update(true);
    listener.status(status(1));
    timer.advance(149);
    expect(told).toEqual([]);
    timer.advance(1);
    expect(told).toHaveLength(1);
  });
});
