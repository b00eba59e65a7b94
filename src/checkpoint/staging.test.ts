import { expect, it } from 'vitest';
import { SLAB_PAGES, Staging } from './staging.ts';

const LIMITS = { keep: 2, most: 5, quietEpochs: 3 };

function fill(staging: Staging, pages: number): void {
  for (let page = 0; page < pages; page++) staging.place(page).fill(page & 0xff);
}

function drain(staging: Staging): number[] {
  const pages: number[] = [];
  for (let slab = staging.take(true); slab !== undefined; slab = staging.take(true)) {
    pages.push(...slab.pages.subarray(0, slab.count));
    for (let place = 0; place < slab.count; place++) {
      expect(slab.contents(place)[4095]).toBe((slab.pages[place] ?? 0) & 0xff);
    }
    staging.release(slab);
  }
  return pages;
}

it('hands pages on in the order in which they came', () => {
  const staging = new Staging(LIMITS);
  fill(staging, SLAB_PAGES + 3);
  const full = staging.take(false);
  expect(full?.count).toBe(SLAB_PAGES);
  expect(staging.take(false)).toBeUndefined();
  if (full) staging.release(full);
  expect(drain(staging)).toEqual([256, 257, 258]);
});

it('grows under load up to its limit, and counts slabs that are being encoded', () => {
  const staging = new Staging(LIMITS);
  expect([staging.slabs, staging.room]).toEqual([0, 5 * SLAB_PAGES]);
  fill(staging, 2 * SLAB_PAGES + 1);
  const slab = staging.take(true);
  expect([staging.slabs, staging.used, staging.room]).toEqual([3, 3, 3 * SLAB_PAGES - 1]);
  fill(staging, 3 * SLAB_PAGES - 1);
  expect(staging.room).toBe(0);
  expect(() => staging.place(0)).toThrow('staging is full');
  if (slab) staging.release(slab);
  expect([staging.slabs, staging.room]).toEqual([5, SLAB_PAGES]);
});

it('shrinks after quiet epochs to what they needed', () => {
  const staging = new Staging(LIMITS);
  const epoch = (pages: number): number => {
    fill(staging, pages);
    drain(staging);
    staging.endEpoch();
    return staging.slabs;
  };
  expect(epoch(5 * SLAB_PAGES)).toBe(5);
  expect([epoch(1), epoch(3 * SLAB_PAGES), epoch(1)]).toEqual([5, 5, 3]);
  // Three more quiet ones, then down to what is always kept.
  expect([epoch(1), epoch(1), epoch(1)]).toEqual([3, 3, 2]);
  expect([epoch(1), epoch(1), epoch(1), epoch(1)]).toEqual([2, 2, 2, 2]);
});

it('begins to count anew when an epoch needs all of it', () => {
  const staging = new Staging(LIMITS);
  for (const pages of [5, 1, 1, 5, 1, 1]) {
    fill(staging, pages * SLAB_PAGES);
    drain(staging);
    staging.endEpoch();
  }
  expect(staging.slabs).toBe(5);
});

it('forgets what is staged when told to', () => {
  const staging = new Staging(LIMITS);
  fill(staging, 300);
  staging.discard();
  expect([staging.used, staging.slabs, drain(staging)]).toEqual([0, 2, []]);
});
