import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { PAGE_WORDS } from './digest.ts';
import { PageKernel } from './page-kernel.ts';

const kernel = new PageKernel();

function pageHash(words: Int32Array): string {
  kernel.now.set(words);
  kernel.hash();
  return Buffer.from(kernel.hashed.buffer, kernel.hashed.byteOffset, 16).toString('hex');
}

/** Bits in which two hashes in hex differ. */
function bitDistance(a: string, b: string): number {
  const other = Buffer.from(b, 'hex');
  let count = 0;
  for (const [i, byte] of Buffer.from(a, 'hex').entries()) {
    for (let left = byte ^ (other[i] ?? 0); left !== 0; left &= left - 1) count += 1;
  }
  return count;
}

describe('the hash of a page', () => {
  it('is what it was in the last release: checkpoints carry it', () => {
    const words = Int32Array.from({ length: PAGE_WORDS }, (_, i) => Math.imul(i, 0x01234567));
    expect(pageHash(words)).toMatchInlineSnapshot(`"31be64806373783863dd605231284d9a"`);
    expect(pageHash(new Int32Array(PAGE_WORDS))).toMatchInlineSnapshot(
      `"7a826cb3fd4244b4e636a8606376d05f"`,
    );
  });

  it('changes about half its bits with any bit of the page (seed 3)', () => {
    const random = new SeededRandom(3);
    const seen = new Set<string>();
    let total = 0;
    const rounds = 2000;
    const words = new Int32Array(PAGE_WORDS);
    const before = pageHash(words);
    for (let round = 0; round < rounds; round++) {
      const at = random.below(PAGE_WORDS);
      const bit = 1 << random.below(32);
      words[at] = (words[at] ?? 0) ^ bit;
      const after = pageHash(words);
      words[at] ^= bit;
      const distance = bitDistance(before, after);
      expect(distance).toBeGreaterThan(30);
      total += distance;
      seen.add(`${at} ${bit} ${after}`);
    }
    expect(total / rounds).toBeGreaterThan(62);
    expect(total / rounds).toBeLessThan(66);
    expect(new Set([...seen].map((text) => text.split(' ')[2])).size).toBe(seen.size);
  });

  it('tells pages apart whose words changed places', () => {
    const words = Int32Array.from({ length: PAGE_WORDS }, (_, i) => i);
    const swapped = words.slice();
    swapped[0] = 4;
    swapped[4] = 0;
    const blocks = words.slice();
    blocks.copyWithin(0, 16, 32);
    expect(new Set([words, swapped, blocks].map((page) => pageHash(page))).size).toBe(3);
  });
});

describe('the comparison of two versions of a page', () => {
  /** The masks of a page's 64 lines, made the long way. */
  const masksOf = (now: Int32Array, before: Int32Array): number[] => {
    const masks = new Array<number>(64).fill(0);
    now.forEach((word, i) => {
      if (word !== before[i]) masks[i >> 4] = (masks[i >> 4] ?? 0) | (1 << ((i & 15) >> 1));
    });
    return masks;
  };

  it('finds every doubleword that changed, and no other (seed 9)', () => {
    const random = new SeededRandom(9);
    const before = Int32Array.from({ length: PAGE_WORDS }, () => random.u32());
    kernel.before.set(before);
    for (let round = 0; round < 300; round++) {
      const now = before.slice();
      for (let left = random.below(round); left > 0; left--) {
        const at = random.below(PAGE_WORDS);
        now[at] = (now[at] ?? 0) ^ 1;
      }
      kernel.now.set(now);
      const masks = masksOf(now, before);
      expect(kernel.compare()).toBe(masks.some((mask) => mask !== 0));
      expect([...kernel.masks]).toEqual(masks);
    }
  });

  it('sees each word of the page', () => {
    const page = new Int32Array(PAGE_WORDS);
    kernel.before.set(page);
    for (let at = 0; at < PAGE_WORDS; at++) {
      page[at] = 1 << (at & 31);
      kernel.now.set(page);
      expect(kernel.compare()).toBe(true);
      expect(kernel.masks[at >> 4]).toBe(1 << ((at & 15) >> 1));
      page[at] = 0;
    }
    kernel.now.set(page);
    expect(kernel.compare()).toBe(false);
    expect(kernel.masks.every((mask) => mask === 0)).toBe(true);
  });
});
