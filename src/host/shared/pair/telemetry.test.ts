import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { TELEMETRY_BYTES } from '../../../replication/limits.ts';
import type { TakeoverRecord } from './sample.ts';
import { decodeTelemetry, encodeTelemetry, mergeTakeovers, type Telemetry } from './telemetry.ts';
import { someFailover, someSample, someTakeover, spreadOf } from './testing/figures.ts';

const telemetry: Telemetry = {
  sample: someSample(),
  takeovers: [someTakeover(2), someTakeover(3)],
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const encoded = (): Json =>
  JSON.parse(new TextDecoder().decode(encodeTelemetry(telemetry))) as Json;

/** Every place in a JSON value, the root's first. */
function places(value: Json, path: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, part]) => places(part, [...path, key]))];
}

/** A copy of `value` with another value at a place; undefined: without that place. */
function withValue(value: Json, [key, ...rest]: Path, other: Json | undefined): Json | undefined {
  if (key === undefined) return other;
  const copy = structuredClone(value) as Record<string, Json>;
  const inner = withValue(copy[key] as Json, rest, other);
  if (inner !== undefined) copy[key] = inner;
  else if (Array.isArray(copy)) (copy as Json[]).splice(Number(key), 1);
  else Reflect.deleteProperty(copy, key);
  return copy;
}

const decodeJson = (value: Json | undefined): Telemetry | undefined =>
  decodeTelemetry(bytesOf(JSON.stringify(value ?? null)));

describe('telemetry', () => {
  it('arrives as it was sent', () => {
    expect(decodeTelemetry(encodeTelemetry(telemetry))).toEqual(telemetry);
    const bare: Telemetry = { sample: someSample({ exposureMs: undefined }), takeovers: [] };
    expect(decodeTelemetry(encodeTelemetry(bare))).toEqual(bare);
    const silent = { wallMs: 1, failover: someFailover(9, { firstOutputAt: undefined }) };
    const early: Telemetry = { sample: someSample(), takeovers: [silent] };
    expect(decodeTelemetry(encodeTelemetry(early))).toEqual(early);
  });

  it('knows every reason and every pressure that there is', () => {
    const reasons = [
      ...(['lock-released', 'channel-closed', 'bye', 'silent', 'hung', 'joined-anew'] as const),
      ...(['higher-term', 'rejects', 'no-commit', 'staging', 'no-hand-over', 'hand-over'] as const),
    ];
    for (const why of reasons) {
      const takeovers = [{ wallMs: 1, failover: someFailover(2, { why }) }];
      const one = { sample: someSample(), takeovers };
      expect(decodeTelemetry(encodeTelemetry(one))).toEqual(one);
    }
    for (const pressure of ['none', 'lengthen', 'throttle', 'drop'] as const) {
      const one = { sample: someSample({ pressure }), takeovers: [] };
      expect(decodeTelemetry(encodeTelemetry(one))).toEqual(one);
    }
  });

  it('leaves out what it does not know', () => {
    const more = { ...(encoded() as Record<string, Json>), news: 1 };
    expect(decodeJson(more)).toEqual(telemetry);
  });

  it('keeps the newest takeovers', () => {
    const takeovers = Array.from({ length: 50 }, (_, i) => someTakeover(i + 1));
    const decoded = decodeTelemetry(encodeTelemetry({ sample: someSample(), takeovers }));
    expect(decoded?.takeovers).toEqual(takeovers.slice(-32));
  });

  it('fits into its message however long its numbers are', () => {
    // As many digits as a double can need.
    const long = -1.234567890123456e-300;
    const spread = spreadOf(long, long, long, long);
    const filled = <T extends object>(value: T): T =>
      Object.fromEntries(
        Object.entries(value).map(([key, was]) => [key, typeof was === 'number' ? long : was]),
      ) as T;
    const base = filled(someSample({ pressure: 'lengthen' }));
    const sample = {
      ...{ ...base, pauseMs: spread, commitMs: spread, outputDelayMs: spread, dirtyPages: spread },
      totals: filled(base.totals),
    };
    const failover = filled(someFailover(1, { why: 'channel-closed' }));
    const takeovers = Array.from({ length: 50 }, () => ({ wallMs: long, failover }));
    const bytes = encodeTelemetry({ sample, takeovers });
    expect(bytes.length).toBeLessThanOrEqual(TELEMETRY_BYTES);
    const decoded = decodeTelemetry(bytes);
    expect(decoded?.sample).toEqual(sample);
    expect(decoded?.takeovers.length).toBeGreaterThan(10);
  });
});

describe('malformed telemetry', () => {
  const whole = encoded();
  const optional = new Set(['sample exposureMs', 'takeovers 0 failover firstOutputAt']);
  const all = places(whole).filter((path) => path[0] !== 'takeovers' || path[1] !== '1');

  it('is refused whatever field is missing', () => {
    const wrong = all.filter((path) => {
      const isFine = decodeJson(withValue(whole, path, undefined)) !== undefined;
      // A shorter list of takeovers is a list of takeovers.
      const may = optional.has(path.join(' ')) || path.join(' ') === 'takeovers 0';
      return isFine !== may;
    });
    expect(wrong).toEqual([]);
  });

  it('is refused whatever field is of another kind', () => {
    const others: Json[] = [null, true, 'x', '1', [], [1], {}, { sample: 1 }];
    const wrong = all.flatMap((path) =>
      others
        .filter((other) => decodeJson(withValue(whole, path, other)) !== undefined)
        .map((other) => `${path.join(' ')} = ${JSON.stringify(other)}`),
    );
    expect(wrong).toEqual(['takeovers = []']);
  });

  it('is refused when a word is a number, or a number is none', () => {
    for (const path of [
      ['sample', 'pressure'],
      ['takeovers', 0, 'failover', 'why'],
    ]) {
      expect(decodeJson(withValue(whole, path, 1))).toBeUndefined();
      expect(decodeJson(withValue(whole, path, 'constructor'))).toBeUndefined();
    }
    // The one way in which JSON can spell an infinite number.
    const text = JSON.stringify(withValue(whole, ['sample', 'mips'], 77_777));
    expect(decodeTelemetry(bytesOf(text))).toBeDefined();
    expect(decodeTelemetry(bytesOf(text.replace('77777', '1e999')))).toBeUndefined();
  });

  it('is refused when it is too long, no JSON, no UTF-8 or nothing', () => {
    const padded = bytesOf(JSON.stringify(whole).padEnd(TELEMETRY_BYTES + 1, ' '));
    expect(decodeTelemetry(padded)).toBeUndefined();
    expect(decodeTelemetry(padded.subarray(0, TELEMETRY_BYTES))).toEqual(telemetry);
    for (const text of ['', ' ', '{', 'null', '"x"', '7', '[]', '{"__proto__":{"sample":1}}']) {
      expect(decodeTelemetry(bytesOf(text))).toBeUndefined();
    }
    expect(decodeTelemetry(Uint8Array.of(0xff, 0xfe, 0x80))).toBeUndefined();
    expect(decodeTelemetry(bytesOf('['.repeat(TELEMETRY_BYTES)))).toBeUndefined();
    const { sample } = telemetry;
    const takeovers = Array.from({ length: 33 }, () => someTakeover(1));
    expect(decodeTelemetry(bytesOf(JSON.stringify({ sample, takeovers })))).toBeUndefined();
    takeovers.pop();
    expect(decodeTelemetry(bytesOf(JSON.stringify({ sample, takeovers })))).toBeDefined();
  });

  const seed = Math.floor(Math.random() * 2 ** 32);
  it(`never throws, and never lets a number through that is none (seed ${String(seed)})`, () => {
    const random = new SeededRandom(seed);
    const scraps = ['null', '"', '{', '}', '[', ']', ',', ':', '1e999', '-', 'true', '\\', '0'];
    const original = encodeTelemetry(telemetry);
    for (let round = 0; round < 3000; round++) {
      const edits = 1 + random.below(4);
      let bytes: Uint8Array = original.slice();
      for (let i = 0; i < edits; i++) bytes = mutated(bytes, random, scraps);
      const decoded = decodeTelemetry(bytes);
      if (decoded === undefined) continue;
      const again = decodeTelemetry(encodeTelemetry(decoded));
      expect(again, new TextDecoder().decode(bytes)).toEqual(decoded);
    }
  });
});

/** Bytes with one change: a bit, a cut, a piece doubled, or a scrap of JSON put in. */
function mutated(bytes: Uint8Array, random: SeededRandom, scraps: readonly string[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(20));
  const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  switch (random.below(4)) {
    case 0: {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(end));
    case 2:
      return join(bytes.subarray(0, end), bytes.subarray(at));
    default:
      return join(bytes.subarray(0, at), bytesOf(random.pick(scraps)), bytes.subarray(end));
  }
}

describe('takeovers of two lists', () => {
  const terms = (records: readonly TakeoverRecord[]): number[] =>
    records.map(({ failover }) => failover.term);

  it('are joined by their terms, and the later word counts', () => {
    const before = [someTakeover(2), someTakeover(4)];
    const told = { ...someTakeover(4), wallMs: 7 };
    const merged = mergeTakeovers(before, [someTakeover(5), told, someTakeover(3)]);
    expect(terms(merged)).toEqual([2, 3, 4, 5]);
    expect(merged[2]?.wallMs).toBe(7);
    expect(mergeTakeovers(merged, [])).toEqual(merged);
    expect(mergeTakeovers([], [])).toEqual([]);
  });
});
