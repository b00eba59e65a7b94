import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { RAM } from '../layout.ts';
import { TestHart } from './testing/test-hart.ts';

const BYTES = 4096;

const bitsIn = (value: bigint): number =>
  BigInt.asUintN(64, value).toString(2).replaceAll('0', '').length;

describe('hash_range', () => {
  const hart = new TestHart();
  const bytes = new Uint8Array(hart.memory.buffer, RAM, BYTES);
  const hash = (length = BYTES, seed = 0n): bigint => hart.leaves.hash_range(RAM, length, seed);

  it('is the same for the same bytes, and differs by seed and length', () => {
    bytes.set(new SeededRandom(1).bytes(BYTES));
    const digest = hash();
    expect(hash()).toBe(digest);
    expect(hash(BYTES, 1n)).not.toBe(digest);
    bytes.fill(0);
    const zeros = new Set(Array.from({ length: 100 }, (_, length) => hash(length)));
    expect(zeros.size).toBe(100);
  });

  it('does not depend on where the bytes lie', () => {
    bytes.set(new SeededRandom(2).bytes(BYTES));
    const digest = hash(1001);
    new Uint8Array(hart.memory.buffer, RAM + 0x10003, 1001).set(bytes.subarray(0, 1001));
    expect(hart.leaves.hash_range(RAM + 0x10003, 1001, 0n)).toBe(digest);
  });

  it('changes about half its bits for any single bit', () => {
    const random = new SeededRandom(3);
    bytes.set(random.bytes(BYTES));
    let changed = 0;
    const trials = 2000;
    for (let i = 0; i < trials; i++) {
      const length = 1 + random.below(300);
      const before = hash(length);
      const at = random.below(length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      const difference = bitsIn(before ^ hash(length));
      expect(difference).toBeGreaterThan(8);
      changed += difference;
    }
    expect(changed / trials).toBeGreaterThan(30);
    expect(changed / trials).toBeLessThan(34);
  });

  it('notices words that change places', () => {
    bytes.fill(0);
    const seen = new Set<bigint>();
    for (let i = 0; i < BYTES; i += 8) {
      bytes[i] = 1;
      seen.add(hash());
      bytes[i] = 0;
    }
    expect(seen.size).toBe(BYTES / 8);
  });
});
