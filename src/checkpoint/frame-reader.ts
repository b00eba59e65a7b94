/** Puts the frames of a byte stream together again, whatever pieces it comes in. */
import { ok, type Result } from '../base/result.ts';
import { FRAME_HEADER_BYTES, frameLength, type CheckpointError } from './batch-format.ts';

export class FrameReader {
  #frame: Uint8Array<ArrayBuffer> = new Uint8Array(FRAME_HEADER_BYTES);
  #length = 0;
  #hasHeader = false;

  /** True between two frames. */
  get isBetweenFrames(): boolean {
    return this.#length === 0;
  }

  /** Takes more of the stream; gives each frame as it is whole, and stops at the first error of `take` or its own. */
  push(
    bytes: Uint8Array,
    take: (frame: Uint8Array<ArrayBuffer>) => Result<undefined, CheckpointError>,
  ): Result<undefined, CheckpointError> {
    let at = 0;
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + this.#frame.length - this.#length);
      this.#frame.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length < this.#frame.length) break;
      if (!this.#hasHeader) {
        const length = frameLength(this.#frame);
        if (!length.ok) return length;
        const frame = new Uint8Array(length.value);
        frame.set(this.#frame);
        this.#frame = frame;
        this.#hasHeader = true;
        if (this.#length < length.value) continue;
      }
      const taken = take(this.#frame);
      this.#frame = new Uint8Array(FRAME_HEADER_BYTES);
      this.#length = 0;
      this.#hasHeader = false;
      if (!taken.ok) return taken;
    }
    return ok(undefined);
  }
}
