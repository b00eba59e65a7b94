import { describe, expect, it } from 'vitest';
import { Ticker, yieldTurn } from './ticker.ts';

/** A ticker whose clock is turned by hand; a plan in the clock's future never comes by itself. */
function setUp() {
  const clock = { now: 0 };
  const story: string[] = [];
  const due = {
    at: (): void => {
      story.push(`due ${String(clock.now)}`);
    },
  };
  const ticker: Ticker = new Ticker(
    () => clock.now,
    () => {
      due.at();
    },
  );
  const run = ticker.run();
  return { clock, story, due, ticker, run };
}

/** Until everything that could happen has happened. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await yieldTurn();
}

const DAY = 86_400_000;

describe('a ticker', () => {
  it('calls back when a plan is due, once', async () => {
    const { clock, story, ticker, run } = setUp();
    await settle();
    expect(story).toEqual([]);
    clock.now = 7;
    ticker.plan(5);
    await settle();
    expect(story).toEqual(['due 7']);
    clock.now = 9;
    await settle();
    expect(story).toEqual(['due 7']);
    ticker.stop();
    await run;
  });

  it('can be moved forward, and not back', async () => {
    const { clock, story, ticker, run } = setUp();
    ticker.plan(DAY);
    await settle();
    clock.now = 100;
    ticker.plan(2 * DAY);
    await settle();
    expect(story).toEqual([]);
    ticker.plan(100);
    ticker.plan(DAY);
    await settle();
    expect(story).toEqual(['due 100']);
    // The one plan that there was is done.
    ticker.plan(100);
    await settle();
    expect(story).toEqual(['due 100', 'due 100']);
    ticker.stop();
    await run;
  });

  it('keeps its time without anybody moving it', async () => {
    const { clock, story, due, ticker, run } = setUp();
    let isDue: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      isDue = resolve;
    });
    due.at = () => {
      story.push('due');
      isDue();
    };
    ticker.plan(20);
    clock.now = 19;
    await settle();
    expect(story).toEqual([]);
    clock.now = 20;
    await done;
    ticker.stop();
    await run;
    expect(story).toEqual(['due']);
  });

  it('takes a new plan in the callback', async () => {
    const { clock, story, due, ticker, run } = setUp();
    due.at = () => {
      story.push(String(clock.now));
      clock.now += 10;
      if (clock.now < 50) ticker.plan(clock.now);
    };
    ticker.plan(0);
    await settle();
    expect(story).toEqual(['0', '10', '20', '30', '40']);
    ticker.stop();
    await run;
  });

  it('lets others have their turn, though it is always due', async () => {
    const { story, due, ticker, run } = setUp();
    let calls = 0;
    due.at = () => {
      calls += 1;
      ticker.plan(0);
    };
    ticker.plan(0);
    for (const name of ['a', 'b', 'c']) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, 0);
      });
      story.push(name);
    }
    expect(story).toEqual(['a', 'b', 'c']);
    expect(calls).toBeGreaterThan(1);
    ticker.stop();
    await run;
    const before = calls;
    await settle();
    expect(calls).toBe(before);
  });

  it('ends when it is told to, also in the middle of a wait or before it begins', async () => {
    const waiting = setUp();
    waiting.ticker.plan(DAY);
    await settle();
    waiting.ticker.stop();
    await waiting.run;
    waiting.ticker.plan(0);
    await settle();
    expect(waiting.story).toEqual([]);
    const never = new Ticker(
      () => 0,
      () => {
        throw new Error('called');
      },
    );
    never.plan(0);
    never.stop();
    await never.run();
  });

  it('rejects with what its callback throws', async () => {
    const { due, ticker, run } = setUp();
    due.at = () => {
      throw new Error('broken');
    };
    ticker.plan(0);
    await expect(run).rejects.toThrow('broken');
  });
});
