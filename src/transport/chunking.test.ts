import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import {
  CHUNK_HEADER_BYTES,
  CHUNK_PAYLOAD_BYTES,
  Chunker,
  chunkCount,
  Reassembler,
  type ChunkErrorKind,
} from './chunking.ts';
import { CHUNK_BYTES } from './limits.ts';

const CAP = 4 * CHUNK_PAYLOAD_BYTES;

/** All chunks of a message, as copies. */
function cut(chunker: Chunker, message: Uint8Array, serial: number): Uint8Array[] {
  return Array.from({ length: chunkCount(message.length) }, (_, index) =>
    chunker.chunk(message, serial, index).slice(),
  );
}

/** Feeds chunks; gives the whole messages, or the error that ended it. */
function feed(chunks: readonly Uint8Array[]): Uint8Array[] | ChunkErrorKind {
  const reassembler = new Reassembler(CAP);
  const messages: Uint8Array[] = [];
  for (const chunk of chunks) {
    const taken = reassembler.take(chunk);
    if (!taken.ok) return taken.error.kind;
    if (taken.value !== undefined) messages.push(taken.value);
  }
  return messages;
}

describe('chunking', () => {
  it('brings messages of every awkward length back, in order', () => {
    const random = new SeededRandom(1);
    const chunker = new Chunker();
    const edges = [0, 1, 2].flatMap((n) =>
      [-1, 0, 1].map((off) => Math.max(0, n * CHUNK_PAYLOAD_BYTES + off)),
    );
    const messages = [...edges, CAP, random.below(CAP)].map((length) => random.bytes(length));
    const chunks = messages.flatMap((message, serial) => cut(chunker, message, serial));
    expect(Math.max(...chunks.map(({ length }) => length))).toBe(CHUNK_BYTES);
    const arrived = feed(chunks);
    if (typeof arrived === 'string') throw new Error(arrived);
    expect(arrived.length).toBe(messages.length);
    arrived.forEach((message, i) => {
      expect(Buffer.compare(message, messages[i] ?? new Uint8Array(0))).toBe(0);
    });
  });

  it('takes messages in shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(7);
    const [arrived] = feed(cut(new Chunker(), shared, 0));
    expect(arrived).toEqual(new Uint8Array(100).fill(7));
  });

  it('names what is wrong with a torn sequence', () => {
    const random = new SeededRandom(2);
    const chunker = new Chunker();
    const [a, b, c] = cut(chunker, random.bytes(2 * CHUNK_PAYLOAD_BYTES + 5), 0) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const [next] = cut(chunker, random.bytes(10), 1) as [Uint8Array];
    expect(feed([a, c])).toBe('torn');
    expect(feed([a, a])).toBe('torn');
    expect(feed([a, b, next])).toBe('torn');
    expect(feed([b])).toBe('torn');
    expect(feed([next])).toBe('torn');
    expect(feed([a, b, c, c])).toBe('torn');
    expect(feed([a, b, c.subarray(0, c.length - 1)])).toBe('wrong-length');
    expect(feed([a.subarray(0, 11)])).toBe('not-a-chunk');
    expect(feed([new Uint8Array(50)])).toBe('not-a-chunk');
    expect(feed(cut(chunker, random.bytes(CAP + 1), 0))).toBe('too-long');
    const other = b.slice();
    new DataView(other.buffer).setUint32(8, 2 * CHUNK_PAYLOAD_BYTES + 6, true);
    expect(feed([a, other])).toBe('torn');
  });

  it('never yields a message whose headers were damaged, and never throws', () => {
    const random = new SeededRandom(3);
    const chunker = new Chunker();
    for (let round = 0; round < 60; round++) {
      const messages = [0, 1, 2].map(() => random.bytes(random.below(CHUNK_PAYLOAD_BYTES * 2)));
      const chunks = messages.flatMap((message, serial) => cut(chunker, message, serial));
      const at = random.below(chunks.length);
      const victim = chunks[at] as Uint8Array;
      switch (random.below(4)) {
        case 0:
          victim[random.below(CHUNK_HEADER_BYTES)] = random.below(256) ^ 0x55;
          break;
        case 1:
          chunks.splice(at, 1);
          break;
        case 2:
          chunks.splice(at, 0, victim);
          break;
        case 3:
          chunks[at] = victim.subarray(0, random.below(victim.length));
          break;
      }
      const arrived = feed(chunks);
      // A lost last message, or a byte that was changed into itself, is no damage.
      if (typeof arrived === 'string') continue;
      expect(arrived.length).toBeGreaterThanOrEqual(2);
      arrived.forEach((bytes, i) => {
        expect(Buffer.compare(bytes, messages[i] ?? new Uint8Array(0))).toBe(0);
      });
    }
  });

  it('holds no more than the cap, whatever a header claims', () => {
    const reassembler = new Reassembler(10);
    const chunk = new Chunker().chunk(new Uint8Array(11), 0, 0);
    const taken = reassembler.take(chunk);
    expect(taken.ok ? undefined : taken.error.kind).toBe('too-long');
    expect(reassembler.pending).toBe(false);
  });
});
