/**
 * How finished translations come back to a machine's thread, which never looks at its event loop: through a ring in
 * shared memory. Jobs go the other way as ordinary messages, because only their reader has to listen.
 */
import { assert } from '../../../base/assert.ts';
import type { DoneJob } from '../../../vm/jit/service.ts';
import type { TranslatedEntry } from '../../../vm/jit/region-code.ts';
import { MAX_PAYLOAD_BYTES, RingReader, RingWriter, ringBytes } from '../ring.ts';

/** i32: counts the reader's reasons for a waiting writer to look again. */
const BELL_CELL = 0;
const RING_AT = 64;
/** Some thirty pages of code. */
const RING_CAPACITY = 1 << 20;

/** Messages of the ring: a translation comes in parts. */
const PART = 0;
const LAST_PART = 1;

const HEADER_BYTES = 16;
const ENTRY_BYTES = 4;
/** A job that failed has no bytes. */
const FAILED = 0;
const DONE = 1;

export const createTranslationBuffer = (): SharedArrayBuffer =>
  new SharedArrayBuffer(RING_AT + ringBytes(RING_CAPACITY));

function encode({ id, translation, milliseconds = 0 }: DoneJob): Uint8Array {
  const entries = translation?.entries ?? [];
  const code = translation?.bytes ?? new Uint8Array(0);
  const codeAt = HEADER_BYTES + entries.length * ENTRY_BYTES;
  const bytes = new Uint8Array(codeAt + code.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, translation ? DONE : FAILED, true);
  view.setUint32(8, entries.length, true);
  view.setFloat32(12, milliseconds, true);
  entries.forEach((entry, index) => {
    view.setUint32(HEADER_BYTES + index * ENTRY_BYTES, entry, true);
  });
  bytes.set(code, codeAt);
  return bytes;
}

function decode(bytes: Uint8Array<ArrayBuffer>): DoneJob {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = view.getUint32(0, true);
  const milliseconds = view.getFloat32(12, true);
  if (view.getUint32(4, true) === FAILED) return { id, translation: undefined, milliseconds };
  const count = view.getUint32(8, true);
  const entries: TranslatedEntry[] = [];
  for (let index = 0; index < count; index++)
    entries.push(view.getUint32(HEADER_BYTES + index * ENTRY_BYTES, true));
  const code = bytes.subarray(HEADER_BYTES + count * ENTRY_BYTES);
  return { id, translation: { bytes: code, entries }, milliseconds };
}

/** The translating thread's end. */
export class TranslationWriter {
  readonly #bell: Int32Array;
  readonly #ring: RingWriter;

  constructor(buffer: SharedArrayBuffer) {
    this.#bell = new Int32Array(buffer, 0, 1);
    this.#ring = new RingWriter(buffer, RING_AT, RING_CAPACITY);
  }

  /** Writes a finished job; waits for room. */
  write(job: DoneJob): void {
    const bytes = encode(job);
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD_BYTES) {
      const part = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      const type = at + MAX_PAYLOAD_BYTES >= bytes.length ? LAST_PART : PART;
      for (;;) {
        const bell = Atomics.load(this.#bell, BELL_CELL);
        if (this.#ring.write(type, 0, part)) break;
        Atomics.wait(this.#bell, BELL_CELL, bell);
      }
    }
  }
}

/** The machine's end. */
export class TranslationReader {
  readonly #bell: Int32Array;
  readonly #ring: RingReader;
  #parts: Uint8Array<ArrayBuffer>[] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.#bell = new Int32Array(buffer, 0, 1);
    this.#ring = new RingReader(buffer, RING_AT, RING_CAPACITY);
  }

  /** The next finished job, or undefined when none is there yet. */
  read(): DoneJob | undefined {
    for (let message = this.#ring.read(); message; message = this.#ring.read()) {
      Atomics.add(this.#bell, BELL_CELL, 1);
      Atomics.notify(this.#bell, BELL_CELL);
      this.#parts.push(message.payload);
      assert(message.type === PART || message.type === LAST_PART, 'an unknown message');
      if (message.type === LAST_PART) return decode(this.#joined());
    }
    return undefined;
  }

  #joined(): Uint8Array<ArrayBuffer> {
    const parts = this.#parts;
    this.#parts = [];
    const [only] = parts;
    if (only && parts.length === 1) return only;
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
