import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../base/bytes.ts';
import { SeededRandom } from '../../../base/random.ts';
import { decodeDescription, encodeDescription } from './description.ts';

const guest = new Uint8Array(32).map((_, i) => i * 7);
const described = { guestUrl: 'guest/stöck/guest.json', guest };

const spelled = (version: number, url: Uint8Array, digest: Uint8Array): Uint8Array =>
  new ByteWriter().u16(version).bytes(url).bytes(digest).finish();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a description', () => {
  it('arrives as it was sent, as a copy', () => {
    const bytes = encodeDescription(described);
    const decoded = decodeDescription(bytes);
    expect(decoded).toEqual(described);
    bytes.fill(0);
    expect(decoded).toEqual(described);
    const empty = { guestUrl: '', guest: new Uint8Array(0) };
    expect(decodeDescription(encodeDescription(empty))).toEqual(empty);
  });

  it('is read from the middle of a message', () => {
    const bytes = encodeDescription(described);
    const around = new Uint8Array(bytes.length + 20).fill(0xee);
    around.set(bytes, 9);
    expect(decodeDescription(around.subarray(9, 9 + bytes.length))).toEqual(described);
  });

  it('is refused when it is cut anywhere, or goes on', () => {
    const bytes = encodeDescription(described);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeDescription(bytes.subarray(0, length)), String(length)).toBeUndefined();
    }
    expect(decodeDescription(Uint8Array.of(...bytes, 0))).toBeUndefined();
  });

  it('is refused when it is of another version', () => {
    expect(decodeDescription(spelled(1, text('g'), guest))).toEqual({ guestUrl: 'g', guest });
    for (const version of [0, 2, 0xffff]) {
      expect(decodeDescription(spelled(version, text('g'), guest))).toBeUndefined();
    }
  });

  it('is refused when its address is no UTF-8, or too long', () => {
    for (const url of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      expect(decodeDescription(spelled(1, Uint8Array.from(url), guest))).toBeUndefined();
    }
    const longest = text('x'.repeat(2048));
    expect(decodeDescription(spelled(1, longest, guest))?.guestUrl).toHaveLength(2048);
    expect(decodeDescription(spelled(1, text('x'.repeat(2049)), guest))).toBeUndefined();
    expect(decodeDescription(spelled(1, text('x'), new Uint8Array(33)))).toBeUndefined();
  });

  const seed = Math.floor(Math.random() * 2 ** 32);
  it(`never throws, whatever arrives (seed ${String(seed)})`, () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 3000; round++) {
      const bytes = encodeDescription(described);
      for (let i = random.below(4); i >= 0; i--)
        bytes[random.below(bytes.length)] = random.below(256);
      expect(() => decodeDescription(bytes)).not.toThrow();
      expect(() => decodeDescription(random.bytes(random.below(64)))).not.toThrow();
    }
  });
});
