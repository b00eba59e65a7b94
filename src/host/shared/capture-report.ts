/** What a capture's pause came to, as it travels from the machine's thread through the output ring. */
import { assert } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { decodeSections, writeSections } from '../../checkpoint/format.ts';
import type { Captured } from '../../vm/machine/capture.ts';

export interface CaptureReport {
  readonly epoch: number;
  /** How long the guest stood still, in milliseconds. */
  readonly pauseMs: number;
  readonly captured: Captured;
  /** Items that each of INPUT_LANES had given to the machine, since this life of the loop began. */
  readonly taken: readonly number[];
}

/** Kept: to make a new one would lengthen the pause. */
const kept = new ByteWriter();

/**
 * Encodes a report; `pauseMs` is asked for last, when all other work is done.
 */
export function encodeCaptureReport(
  epoch: number,
  captured: Captured,
  taken: readonly number[],
  pauseMs: () => number,
): Uint8Array<ArrayBuffer> {
  const writer = kept.clear();
  writer.u32(epoch).u64(captured.instructions).u64(captured.time).u32(taken.length);
  for (const count of taken) writer.u32(count);
  writeSections(writer, captured.sections);
  const pause = new DataView(new ArrayBuffer(8));
  pause.setFloat64(0, pauseMs());
  return writer.raw(new Uint8Array(pause.buffer)).finish();
}

/** Both ends are of one program: what does not decode is a fault of ours. */
export function decodeCaptureReport(bytes: Uint8Array): CaptureReport {
  const reader = new ByteReader(bytes);
  const epoch = reader.u32();
  const instructions = reader.u64();
  const time = reader.u64();
  const taken = Array.from({ length: reader.u32() }, () => reader.u32());
  const sections = decodeSections(reader.raw(reader.remaining - 8));
  assert(sections.ok, 'the sections of a capture do not decode');
  const pause = reader.raw(8);
  const pauseMs = new DataView(pause.buffer, pause.byteOffset).getFloat64(0);
  return { epoch, pauseMs, captured: { sections: sections.value, instructions, time }, taken };
}
