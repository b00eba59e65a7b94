import { beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../base/assert.ts';
import { SeededRandom } from '../base/random.ts';
import {
  BATCH_PAGES,
  decodeFrame,
  encodeFrame,
  frameLength,
  FRAME_HEADER_BYTES,
  joinBatch,
  MAX_BATCH_BYTES,
  PAGE_KIND,
  parseBatch,
  writeListEntry,
  type Batch,
  type PageKind,
} from './batch-format.ts';
import type { Compressor } from './compression.ts';
import { PAGE_WORDS } from './digest.ts';
import { LINE_MASK_WORDS, PageDelta } from './page-delta.ts';
import { pageKernel } from './page-kernel.ts';
import { loadZstd } from './zstd.ts';

const TOTAL_PAGES = 5000;
let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

interface Page {
  readonly page: number;
  readonly kind: PageKind;
  readonly before: Int32Array;
  readonly now: Int32Array;
}

/** Random pages of every kind, deltas from one doubleword to all of them. */
function somePages(random: SeededRandom, count: number): Page[] {
  let page = -1;
  return Array.from({ length: count }, () => {
    page += 1 + random.below(random.pick([1, 3, 10]));
    const kind = random.pick([PAGE_KIND.zero, PAGE_KIND.whole, PAGE_KIND.delta, PAGE_KIND.delta]);
    const before = Int32Array.from({ length: PAGE_WORDS }, () => random.u32());
    const now = kind === PAGE_KIND.zero ? new Int32Array(PAGE_WORDS) : before.slice();
    const changes = random.pick([1, 5, 100, 3000]);
    if (kind !== PAGE_KIND.zero) {
      for (let i = 0; i < changes; i++) {
        const at = random.below(PAGE_WORDS);
        now[at] = (now[at] ?? 0) ^ (1 << random.below(32));
      }
    }
    return { page, kind, before, now };
  });
}

function build(pages: readonly Page[]): Uint8Array<ArrayBuffer> {
  const list = new Uint8Array(BATCH_PAGES * 5);
  const values = new Int32Array(BATCH_PAGES * PAGE_WORDS);
  const delta = new PageDelta();
  const kernel = pageKernel();
  const lines: number[] = [];
  const masks: number[] = [];
  const whole: number[] = [];
  let listAt = 0;
  let valuesAt = 0;
  let previous = -1;
  for (const { page, kind, before, now } of pages) {
    listAt = writeListEntry(list, listAt, page - previous - 1, kind);
    previous = page;
    if (kind === PAGE_KIND.whole) whole.push(...now);
    if (kind !== PAGE_KIND.delta) continue;
    kernel.now.set(now);
    kernel.before.set(before);
    kernel.compare();
    delta.take(kernel.masks);
    lines.push(...delta.lines);
    masks.push(...delta.masks.subarray(0, delta.lineCount));
    valuesAt = delta.copyValues(now, 0, values, valuesAt);
  }
  const bytes = (words: readonly number[]): Uint8Array =>
    new Uint8Array(Int32Array.from(words).buffer);
  return joinBatch({
    pageCount: pages.length,
    list: list.subarray(0, listAt),
    lines: bytes(lines),
    masks: Uint8Array.from(masks),
    values: new Uint8Array(values.buffer, 0, 4 * valuesAt),
    whole: bytes(whole),
  });
}

/** What the pages become, as an applier finds it. */
function unpack(batch: Batch, befores: ReadonlyMap<number, Int32Array>): Map<number, Int32Array> {
  const delta = new PageDelta();
  const out = new Map<number, Int32Array>();
  let [linesAt, masksAt, valuesAt, wholeAt] = [0, 0, 0, 0];
  batch.pages.forEach((page, i) => {
    const words = defined(befores.get(page), 'the page before').slice();
    if (batch.kinds[i] === PAGE_KIND.zero) words.fill(0);
    else if (batch.kinds[i] === PAGE_KIND.whole) {
      words.set(batch.whole.subarray(wholeAt, wholeAt + PAGE_WORDS));
      wholeAt += PAGE_WORDS;
    } else {
      delta.load(batch.lines, linesAt, batch.masks, masksAt);
      delta.patch(words, 0, batch.values, valuesAt);
      linesAt += LINE_MASK_WORDS;
      masksAt += delta.lineCount;
      valuesAt += 2 * delta.doublewords;
    }
    out.set(page, words);
  });
  return out;
}

describe('a batch', () => {
  it.each(Array.from({ length: 15 }, (_, seed) => seed))(
    'comes back page for page (seed %i)',
    (seed) => {
      const random = new SeededRandom(seed);
      const pages = somePages(random, random.pick([0, 1, 2, 17, BATCH_PAGES]));
      const frame = encodeFrame(build(pages), zstd);
      const length = frameLength(frame.subarray(0, FRAME_HEADER_BYTES));
      expect(length).toEqual({ ok: true, value: frame.length });
      const bytes = decodeFrame(frame, zstd);
      if (!bytes.ok) throw new Error(bytes.error.sentence);
      const batch = parseBatch(bytes.value, TOTAL_PAGES);
      if (!batch.ok) throw new Error(batch.error.sentence);
      const became = unpack(batch.value, new Map(pages.map(({ page, before }) => [page, before])));
      expect([...became.keys()]).toEqual(pages.map(({ page }) => page));
      for (const { page, now } of pages) {
        expect(Buffer.compare(new Uint8Array(now.buffer), bytesOf(became.get(page)))).toBe(0);
      }
    },
  );

  it('is never longer than its cap', () => {
    const before = new Int32Array(PAGE_WORDS);
    const now = new Int32Array(PAGE_WORDS).fill(-1);
    const pages = Array.from({ length: BATCH_PAGES }, (_, page) => {
      return { page, kind: PAGE_KIND.delta, before, now };
    });
    expect(build(pages).length).toBeLessThanOrEqual(MAX_BATCH_BYTES);
  });

  it('names no page outside RAM', () => {
    const bytes = build(somePages(new SeededRandom(1), 30));
    const last = parseBatch(bytes, TOTAL_PAGES);
    const most = last.ok ? (last.value.pages.at(-1) ?? 0) : 0;
    expect(parseBatch(bytes, most + 1).ok).toBe(true);
    const result = parseBatch(bytes, most);
    expect(!result.ok && result.error.kind).toBe('damaged');
  });

  it('is refused when it is cut or longer by anything', () => {
    const bytes = build(somePages(new SeededRandom(2), 20));
    for (let length = 0; length < bytes.length; length += length < 400 ? 1 : 97) {
      expect(parseBatch(bytes.slice(0, length), TOTAL_PAGES).ok, `${length} bytes`).toBe(false);
    }
    expect(parseBatch(Uint8Array.of(...bytes, 0), TOTAL_PAGES).ok).toBe(false);
    expect(parseBatch(Uint8Array.of(...bytes, 0, 0, 0, 0), TOTAL_PAGES).ok).toBe(false);
  });

  it('never throws, and what it gives is consistent, whatever the bytes (seed 3)', () => {
    const random = new SeededRandom(3);
    const bytes = build(somePages(random, 12));
    let accepted = 0;
    for (let round = 0; round < 4000; round++) {
      const damaged = bytes.slice();
      const reach = random.pick([8, 40, 200, damaged.length]);
      for (let i = random.below(4); i >= 0; i--) damaged[random.below(reach)] = random.u32();
      const result = parseBatch(damaged, TOTAL_PAGES);
      if (!result.ok) continue;
      accepted += 1;
      const { pages } = result.value;
      expect([...pages]).toEqual([...new Set(pages)].sort((a, b) => a - b));
      expect(pages.every((page) => page >= 0 && page < TOTAL_PAGES)).toBe(true);
      const zeros = new Map([...pages].map((page) => [page, new Int32Array(PAGE_WORDS)]));
      unpack(result.value, zeros);
    }
    expect(accepted).toBeGreaterThan(100);
  });

  it('does not take endless numbers', () => {
    const bytes = new Uint8Array(8 + 64).fill(0xff);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 1, true);
    view.setUint32(4, 64, true);
    expect(parseBatch(bytes, TOTAL_PAGES).ok).toBe(false);
    view.setUint32(0, 0xffffffff, true);
    expect(parseBatch(bytes, TOTAL_PAGES).ok).toBe(false);
  });
});

const bytesOf = (words: Int32Array | undefined): Uint8Array =>
  new Uint8Array(defined(words, 'a page').buffer);

describe('a frame', () => {
  const contents = Uint8Array.from({ length: 3000 }, (_, i) => i % 7);

  it('stores what does not compress as it is', () => {
    const noise = new SeededRandom(1).bytes(500);
    expect(encodeFrame(noise, zstd).length).toBe(FRAME_HEADER_BYTES + 500);
    expect(encodeFrame(contents, zstd).length).toBeLessThan(100);
    for (const bytes of [noise, contents, new Uint8Array(0)]) {
      expect(decodeFrame(encodeFrame(bytes, zstd), zstd)).toEqual({ ok: true, value: bytes });
    }
  });

  it('is refused when any bit of it is another', () => {
    const frame = encodeFrame(contents, zstd);
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const damaged = frame.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeFrame(damaged, zstd).ok, `bit ${bit}`).toBe(false);
    }
  });

  it('announces no more than its cap', () => {
    const header = new Uint8Array(FRAME_HEADER_BYTES);
    const view = new DataView(header.buffer);
    const kind = (stored: number, length: number): string => {
      view.setUint32(0, stored * 2 + 1, true);
      view.setUint32(4, length, true);
      const result = frameLength(header);
      return result.ok ? 'ok' : result.error.kind;
    };
    expect(kind(MAX_BATCH_BYTES, MAX_BATCH_BYTES)).toBe('ok');
    expect(kind(1, MAX_BATCH_BYTES + 1)).toBe('too-large');
    expect(kind(11, 10)).toBe('too-large');
    expect(kind(0x7fffffff, 0xffffffff)).toBe('too-large');
  });
});
