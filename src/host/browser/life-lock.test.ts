import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdLife, watchLife } from './life-lock.ts';
import { FakeLocks } from './testing/fake-locks.ts';

let locks: FakeLocks;
let deaths: string[];

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const watch = (node: string): (() => void) =>
  watchLife(node, () => {
    deaths.push(node);
  });

beforeEach(() => {
  locks = new FakeLocks();
  deaths = [];
  vi.stubGlobal('navigator', { locks });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a life', () => {
  it('is held from the moment on at which that is said, for good', async () => {
    await holdLife('a');
    await settle();
    expect((await locks.query()).held).toEqual([{ name: 'tandem-life-a' }]);
  });

  it('that ends is told to all who watch it, once', async () => {
    await holdLife('a');
    await holdLife('b');
    watch('a');
    watch('a');
    watch('b');
    await settle();
    expect(deaths).toEqual([]);
    locks.kill('tandem-life-a');
    await settle();
    expect(deaths).toEqual(['a', 'a']);
    // The watchers keep nothing.
    expect((await locks.query()).held).toEqual([{ name: 'tandem-life-b' }]);
  });

  it('of another browser is not known here, and never told', async () => {
    watch('elsewhere');
    await settle();
    expect(deaths).toEqual([]);
    expect(locks.waiting).toBe(0);
  });

  it('is not told any more when the watch is over', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await holdLife('a');
    const stop = watch('a');
    await settle();
    expect(locks.waiting).toBe(1);
    stop();
    await settle();
    expect(locks.waiting).toBe(0);
    locks.kill('tandem-life-a');
    await settle();
    expect(deaths).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('is not told when the watch ends before it has begun', async () => {
    await holdLife('a');
    const stop = watch('a');
    stop();
    await settle();
    expect(locks.waiting).toBe(0);
    locks.kill('tandem-life-a');
    await settle();
    expect(deaths).toEqual([]);
  });

  it('that cannot be watched costs no more than the early word', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(locks, 'query').mockRejectedValue(new Error('not allowed'));
    watch('a');
    await settle();
    expect(warn).toHaveBeenCalledOnce();
    expect(deaths).toEqual([]);
    warn.mockRestore();
  });

  it('that cannot be held is told', async () => {
    vi.spyOn(locks, 'request').mockRejectedValue(new Error('not allowed'));
    await expect(holdLife('a')).rejects.toThrow('not allowed');
  });
});
