import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { HttpSource, type RangeAnswer } from './http-source.ts';

const CHUNK = 1 << 18;
const FILE = new SeededRandom(4).bytes(3 * CHUNK + 700);

/** A server that answers as told, then as it should. */
function serve(answers: (RangeAnswer | undefined)[] = []) {
  const requests: [number, number][] = [];
  const pauses: number[] = [];
  const source = new HttpSource(
    { url: 'disk', bytes: FILE.length, etag: '"1"' },
    (_url, start, end) => {
      requests.push([start, end]);
      return answers.shift() ?? { status: 206, bytes: FILE.slice(start, end + 1) };
    },
    (milliseconds) => pauses.push(milliseconds),
  );
  const read = (offset: number, length: number): Uint8Array => {
    const target = new Uint8Array(length).fill(0xee);
    source.read(offset, target);
    return target;
  };
  return { source, read, requests, pauses };
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('HttpSource', () => {
  it('reads across chunks and up to the padded end', () => {
    const { source, read } = serve();
    expect(source.size).toBe(3 * CHUNK + 1024);
    expect(same(read(CHUNK - 100, 1000), FILE.slice(CHUNK - 100, CHUNK + 900))).toBe(true);
    const end = read(3 * CHUNK + 512, 512);
    expect(same(end.slice(0, 188), FILE.slice(3 * CHUNK + 512))).toBe(true);
    expect(same(end.slice(188), new Uint8Array(324))).toBe(true);
  });

  it('asks once for what it has, and for more when reads are sequential', () => {
    const { read, requests } = serve();
    for (let at = 0; at < FILE.length - 4096; at += 4096) read(at, 4096);
    expect(requests).toEqual([
      [0, CHUNK - 1],
      [CHUNK, FILE.length - 1],
    ]);
  });

  it('gives the right bytes wherever they are read (seed 6)', () => {
    const { read } = serve();
    const random = new SeededRandom(6);
    for (let i = 0; i < 300; i++) {
      const offset = random.below(FILE.length - 70_000);
      const length = random.below(70_000);
      expect(same(read(offset, length), FILE.slice(offset, offset + length))).toBe(true);
    }
  });

  it('keeps a bounded number of chunks, the most recently used', () => {
    const requests: number[] = [];
    const source = new HttpSource(
      { url: 'disk', bytes: 200 * CHUNK, etag: undefined },
      (_url, start, end) => {
        requests.push(start / CHUNK);
        return { status: 206, bytes: new Uint8Array(end - start + 1) };
      },
    );
    const touch = (chunk: number): void => {
      source.read(chunk * CHUNK, new Uint8Array(1));
    };
    // Backwards, so that nothing is read ahead; chunk 199 is used again and again.
    for (let chunk = 199; chunk >= 100; chunk--) {
      touch(chunk);
      touch(199);
    }
    expect(requests.length).toBe(100);
    touch(199);
    expect(requests.length).toBe(100);
    touch(190);
    expect(requests.length).toBe(101);
  });

  it('tries again after a while, then gives up', () => {
    const broken = { status: 0, bytes: new Uint8Array(0) };
    const flaky = serve([broken, { status: 503, bytes: new Uint8Array(0) }]);
    expect(same(flaky.read(0, 10), FILE.slice(0, 10))).toBe(true);
    expect(flaky.pauses).toEqual([100, 200]);
    const dead = serve(Array.from({ length: 4 }, () => broken));
    expect(() => dead.read(0, 10)).toThrow(/cannot be read/);
    // The server is back: nothing bad was kept.
    expect(same(dead.read(0, 10), FILE.slice(0, 10))).toBe(true);
  });

  it('does not take a whole file, or a short answer, for a range', () => {
    const changed = serve([{ status: 200, bytes: FILE }]);
    expect(() => changed.read(0, 10)).toThrow(/changed/);
    const short = serve([{ status: 206, bytes: FILE.slice(0, 10) }]);
    expect(same(short.read(0, 600), FILE.slice(0, 600))).toBe(true);
    expect(short.requests).toHaveLength(2);
  });
});
