import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../base/assert.ts';
import { SeededRandom } from '../../base/random.ts';
import { MAX_PAYLOAD_BYTES, RingReader, RingWriter, ringBytes } from './ring.ts';

const CAPACITY = 1 << 18;
const OFFSET = 64;

/** Far faster on long arrays than `toEqual`. */
const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;

function makeRing(): { reader: RingReader; writer: RingWriter; buffer: SharedArrayBuffer } {
  const buffer = new SharedArrayBuffer(OFFSET + ringBytes(CAPACITY));
  return {
    reader: new RingReader(buffer, OFFSET, CAPACITY),
    writer: new RingWriter(buffer, OFFSET, CAPACITY),
    buffer,
  };
}

describe('ring', () => {
  it('gives messages back in order, with type and tag', () => {
    const { reader, writer } = makeRing();
    expect(reader.read()).toBeUndefined();
    writer.write(3, 250, Uint8Array.of(1, 2, 3));
    writer.write(255, 0, new Uint8Array(0));
    expect(reader.read()).toEqual({ type: 3, tag: 250, payload: Uint8Array.of(1, 2, 3) });
    expect(reader.read()).toEqual({ type: 255, tag: 0, payload: new Uint8Array(0) });
    expect(reader.read()).toBeUndefined();
  });

  it('refuses what does not fit, whole, and takes it when there is room', () => {
    const { reader, writer } = makeRing();
    const payload = new Uint8Array(MAX_PAYLOAD_BYTES);
    let written = 0;
    while (writer.write(1, 0, payload)) written += 1;
    expect(written).toBe(3);
    expect(writer.fits(MAX_PAYLOAD_BYTES)).toBe(false);
    reader.read();
    expect(writer.write(1, 0, payload)).toBe(true);
    for (let i = 0; i < 3; i++) expect(reader.read()?.payload.length).toBe(MAX_PAYLOAD_BYTES);
    expect(reader.waiting).toBe(0);
  });

  it('can be filled to the last byte', () => {
    const { reader, writer } = makeRing();
    for (let i = 0; i < 3; i++) writer.write(1, 0, new Uint8Array(MAX_PAYLOAD_BYTES));
    const rest = CAPACITY - 3 * (MAX_PAYLOAD_BYTES + 8) - 8;
    expect(writer.write(1, 0, new Uint8Array(rest).fill(9))).toBe(true);
    expect(writer.fits(0)).toBe(false);
    for (let i = 0; i < 3; i++) reader.read();
    expect(same(reader.read()?.payload, new Uint8Array(rest).fill(9))).toBe(true);
  });

  it('keeps every byte over thousands of wraps and over 2^32 (seed 3)', () => {
    const { reader, writer, buffer } = makeRing();
    // Positions are near the end of what 32 bits can say, as after 4 GiB of output.
    const cells = new Int32Array(buffer, OFFSET);
    cells[0] = -80_000;
    cells[16] = -80_000;
    const random = new SeededRandom(3);
    const sent: Uint8Array[] = [];
    for (let round = 0; round < 5_000; round++) {
      if (random.below(2) === 0) {
        const payload = random.bytes(random.below(round % 50 === 0 ? MAX_PAYLOAD_BYTES : 400));
        if (writer.write(round & 0xff, 1, payload)) sent.push(payload);
      } else {
        const message = reader.read();
        if (message !== undefined) expect(same(message.payload, sent.shift())).toBe(true);
      }
    }
    for (const payload of sent) expect(same(reader.read()?.payload, payload)).toBe(true);
    expect(reader.read()).toBeUndefined();
  });

  it('notices a corrupt ring instead of reading on', () => {
    const { reader, writer, buffer } = makeRing();
    writer.write(1, 0, Uint8Array.of(1));
    new DataView(buffer).setUint32(OFFSET + 128, 0xffff_ffff, true);
    expect(() => reader.read()).toThrow(AssertionError);
  });
});
