import { expect, it } from 'vitest';
import { ByteReader, ByteWriter, TruncatedError } from '../../base/bytes.ts';
import { SeededRandom } from '../../base/random.ts';
import { ByteQueue } from './byte-queue.ts';

it('behaves as an array with a bound, through many wraps', () => {
  const random = new SeededRandom(5);
  const queue = new ByteQueue(13);
  let model: number[] = [];
  let dropped = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = random.bytes(random.below(9));
    queue.push(bytes);
    const fits = Math.min(bytes.length, 13 - model.length);
    model.push(...bytes.subarray(0, fits));
    dropped += bytes.length - fits;
    const count = random.below(9);
    expect([...queue.shift(count)]).toEqual(model.slice(0, count));
    model = model.slice(count);
    expect([queue.length, queue.room, queue.dropped]).toEqual([
      model.length,
      13 - model.length,
      dropped,
    ]);
    if (round % 50 === 0) {
      const writer = new ByteWriter();
      queue.save(writer);
      queue.push(random.bytes(5));
      queue.restore(new ByteReader(writer.finish()));
    }
  }
});

it('refuses a saved queue that is longer than its limit', () => {
  const long = new ByteQueue(20);
  long.push(new Uint8Array(20));
  const writer = new ByteWriter();
  long.save(writer);
  expect(() => {
    new ByteQueue(19).restore(new ByteReader(writer.finish()));
  }).toThrow(TruncatedError);
});
