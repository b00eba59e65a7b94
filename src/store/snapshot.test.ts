import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import {
  packSnapshot,
  PAGE_BYTES,
  SnapshotReader,
  unpackChunk,
  WINDOW_BYTES,
  type SnapshotCodec,
  type SnapshotEncoder,
  type SnapshotHeader,
} from './snapshot.ts';

const codec: SnapshotCodec & SnapshotEncoder = {
  digest: (bytes) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest())),
  deflate: (bytes) => Promise.resolve(new Uint8Array(deflateRawSync(bytes))),
  inflate: (bytes, length) =>
    new Promise((resolve) => {
      resolve(inflateRawSync(bytes, { maxOutputLength: Math.max(length, 1) }));
    }),
};

/** RAM of 3.5 windows: one of zeros, one full, one with scattered pages, a half. */
function makeRam(): Uint8Array {
  const random = new SeededRandom(5);
  const ram = new Uint8Array(new SharedArrayBuffer(3.5 * WINDOW_BYTES));
  ram.fill(7, WINDOW_BYTES, 2 * WINDOW_BYTES);
  for (const page of [0, 3, 4, 5, 250, 255]) {
    ram.set(random.bytes(PAGE_BYTES), 2 * WINDOW_BYTES + page * PAGE_BYTES);
  }
  ram[ram.length - 1] = 1;
  return ram;
}

const CONTENTS: Omit<SnapshotHeader, 'chunks' | 'ramBytes'> = {
  guestDigest: new Uint8Array(32).fill(9),
  commandLine: 'console=ttyS0 quiet',
  sections: new Map([
    ['cpu', { version: 1, bytes: Uint8Array.of(1, 2, 3) }],
    ['uart0', { version: 4, bytes: new Uint8Array(0) }],
  ]),
};

async function pack(): Promise<Uint8Array<ArrayBuffer>> {
  const parts = await packSnapshot(CONTENTS, makeRam(), codec);
  return new Uint8Array(Buffer.concat(parts));
}

interface Outcome {
  readonly kind: string;
  readonly header?: SnapshotHeader;
  readonly ram?: Uint8Array;
}

/** Reads a file in parts of the given size. */
async function read(file: Uint8Array, partBytes: number): Promise<Outcome> {
  const reader = new SnapshotReader(codec);
  const ram = new Uint8Array(makeRam().length);
  for (let at = 0; at < file.length; at += partBytes) {
    const pieces = await reader.push(file.subarray(at, at + partBytes));
    if (!pieces.ok) return { kind: pieces.error.kind };
    for (const piece of pieces.value) {
      if (piece.kind !== 'chunk') continue;
      const unpacked = await unpackChunk(codec, piece.entry, piece.stored, ram);
      if (!unpacked.ok) return { kind: unpacked.error.kind };
    }
  }
  const end = reader.finish();
  return end.ok ? { kind: 'ok', header: end.value, ram } : { kind: end.error.kind };
}

describe('snapshot', () => {
  it.each([1 << 30, 65536, 4099, 61])(
    'comes back as it was, read in parts of %i bytes',
    async (size) => {
      const file = await pack();
      const outcome = await read(file, size);
      expect(outcome.kind).toBe('ok');
      expect(outcome.header?.sections).toEqual(CONTENTS.sections);
      expect(outcome.header?.commandLine).toBe(CONTENTS.commandLine);
      expect(outcome.header?.guestDigest).toEqual(CONTENTS.guestDigest);
      expect(outcome.header?.ramBytes).toBe(3.5 * WINDOW_BYTES);
      expect(outcome.header?.chunks.map((chunk) => chunk.window)).toEqual([1, 2, 3]);
      expect(Buffer.compare(outcome.ram ?? new Uint8Array(), makeRam())).toBe(0);
    },
  );

  it('stores no pages of zeros', async () => {
    expect((await pack()).length).toBeLessThan(8 * PAGE_BYTES);
  });

  it('says what is wrong with a file that is something else', async () => {
    expect((await read(new TextEncoder().encode('\x1f\x8bnot this'), 100)).kind).toBe(
      'not-a-snapshot',
    );
    expect((await read(new Uint8Array(0), 100)).kind).toBe('truncated');
    const file = await pack();
    file[8] = 200;
    expect((await read(file, file.length)).kind).toBe('other-version');
  });

  it('notices a file that was cut short, wherever', async () => {
    const file = await pack();
    for (const length of [9, 47, 48, 60, 500, 3000, file.length - 1]) {
      expect((await read(file.subarray(0, length), 1000)).kind, String(length)).toBe('truncated');
    }
  });

  it('notices bytes behind the end', async () => {
    const file = await pack();
    expect((await read(Buffer.concat([file, Buffer.of(0)]), 5000)).kind).toBe('trailing-bytes');
  });

  it('refuses a chunk that unpacks to another length', async () => {
    const stored = await codec.deflate(new Uint8Array(3 * PAGE_BYTES));
    const entry = {
      window: 0,
      bitmap: new Uint8Array(32),
      storedBytes: stored.length,
      digest: await codec.digest(stored),
    };
    entry.bitmap[0] = 0b11;
    const ram = new Uint8Array(WINDOW_BYTES);
    const bomb = await unpackChunk(codec, entry, stored, ram);
    expect(!bomb.ok && bomb.error.kind).toBe('damaged');
    entry.bitmap[0] = 0b1111;
    const short = await unpackChunk(codec, entry, stored, ram);
    expect(!short.ok && short.error.kind).toBe('damaged');
  });

  it('notices every flipped bit (seed 11)', async () => {
    const file = await pack();
    const random = new SeededRandom(11);
    for (let round = 0; round < 400; round++) {
      const damaged = file.slice();
      // Half of the damage to the front, where the lengths are.
      const at = random.below(round % 2 === 0 ? 600 : file.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
      const outcome = await read(damaged, 4096);
      expect(outcome.kind, `bit flipped at ${String(at)}`).not.toBe('ok');
    }
  });
});
