import { beforeAll, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import type { Compressor } from './compression.ts';
import { announcedSize, loadZstd } from './zstd.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

const text = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i) % 11);

it.each([1, 2, 100, 255, 256, 257, 4096, 65_791, 65_792, 70_000, 1 << 20])(
  'gives back %i bytes',
  (length) => {
    for (const bytes of [text(length), new SeededRandom(length).bytes(length)]) {
      const packed = zstd.compress(bytes);
      expect(announcedSize(packed)).toBe(length);
      const back = zstd.decompress(packed, length);
      expect(Buffer.compare(back ?? new Uint8Array(0), bytes)).toBe(0);
      expect(back?.byteOffset).toBe(0);
      expect(back?.buffer.byteLength).toBe(length);
    }
  },
);

it('is loaded once, however often it is asked for', async () => {
  expect(await loadZstd()).toBe(zstd);
  const packed = zstd.compress(new Uint8Array(1 << 20));
  expect(packed.length).toBeLessThan(1000);
  expect(zstd.decompress(packed, 1 << 20)?.every((byte) => byte === 0)).toBe(true);
});

it('takes views into larger buffers', () => {
  const packed = zstd.compress(text(1000).subarray(10, 500));
  const moved = new Uint8Array([1, 2, 3, ...packed, 4, 5]);
  const back = zstd.decompress(moved.subarray(3, 3 + packed.length), 490);
  expect(back).toEqual(text(1000).slice(10, 500));
});

it('refuses another length than the one expected', () => {
  const packed = zstd.compress(text(1000));
  for (const length of [0, 999, 1001, 2 ** 40]) {
    expect(zstd.decompress(packed, length)).toBeUndefined();
  }
});

it('allocates nothing for a frame that lies about its size', () => {
  const packed = zstd.compress(text(70_000)).slice();
  // The content size is 4 bytes behind magic and descriptor.
  new DataView(packed.buffer).setUint32(5, 0xf000_0000, true);
  expect(announcedSize(packed)).toBe(0xf000_0000);
  expect(zstd.decompress(packed, 70_000)).toBeUndefined();
});

it('refuses two frames where one belongs, and what follows a frame', () => {
  const packed = zstd.compress(text(300));
  expect(zstd.decompress(new Uint8Array([...packed, ...packed]), 300)).toBeUndefined();
  expect(zstd.decompress(new Uint8Array([...packed, 0]), 300)).toBeUndefined();
});

it('never throws on damaged input (seed 7)', () => {
  const random = new SeededRandom(7);
  const packed = zstd.compress(text(5000));
  for (let round = 0; round < 3000; round++) {
    const bytes = packed.slice(0, random.below(4) === 0 ? random.below(packed.length) : undefined);
    for (let i = random.below(4); i > 0; i--) {
      bytes[random.below(Math.max(1, bytes.length))] = random.u32();
    }
    const back = zstd.decompress(bytes, 5000);
    if (back) expect(back.length).toBe(5000);
  }
  // And it still works.
  expect(zstd.decompress(packed, 5000)).toEqual(text(5000));
});
