import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../base/assert.ts';
import { SeededRandom } from '../base/random.ts';
import type { Applier } from './applier.ts';
import { MAX_BATCH_BYTES } from './batch-format.ts';
import type { Compressor } from './compression.ts';
import { hashBytes } from './digest.ts';
import { PREAMBLE_BYTES } from './format.ts';
import { Pair, differingPages, ramOf, type Chunk, type Shipment } from './testing/pair.ts';
import { loadZstd } from './zstd.ts';

let zstd: Compressor;
beforeAll(async () => {
  zstd = await loadZstd();
});

let pair: Pair;
/** Epoch 1 is applied; epoch 2 is on its way. */
let second: Shipment;
let before: Uint8Array;

beforeEach(() => {
  pair = new Pair(zstd);
  const random = new SeededRandom(1);
  for (let page = 0; page < 20; page++) pair.fill(page, () => random.u32());
  pair.run(1, 0, true);
  before = ramOf(pair.standby).slice();
  for (let page = 5; page < 25; page++) pair.write(page, 16, random.u64());
  pair.fill(3, () => 0);
  pair.fill(30, () => random.u32());
  second = pair.ship(2, 1);
});

/** The standby is as it was after epoch 1, and takes the real epoch 2 all the same. */
function expectUnharmed(): void {
  expect(differingPages(ramOf(pair.standby), before)).toEqual([]);
  expect(pair.applier.applied?.epoch).toBe(1);
  expect(pair.applier.stagedBytes).toBe(0);
  expect(pair.deliver(second).ok).toBe(true);
  expect(pair.wrong(second)).toEqual([]);
}

const deliver = (chunks: readonly Chunk[], epoch = 2): string => {
  const result = pair.deliver({ epoch, chunks });
  return result.ok ? 'ok' : result.error.kind;
};

const join = (part: Chunk['part']): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    second.chunks.filter((chunk) => chunk.part === part).flatMap(({ bytes }) => [...bytes]),
  );

/** Epoch 2 with another description, whose hash is right. */
function withBody(change: (body: DataView) => void): Chunk[] {
  const bytes = join('sections');
  const body = bytes.subarray(PREAMBLE_BYTES);
  change(new DataView(body.buffer, body.byteOffset, body.length));
  bytes.set(hashBytes(body), 12);
  return [
    { part: 'pages', bytes: join('pages') },
    { part: 'sections', bytes },
  ];
}

const AT = { epoch: 0, base: 8, ram: 32, frames: 47, pages: 51, contentHash: 55 };

describe('a checkpoint that is not right leaves the last good state alone:', () => {
  it('any byte changed', () => {
    const total = second.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (let at = 0; at < total; at += at % 7 === 0 ? 1 : 13) {
      let left = at;
      const chunks = second.chunks.map(({ part, bytes }) => {
        const copy = bytes.slice();
        if (left >= 0 && left < copy.length) copy[left] = (copy[left] ?? 0) ^ 0x10;
        left -= copy.length;
        return { part, bytes: copy };
      });
      expect(deliver(chunks), `byte ${at}`).not.toBe('ok');
      expect(differingPages(ramOf(pair.standby), before)).toEqual([]);
    }
    expectUnharmed();
  });

  it('any chunk missing, doubled or out of its place', () => {
    const { chunks } = second;
    expect(chunks.length).toBeGreaterThan(4);
    for (let i = 0; i < chunks.length; i++) {
      const chunk = defined(chunks[i], 'a chunk');
      expect(deliver(chunks.toSpliced(i, 1)), `without ${i}`).not.toBe('ok');
      expect(deliver(chunks.toSpliced(i, 0, chunk)), `${i} twice`).not.toBe('ok');
    }
    expect(deliver([...chunks].reverse())).not.toBe('ok');
    expect(deliver(chunks.filter(({ part }) => part === 'pages'))).toBe('damaged');
    expect(deliver(chunks.filter(({ part }) => part === 'sections'))).toBe('damaged');
    expectUnharmed();
  });

  it('nothing at all', () => {
    const result = pair.applier.apply(2);
    expect(!result.ok && result.error.kind).toBe('out-of-order');
    expectUnharmed();
  });

  it('another epoch than announced, and one applied already', () => {
    expect(deliver(second.chunks, 3)).toBe('out-of-order');
    expect(deliver(second.chunks)).toBe('ok');
    const after = ramOf(pair.standby).slice();
    expect(deliver(second.chunks)).toBe('out-of-order');
    expect(differingPages(ramOf(pair.standby), after)).toEqual([]);
  });

  it('a difference to a state that is not the one here', () => {
    pair.producer.commit(1);
    pair.write(1, 0, 9n);
    const third = pair.ship(3, 2);
    expect(deliver(third.chunks, 3)).toBe('out-of-order');
    expectUnharmed();
  });

  it('another size of RAM, other counts, other contents', () => {
    const changes: [string, (body: DataView) => void][] = [
      ['does-not-fit', (body) => body.setBigUint64(AT.ram, 1n << 21n, true)],
      ['damaged', (body) => body.setUint32(AT.frames, 2, true)],
      ['damaged', (body) => body.setUint32(AT.pages, 21, true)],
      ['damaged', (body) => body.setUint8(AT.contentHash, body.getUint8(AT.contentHash) ^ 1)],
      ['out-of-order', (body) => body.setBigUint64(AT.base, 0n, true)],
      ['out-of-order', (body) => body.setBigUint64(AT.epoch, 3n, true)],
    ];
    for (const [kind, change] of changes) expect(deliver(withBody(change))).toBe(kind);
    expect(deliver(withBody(() => undefined).slice(0, 1))).toBe('damaged');
    expectUnharmed();
  });

  it('RAM that is not what the primary thinks', () => {
    const at = 5 * 4096 + 3000;
    const ram = ramOf(pair.standby);
    ram[at] = (ram[at] ?? 0) ^ 1;
    expect(deliver(second.chunks)).toBe('damaged');
    ram[at] = (ram[at] ?? 0) ^ 1;
    expectUnharmed();
  });

  it('more than there is room for', () => {
    const small = pair.newApplier(10_000);
    const random = new SeededRandom(3);
    pair = new Pair(zstd);
    for (let page = 0; page < 40; page++) pair.fill(page, () => random.u32());
    const shipment = pair.ship(1, 0);
    const result = pair.deliver(shipment, false, small);
    expect(!result.ok && result.error.kind).toBe('no-room');
    expect(small.stagedBytes).toBe(0);
  });

  it('too many at once', () => {
    const stage = (epoch: number) => pair.applier.stage(epoch, 'sections', Uint8Array.of(1), false);
    for (let epoch = 10; epoch < 26; epoch++) expect(stage(epoch).ok).toBe(true);
    const result = stage(26);
    expect(!result.ok && result.error.kind).toBe('no-room');
    pair.applier.discard(Array.from({ length: 17 }, (_, i) => 10 + i));
    expectUnharmed();
  });

  it('a description without end', () => {
    const kinds = new Set<string>();
    const bytes = new Uint8Array(65_536);
    for (let sent = 0; sent < 2 * MAX_BATCH_BYTES; sent += bytes.length) {
      const result = pair.applier.stage(2, 'sections', bytes, false);
      kinds.add(result.ok ? 'ok' : result.error.kind);
    }
    expect([...kinds]).toEqual(['ok', 'too-large']);
    pair.applier.discard([2]);
    expectUnharmed();
  });
});

describe('random damage', () => {
  it.each([1, 2, 3])('never gets through (seed %i)', (seed) => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 150; round++) {
      const chunks = second.chunks.map(({ part, bytes }) => ({ part, bytes: bytes.slice() }));
      for (let i = random.below(3); i >= 0; i--) {
        const { bytes } = random.pick(chunks);
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 + random.below(255));
      }
      expect(deliver(chunks)).not.toBe('ok');
    }
    expectUnharmed();
  });

  it('in a first copy leaves no state behind that could be taken for good', () => {
    const applier: Applier = pair.newApplier();
    pair.producer.restart(true);
    const first = pair.ship(3, 0);
    const chunks = first.chunks.map(({ part, bytes }) => ({ part, bytes: bytes.slice() }));
    const { bytes } = defined(chunks[2], 'a chunk of pages');
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    expect(pair.deliver({ epoch: 3, chunks }, true, applier).ok).toBe(false);
    expect(applier.applied).toBeUndefined();
    pair.producer.fail(3);
    const again = pair.ship(4, 0);
    expect(pair.deliver(again, true, applier).ok).toBe(true);
    expect(pair.wrong(again)).toEqual([]);
  });
});
