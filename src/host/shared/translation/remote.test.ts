import { describe, expect, it } from 'vitest';
import { Code } from '../../../../test/fuzz/code.ts';
import { RA, T0, ZERO, addi, jalr } from '../../../../test/fuzz/encode.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { TranslationJob } from '../../../vm/jit/job.ts';
import { type Translation, translatedEntry } from '../../../vm/jit/region-code.ts';
import { RAM } from '../../../vm/layout.ts';
import { createMachineMemory } from '../../../vm/machine/memory.ts';
import { MAX_PAYLOAD_BYTES } from '../ring.ts';
import { TranslationReader, TranslationWriter, createTranslationBuffer } from './channel.ts';
import { RemoteTranslation, type TranslationRequest, TranslationThread } from './remote.ts';

/** Where this machine has its records. */
const RECORDS = 0x500000;
const MAX_WAITING = 32;

const pageJob = (page: number): TranslationJob => ({
  ...{ kind: 'page', page, address: 0x80000000n, records: RECORDS, entries: [0] },
});

/** A machine's memory with one page of code. */
function memoryWithCode(): WebAssembly.Memory {
  const memory = createMachineMemory(1 << 20);
  const { bytes } = new Code(0).emit(addi(T0, T0, 1), jalr(ZERO, RA, 0));
  new Uint8Array(memory.buffer).set(bytes, RAM);
  const handlers = new Uint16Array(memory.buffer, RECORDS);
  for (const offset of [0, 4]) handlers[offset * 4] = 2;
  return memory;
}

const translation = (random: SeededRandom, length: number, entries: number): Translation => ({
  bytes: random.bytes(length),
  entries: Array.from({ length: entries }, () =>
    translatedEntry(2 * random.below(2048), random.below(0x10000)),
  ),
});

/** A clock that goes on by 3 ms at every look. */
const ticking = (): (() => number) => {
  let now = 0;
  return () => (now += 3);
};

/** Far faster on long arrays than `toEqual`. */
const isSame = (a: Translation | undefined, b: Translation): boolean =>
  a !== undefined &&
  Buffer.compare(a.bytes, b.bytes) === 0 &&
  JSON.stringify(a.entries) === JSON.stringify(b.entries);

describe('the ring of finished translations', () => {
  it('gives them back in order, whole, of one part or of many (seed 5)', () => {
    const random = new SeededRandom(5);
    const buffer = createTranslationBuffer();
    const writer = new TranslationWriter(buffer);
    const reader = new TranslationReader(buffer);
    expect(reader.read()).toBeUndefined();
    // The header of 16 bytes and 4 an entry: the third fills its parts to the last byte.
    const lengths = [1, 1000, 2 * MAX_PAYLOAD_BYTES - 16 - 4 * 9, 300_000, 0];
    const made = lengths.map((length) => translation(random, length, 9));
    made.forEach((one, id) => {
      writer.write({ id, translation: one });
    });
    made.forEach((one, id) => {
      const done = reader.read();
      expect([done?.id, isSame(done?.translation, one)]).toEqual([id, true]);
    });
    expect(reader.read()).toBeUndefined();
  });

  it('keeps every translation over many wraps (seed 6)', () => {
    const random = new SeededRandom(6);
    const buffer = createTranslationBuffer();
    const writer = new TranslationWriter(buffer);
    const reader = new TranslationReader(buffer);
    for (let id = 0; id < 40; id++) {
      const one = translation(random, random.below(400_000), random.below(50));
      writer.write({ id, translation: one });
      expect(isSame(reader.read()?.translation, one)).toBe(true);
    }
  });

  it('says nothing of a translation whose last part is not there yet', () => {
    const buffer = createTranslationBuffer();
    const whole = createTranslationBuffer();
    new TranslationWriter(whole).write({
      id: 1,
      translation: translation(new SeededRandom(1), 3 * MAX_PAYLOAD_BYTES, 1),
    });
    // The writer has published its first part alone: positions are moved behind each part.
    new Uint8Array(buffer).set(new Uint8Array(whole));
    const tail = new Int32Array(buffer, 64 + 64, 1);
    const [written = 0] = tail;
    tail[0] = MAX_PAYLOAD_BYTES + 8;
    const reader = new TranslationReader(buffer);
    expect(reader.read()).toBeUndefined();
    tail[0] = written;
    expect(reader.read()?.translation?.bytes.length).toBe(3 * MAX_PAYLOAD_BYTES);
  });

  it('carries failures', () => {
    const buffer = createTranslationBuffer();
    const writer = new TranslationWriter(buffer);
    writer.write({ id: 7, translation: undefined, milliseconds: 2.5 });
    expect(new TranslationReader(buffer).read()).toEqual({
      ...{ id: 7, translation: undefined, milliseconds: 2.5 },
    });
  });
});

describe('a translating thread', () => {
  it('does a job and gives back a module that is valid', () => {
    const buffer = createTranslationBuffer();
    const thread = new TranslationThread({ memory: memoryWithCode(), buffer }, ticking());
    expect(thread.take({ id: 3, job: pageJob(0) })).toBeUndefined();
    const done = new TranslationReader(buffer).read();
    expect(done?.id).toBe(3);
    expect(done?.translation?.entries).toEqual([translatedEntry(0, 2)]);
    const module = new WebAssembly.Module(done?.translation?.bytes ?? new Uint8Array(0));
    expect(WebAssembly.Module.exports(module)).toEqual([{ name: 'enter', kind: 'function' }]);
  });

  it('goes on when the code of a job has become none', () => {
    const buffer = createTranslationBuffer();
    const thread = new TranslationThread({ memory: memoryWithCode(), buffer }, ticking());
    const job: TranslationJob = {
      ...{ kind: 'region', address: 0x80000000n },
      // Nothing but zeros is there.
      blocks: [{ start: 64, offsets: [64], end: { kind: 'next', next: 66 }, successors: [] }],
      pages: [{ distance: 0, page: 0, records: RECORDS }],
    };
    expect(thread.take({ id: 1, job })).toBeInstanceOf(Error);
    thread.take({ id: 2, job: pageJob(0) });
    const reader = new TranslationReader(buffer);
    expect(reader.read()).toEqual({ id: 1, translation: undefined, milliseconds: 3 });
    expect(reader.read()).toMatchObject({
      id: 2,
      translation: { entries: [translatedEntry(0, 2)] },
    });
  });
});

describe('remote translation', () => {
  it('refuses jobs while too many wait, and takes some again when one is done', () => {
    const buffer = createTranslationBuffer();
    const posted: TranslationRequest[] = [];
    const remote = new RemoteTranslation(
      buffer,
      (request) => posted.push(request),
      () => 0,
    );
    const asked = Array.from({ length: MAX_WAITING + 3 }, (_, id) =>
      remote.request(id, pageJob(0)),
    );
    expect(asked.indexOf(false)).toBe(MAX_WAITING);
    expect(posted.map((request) => ('id' in request ? request.id : undefined))).toEqual(
      Array.from({ length: MAX_WAITING }, (_, id) => id),
    );
    expect(remote.take()).toBeUndefined();
    expect(remote.request(100, pageJob(0))).toBe(false);

    const thread = new TranslationThread({ memory: memoryWithCode(), buffer }, ticking());
    const [first] = posted;
    if (first) thread.take(first);
    expect(remote.take()?.id).toBe(0);
    expect(remote.timing.translatedMs).toBe(3);
    expect([101, 102].map((id) => remote.request(id, pageJob(0)))).toEqual([true, false]);
  });

  it('knows how long the machine stood still', () => {
    let now = 0;
    const remote = new RemoteTranslation(
      createTranslationBuffer(),
      () => undefined,
      () => now,
    );
    expect(remote.timing).toEqual({ translatedMs: 0, totalMs: 0, p50Ms: 0, p999Ms: 0, maxMs: 0 });
    for (let ms = 1; ms <= 1000; ms++) {
      const result = remote.timed(() => {
        now += ms;
        return ms;
      });
      expect(result).toBe(ms);
      // What passes between two is nobody's.
      now += 5;
    }
    expect(remote.timing).toEqual({
      translatedMs: 0,
      totalMs: 500_500,
      p50Ms: 501,
      p999Ms: 1000,
      maxMs: 1000,
    });
  });
});
