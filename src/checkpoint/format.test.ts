import { beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import type { Compressor } from './compression.ts';
import { hashBytes } from './digest.ts';
import {
  decodeManifest,
  decodeSections,
  encodeManifest,
  encodeSections,
  PREAMBLE_BYTES,
  type Manifest,
} from './format.ts';
import { loadZstd } from './zstd.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

const state = (value: number, extra = 0) =>
  new Map([
    ['cpu', { version: 1, bytes: new Uint8Array(700 + extra).fill(value) }],
    ['devices', { version: 4, bytes: Uint8Array.of(1, 2, value) }],
  ]);

const manifest = (fields: Partial<Manifest> = {}): Manifest => ({
  epoch: 9,
  base: 8,
  instructions: 2n ** 60n,
  time: 123n,
  ramBytes: 1 << 28,
  baseline: Uint8Array.of(5, 6),
  frames: 2,
  pages: 77,
  contentHash: new SeededRandom(1).bytes(16),
  sections: encodeSections(state(3)),
  ...fields,
});

const BEFORE = encodeSections(state(2));
const encode = (fields: Partial<Manifest> = {}, before: Uint8Array | undefined = BEFORE) =>
  encodeManifest(manifest(fields), before, zstd);
const decode = (bytes: Uint8Array, before: Uint8Array | undefined = BEFORE) =>
  decodeManifest(bytes, (epoch) => (epoch === 8 ? before : undefined), zstd);
const kind = (bytes: Uint8Array): string => {
  const result = decode(bytes);
  return result.ok ? 'ok' : result.error.kind;
};

/** Changes the body and makes its hash and length right again. */
function withBody(bytes: Uint8Array, change: (body: Uint8Array) => Uint8Array): Uint8Array {
  const body = change(bytes.slice(PREAMBLE_BYTES));
  const out = new Uint8Array(PREAMBLE_BYTES + body.length);
  out.set(bytes.subarray(0, PREAMBLE_BYTES));
  new DataView(out.buffer).setUint32(8, body.length, true);
  out.set(hashBytes(body), 12);
  out.set(body, PREAMBLE_BYTES);
  return out;
}

describe('the description of a checkpoint', () => {
  it('comes back as it was', () => {
    expect(decode(encode())).toEqual({ ok: true, value: manifest() });
    expect(decode(encode({}, undefined), undefined)).toEqual({ ok: true, value: manifest() });
  });

  it('is short when little changed, and right when lengths did', () => {
    expect(encode().length).toBeLessThan(210);
    for (const extra of [-1, 1, 100]) {
      const sections = encodeSections(state(3, extra));
      const back = decode(encode({ sections }));
      expect(back.ok && back.value.sections).toEqual(sections);
    }
    expect(decode(encode({ sections: encodeSections(new Map()) })).ok).toBe(true);
  });

  it('is refused without the state it is a difference to', () => {
    const result = decodeManifest(encode(), () => undefined, zstd);
    expect(!result.ok && result.error.kind).toBe('out-of-order');
  });

  it('names the version that it cannot read', () => {
    const bytes = encode();
    new DataView(bytes.buffer).setUint16(4, 2, true);
    const result = decode(bytes);
    expect(!result.ok && result.error).toEqual({
      kind: 'other-version',
      sentence:
        'The checkpoint has format version 2, this program reads 1 to 1. Reload the older page.',
    });
    new DataView(bytes.buffer).setUint16(4, 0, true);
    expect(kind(bytes)).toBe('other-version');
  });

  it('is refused when it is cut, longer, changed or announces too much', () => {
    const bytes = encode();
    for (let length = 0; length < bytes.length; length++) {
      expect(kind(bytes.subarray(0, length))).toBe('damaged');
    }
    expect(kind(Uint8Array.of(...bytes, 0))).toBe('damaged');
    const huge = bytes.slice();
    new DataView(huge.buffer).setUint32(8, 0x7fffffff, true);
    expect(kind(huge)).toBe('too-large');
  });

  it.each([
    ['epoch 0', 0, 0n],
    ['an epoch beyond 2^53', 0, 2n ** 60n],
    ['a base that is later', 8, 9n],
    ['a base beyond all', 8, 2n ** 63n],
  ])('is refused with %s', (_name, at, value) => {
    const bytes = withBody(encode(), (body) => {
      new DataView(body.buffer).setBigUint64(at, value, true);
      return body;
    });
    expect(kind(bytes)).toBe('damaged');
  });

  it('never throws, whatever its body holds (seed 11)', () => {
    const random = new SeededRandom(11);
    const bytes = encode();
    let accepted = 0;
    for (let round = 0; round < 4000; round++) {
      const damaged = withBody(bytes, (body) => {
        for (let i = random.below(3); i >= 0; i--) body[random.below(body.length)] = random.u32();
        return random.below(3) === 0 ? body.slice(0, random.below(body.length + 1)) : body;
      });
      const result = decode(damaged);
      if (result.ok) accepted += 1;
      else expect(result.error.sentence.length).toBeGreaterThan(10);
    }
    // What the body says of itself (counts, times) has no check of its own.
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(3000);
  });
});

describe('sections', () => {
  it('come back in their order', () => {
    const back = decodeSections(encodeSections(state(1)));
    expect(back).toEqual({ ok: true, value: state(1) });
  });

  it('are refused when a name comes twice, or something is left over', () => {
    const one = encodeSections(new Map([['a', { version: 1, bytes: Uint8Array.of(1) }]]));
    const twice = Uint8Array.of(2, 0, ...one.subarray(2), ...one.subarray(2));
    for (const bytes of [twice, Uint8Array.of(...one, 0), one.subarray(0, 5)]) {
      const result = decodeSections(bytes);
      expect(!result.ok && result.error.kind).toBe('damaged');
    }
  });

  it('never throw (seed 12)', () => {
    const random = new SeededRandom(12);
    const bytes = encodeSections(state(1));
    for (let round = 0; round < 2000; round++) {
      const damaged = bytes.slice(0, random.below(bytes.length + 1));
      for (let i = random.below(4); i > 0; i--) damaged[random.below(40)] = random.u32();
      expect(() => decodeSections(damaged)).not.toThrow();
    }
  });
});
