import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { Hasher, hashBytes, hashPage, HASH_WORDS, PAGE_WORDS } from './digest.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function pageHash(words: Int32Array, at = 0): string {
  const out = new Int32Array(HASH_WORDS + 2);
  hashPage(words, at, out, 1);
  expect([out[0], out[HASH_WORDS + 1]]).toEqual([0, 0]);
  return hex(new Uint8Array(out.buffer, 4, 16));
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

  it('depends on the page alone, not on where it lies', () => {
    const random = new SeededRandom(1);
    const words = Int32Array.from({ length: 3 * PAGE_WORDS }, () => random.u32());
    const alone = words.slice(PAGE_WORDS, 2 * PAGE_WORDS);
    expect(pageHash(words, PAGE_WORDS)).toBe(pageHash(alone));
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

describe('the hash of byte strings', () => {
  it('tells lengths and borders apart', () => {
    const all = [
      [],
      [[]],
      [[0]],
      [[0, 0]],
      [[0], [0]],
      [[0], []],
      [[1, 2, 3], [4]],
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2, 3, 4]],
    ].map((strings) =>
      hex(strings.reduce((hasher, s) => hasher.bytes(Uint8Array.from(s)), new Hasher()).finish()),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  it('sees every byte, also across its own blocks', () => {
    const bytes = new SeededRandom(5).bytes(3000);
    const before = hex(hashBytes(bytes));
    for (const at of [0, 1, 15, 16, 1023, 1024, 1025, 2047, 2999]) {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(hex(hashBytes(bytes)), `byte ${at}`).not.toBe(before);
      bytes[at] ^= 1;
    }
    expect(hex(hashBytes(bytes))).toBe(before);
    expect(hex(hashBytes(new Uint8Array([9, ...bytes]).subarray(1)))).toBe(before);
  });

  it('takes numbers up to 2^53', () => {
    const of = (value: number): string => hex(new Hasher().number(value).finish());
    const values = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(values.map(of)).size).toBe(values.length);
    expect(() => of(-1)).toThrow('cannot be hashed');
    expect(() => of(0.5)).toThrow('cannot be hashed');
  });
});
