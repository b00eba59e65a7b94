import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { HASH_WORDS, PAGE_WORDS } from './digest.ts';
import { ReferenceCache } from './reference-cache.ts';

const PAGES = 600;
const hashOf = (value: number): Int32Array => new Int32Array(HASH_WORDS).fill(value);

function remember(cache: ReferenceCache, page: number, epoch: number, value: number): void {
  cache.remember(page, epoch, new Int32Array(2 * PAGE_WORDS).fill(value), 5, hashOf(value));
}

/** The value that fills the page's copy; undefined when there is none. */
function copied(cache: ReferenceCache, page: number): number | undefined {
  const copy = cache.copyOf(page);
  if (!copy) return undefined;
  const words = copy.words.subarray(copy.at, copy.at + PAGE_WORDS);
  expect(new Set(words).size).toBe(1);
  return words[0];
}

describe('the cache of references', () => {
  it('has what was sent last', () => {
    const cache = new ReferenceCache(PAGES, 3);
    expect(copied(cache, 1)).toBeUndefined();
    remember(cache, 1, 1, 11);
    remember(cache, 1, 2, 12);
    expect(copied(cache, 1)).toBe(12);
    expect(cache.copies).toBe(1);
    cache.rememberZero(1, 3);
    expect(copied(cache, 1)).toBe(0);
    expect(cache.copies).toBe(0);
    remember(cache, 1, 4, 13);
    expect(copied(cache, 1)).toBe(13);
  });

  it('drops the copy used longest ago, and keeps its hash', () => {
    const cache = new ReferenceCache(PAGES, 3);
    for (const page of [1, 2, 3]) remember(cache, page, 1, page);
    expect(copied(cache, 1)).toBe(1);
    remember(cache, 4, 1, 4);
    expect([1, 2, 3, 4].map((page) => copied(cache, page))).toEqual([1, undefined, 3, 4]);
    expect(cache.hasHash(2, hashOf(2), 0)).toBe(true);
    expect(cache.hasHash(2, hashOf(3), 0)).toBe(false);
    expect(cache.hasHash(5, hashOf(0), 0)).toBe(false);
  });

  it('forgets what failed epochs sent, zeros and hashes too', () => {
    const cache = new ReferenceCache(PAGES, 2);
    remember(cache, 1, 1, 1);
    remember(cache, 2, 2, 2);
    remember(cache, 3, 3, 3);
    cache.rememberZero(4, 3);
    remember(cache, 5, 1, 5);
    // 1 and 2 live on as hashes only.
    cache.forgetFrom(2);
    expect([2, 3, 4].map((page) => copied(cache, page))).toEqual([undefined, undefined, undefined]);
    expect(cache.hasHash(1, hashOf(1), 0)).toBe(true);
    expect(cache.hasHash(2, hashOf(2), 0)).toBe(false);
    expect(copied(cache, 5)).toBe(5);
    expect(cache.copies).toBe(1);
  });

  it('holds no more memory than it may', () => {
    const cache = new ReferenceCache(PAGES, 257);
    for (let page = 0; page < PAGES; page++) remember(cache, page, 1, page);
    expect(cache.copies).toBe(257);
    expect(cache.bytes).toBe(2 << 20);
    cache.clear();
    expect([cache.copies, cache.bytes, copied(cache, 599)]).toEqual([0, 0, undefined]);
  });

  it.each([1, 2, 7, 64])('agrees with a simple model, %i copies (seed 4)', (most) => {
    const random = new SeededRandom(4);
    const cache = new ReferenceCache(PAGES, most);
    /** The copies, the one used longest ago first. */
    let model: { page: number; epoch: number; value: number }[] = [];
    for (let round = 1; round < 3000; round++) {
      const page = random.below(100);
      const way = random.below(20);
      const known = model.find((entry) => entry.page === page);
      if (way === 0) {
        cache.forgetFrom(round - 5);
        model = model.filter(({ epoch }) => epoch < round - 5);
      } else if (way < 10) {
        expect(copied(cache, page)).toBe(known?.value);
        if (known) model = [...model.filter((entry) => entry !== known), known];
      } else {
        remember(cache, page, round, round);
        model = model.filter((entry) => entry !== known);
        model = [...model, { page, epoch: round, value: round }].slice(-most);
      }
      expect(cache.copies).toBe(model.length);
    }
  });
});
