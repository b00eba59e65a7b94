import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { Hasher, hashBytes } from './digest.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

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
