import { beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { PAGES, RAM_BYTES, TestHart, isCached, ram } from '../vm/cpu/testing/test-hart.ts';
import {
  CAPTURED_COPIED,
  CAPTURED_COPYING,
  CAPTURE_FREE,
  CAPTURE_LOCK,
  CAPTURE_MARKS,
  CAPTURE_MAP,
  COW_HEAD,
  COW_RING,
  COW_SLOTS,
  COW_TAIL,
  DIRTY_CURRENT,
  DIRTY_MAP,
  DIRTY_MAP_2,
  RAM,
  STAT_COW_PAGES,
  STAT_COW_WAITS,
} from '../vm/layout.ts';
import { CaptureArea, PAGE_BYTES } from './capture-area.ts';
import { Copier, type PageSink } from './copier.ts';

/** Keeps pages as they come; fails on a page that comes twice. */
class Pages implements PageSink {
  readonly contents = new Map<number, Uint8Array>();
  most = Infinity;

  get room(): number {
    return this.most - this.contents.size;
  }

  place(page: number): Uint8Array {
    expect(this.room).toBeGreaterThan(0);
    expect(this.contents.has(page), `page ${page} came before`).toBe(false);
    const bytes = new Uint8Array(PAGE_BYTES);
    this.contents.set(page, bytes);
    return bytes;
  }
}

let hart: TestHart;
let area: CaptureArea;
let copier: Copier;
let pages: Pages;

beforeEach(() => {
  hart = new TestHart();
  area = new CaptureArea(hart.memory, RAM_BYTES);
  copier = new Copier(area);
  pages = new Pages();
});

const write = (page: number, value: number): void => {
  hart.leaves.store_slow(ram(page * PAGE_BYTES + 8 * (value & 0xff)), BigInt(value), 3);
};

const copyOfRam = (): Uint8Array => new Uint8Array(hart.memory.buffer, RAM, RAM_BYTES).slice();

const pageOf = (bytes: Uint8Array, page: number): Uint8Array =>
  bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);

/** Page by page: the matcher takes a second for what this does in a millisecond. */
function expectAsAtPause(atPause: Uint8Array): void {
  for (const [page, contents] of pages.contents) {
    const same = Buffer.compare(contents, pageOf(atPause, page)) === 0;
    expect(same, `page ${page}`).toBe(true);
  }
}

const capture = (): void => {
  expect(hart.leaves.capture_begin()).toBe(1);
  copier.begin();
};

function copyAll(): number {
  for (;;) {
    const progress = copier.step(7, pages);
    if (progress.kind === 'complete') return progress.count.pages;
    expect(progress.kind).toBe('more');
  }
}

const dirtyPages = (): number[] => {
  const map = hart.i32(DIRTY_CURRENT);
  return Array.from({ length: PAGES }, (_, page) => page).filter(
    (page) => hart.view.getUint8(map + page) !== 0,
  );
};

describe('a capture', () => {
  it('takes what was written since the last one, and only that', () => {
    for (const page of [3, 4, 250]) write(page, page);
    capture();
    expect(copyAll()).toBe(3);
    expect([...pages.contents.keys()]).toEqual([3, 4, 250]);
    write(4, 1);
    pages = new Pages();
    capture();
    expect(copyAll()).toBe(1);
    expect([...pages.contents.keys()]).toEqual([4]);
  });

  it('is refused while the last one is being copied, and marks stay where they are', () => {
    write(1, 1);
    capture();
    write(2, 2);
    expect(hart.leaves.capture_begin()).toBe(0);
    expect(copyAll()).toBe(1);
    capture();
    expect(copyAll()).toBe(1);
    expect([...pages.contents.keys()]).toEqual([1, 2]);
  });

  it('of nothing is complete at once', () => {
    capture();
    expect(copier.step(1, pages)).toEqual({ kind: 'complete', count: { pages: 0, byGuest: 0 } });
    expect(copier.copying).toBe(false);
    expect(hart.i32(CAPTURE_MAP)).toBe(0);
  });

  it('takes write permission away, so that the next write to each page is seen', () => {
    write(1, 1);
    expect(isCached(hart, 3, 'write', ram(PAGE_BYTES))).toBe(true);
    capture();
    expect(isCached(hart, 3, 'write', ram(PAGE_BYTES))).toBe(false);
    write(1, 2);
    expect(dirtyPages()).toEqual([1]);
  });

  it('leaves a clean map behind, and uses both in turn', () => {
    const used = new Set<number>();
    for (let round = 0; round < 4; round++) {
      used.add(hart.i32(DIRTY_CURRENT));
      write(round, 1);
      capture();
      copyAll();
      pages = new Pages();
      expect(dirtyPages()).toEqual([]);
    }
    expect(used).toEqual(new Set([DIRTY_MAP, DIRTY_MAP_2]));
  });
});

describe('a guest that writes while its pages are copied', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'leaves every page as it was at the pause (seed %i)',
    (seed) => {
      const random = new SeededRandom(seed);
      for (let page = 0; page < PAGES; page++) {
        if (seed % 2 === 0 || random.below(3) === 0) write(page, random.u32());
      }
      const dirty = dirtyPages();
      const atPause = copyOfRam();
      capture();
      const after = new Set<number>();
      let complete = false;
      while (!complete) {
        for (let i = random.below(40); i > 0; i--) {
          const page = random.below(PAGES);
          after.add(page);
          const at = ram(page * PAGE_BYTES + 8 * random.below(512));
          const value = random.u64();
          const way = random.below(3);
          if (way === 0) hart.leaves.store_slow(at, BigInt.asIntN(64, value), 3);
          else if (way === 1) hart.setU64(hart.leaves.amo_address(at, 3), value);
          else {
            hart.leaves.dma_written(Number(at), 8);
            hart.poke(at, value);
          }
        }
        const progress = copier.step(random.below(12), pages);
        complete = progress.kind === 'complete';
        if (progress.kind === 'complete') {
          expect(progress.count.byGuest).toBe(Number(hart.u64(STAT_COW_PAGES)));
        }
      }
      expect([...pages.contents.keys()].sort((a, b) => a - b)).toEqual(dirty);
      expectAsAtPause(atPause);
      // What was written meanwhile is the next capture's.
      expect(dirtyPages()).toEqual([...after].sort((a, b) => a - b));
    },
  );

  it('copies a page once, however often it writes to it', () => {
    write(9, 1);
    capture();
    for (let i = 0; i < 5; i++) write(9, i);
    hart.leaves.flush_writes();
    write(9, 7);
    expect(hart.u64(STAT_COW_PAGES)).toBe(1n);
    expect(copyAll()).toBe(1);
  });

  it('waits while another thread is copying its page', () => {
    write(5, 1);
    capture();
    const cell = hart.i32(CAPTURE_MAP) + 5;
    hart.view.setUint8(cell, CAPTURED_COPYING);
    let waits = 0;
    hart.awaitCopy = () => {
      waits += 1;
      if (waits === 3) hart.view.setUint8(cell, 3);
    };
    write(5, 2);
    expect(waits).toBe(3);
    expect(hart.u64(STAT_COW_WAITS)).toBe(1n);
    expect(hart.u64(STAT_COW_PAGES)).toBe(0n);
  });

  it('has the last word on a page before the capture ends', () => {
    write(5, 1);
    capture();
    write(5, 2);
    const cell = hart.i32(CAPTURE_MAP) + 5;
    // As if its thread had been stopped between filling the ring and marking the page.
    hart.view.setUint8(cell, CAPTURED_COPYING);
    expect(copier.step(10, pages).kind).toBe('more');
    expect(area.ringLength).toBe(1);
    hart.view.setUint8(cell, CAPTURED_COPIED);
    expect(copier.step(10, pages)).toEqual({ kind: 'complete', count: { pages: 1, byGuest: 1 } });
    expect(hart.view.getUint8(cell)).toBe(0);
  });

  it('waits when the ring is full, and not longer', () => {
    for (const page of [5, 6, 7]) write(page, 1);
    const atPause = copyOfRam();
    capture();
    // As if a slow copier had left all but one slot full; the ring's counters wrap on the way.
    hart.setI32(COW_TAIL, 0x7ffffff0);
    hart.setI32(COW_HEAD, (0x7ffffff0 + COW_SLOTS - 1) | 0);
    expect(area.ringLength).toBe(COW_SLOTS - 1);
    let waits = 0;
    hart.awaitCopy = () => {
      waits += 1;
      area.takeFromRing(() => undefined);
    };
    write(5, 2);
    expect(waits).toBe(0);
    write(6, 2);
    expect(waits).toBe(1);
    while (area.ringLength > 2) area.takeFromRing(() => undefined);
    expect(copyAll()).toBe(3);
    expectAsAtPause(atPause);
  });

  it('is not held up by a full ring for pages that are copied already', () => {
    write(5, 1);
    capture();
    while (copier.step(0, pages).kind !== 'more');
    copyAll();
    write(6, 1);
    capture();
    hart.setI32(COW_HEAD, hart.i32(COW_TAIL) + COW_SLOTS);
    write(5, 3);
    expect(hart.u64(STAT_COW_WAITS)).toBe(0n);
    hart.setI32(COW_HEAD, hart.i32(COW_TAIL));
    copyAll();
  });
});

describe('the copier', () => {
  it('says when there is no room, and goes on when there is', () => {
    for (let page = 0; page < 10; page++) write(page, 1);
    capture();
    pages.most = 4;
    expect(copier.step(100, pages).kind).toBe('no-room');
    expect(copier.step(100, pages).kind).toBe('no-room');
    pages.most = 10;
    expect(copier.step(100, pages).kind).toBe('complete');
    expect(pages.contents.size).toBe(10);
  });

  it('copies no more pages than it is told', () => {
    for (let page = 0; page < 10; page++) write(page, 1);
    capture();
    copier.step(3, pages);
    expect(pages.contents.size).toBe(3);
    write(8, 1);
    write(9, 1);
    copier.step(1, pages);
    expect([...pages.contents.keys()]).toEqual([0, 1, 2, 8]);
  });

  it('makes everything dirty again when it gives up', () => {
    for (const page of [1, 2, 3, 200]) write(page, 1);
    const ring = new Uint8Array(hart.memory.buffer, COW_RING, PAGE_BYTES);
    capture();
    copier.step(2, pages);
    write(200, 2);
    write(4, 4);
    copier.abandon();
    expect(ring.some((byte) => byte !== 0)).toBe(true);
    expect(area.ringLength).toBe(0);
    expect(dirtyPages()).toEqual([1, 2, 3, 4, 200]);
    const atPause = copyOfRam();
    pages = new Pages();
    capture();
    expect(copyAll()).toBe(5);
    expectAsAtPause(atPause);
  });

  it('adds to the pages written since the baseline', () => {
    write(1, 1);
    write(2, 1);
    expect([area.countDirty(), area.countWritten()]).toEqual([2, 0]);
    capture();
    copyAll();
    write(2, 2);
    write(255, 2);
    expect([area.countDirty(), area.countWritten()]).toEqual([2, 2]);
    pages = new Pages();
    area.markWrittenDirty();
    capture();
    expect(copyAll()).toBe(3);
    expect([...pages.contents.keys()]).toEqual([1, 2, 255]);
    area.setBaseline();
    expect(area.countWritten()).toBe(0);
  });

  it('can be made to take all of RAM', () => {
    area.markAllDirty();
    capture();
    expect(copyAll()).toBe(PAGES);
    expect(area.countDirty()).toBe(0);
  });
});

describe('marking pages dirty again', () => {
  it('puts them into the next capture', () => {
    write(1, 1);
    capture();
    copyAll();
    area.markDirty([1, 77]);
    write(2, 2);
    pages = new Pages();
    capture();
    copyAll();
    expect([...pages.contents.keys()]).toEqual([1, 2, 77]);
  });

  it('and beginning a capture exclude each other', () => {
    write(1, 1);
    hart.setI32(CAPTURE_LOCK, CAPTURE_MARKS);
    expect(hart.leaves.capture_begin()).toBe(0);
    hart.setI32(CAPTURE_LOCK, CAPTURE_FREE);
    capture();
    expect(copyAll()).toBe(1);
  });
});
