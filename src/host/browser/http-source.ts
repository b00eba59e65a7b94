import type { ByteSource } from '../../vm/devices/device.ts';

/** A request costs a millisecond at best; guests read ahead by 128 KiB. */
const CHUNK_BYTES = 1 << 18;
/** Sequential reads fetch this many chunks at once. */
const READ_AHEAD_CHUNKS = 4;
/**
 * 8 MB. What the guest itself does not keep in its page cache it has seldom a use for (R7): twice as much
 * spares a session of many programs one request in seven.
 */
const CACHE_CHUNKS = 32;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
const SECTOR_BYTES = 512;

const HTTP_OK = 200;
const HTTP_PARTIAL = 206;

/** What the server answered to a range request. */
export interface RangeAnswer {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Asks for bytes `start` to `end` (both included) and waits for them. */
export type RangeRequest = (
  url: string,
  start: number,
  end: number,
  etag: string | undefined,
) => RangeAnswer;

/** In a worker only: there, waiting for an answer blocks nobody else. */
export const requestRange: RangeRequest = (url, start, end, etag) => {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.setRequestHeader('Range', `bytes=${String(start)}-${String(end)}`);
  // A file that has changed meanwhile is answered whole, and recognised by that.
  if (etag !== undefined) request.setRequestHeader('If-Range', etag);
  try {
    request.send();
  } catch {
    return { status: 0, bytes: new Uint8Array(0) };
  }
  const { status, response } = request as { status: number; response: ArrayBuffer | null };
  return { status, bytes: new Uint8Array(response ?? new ArrayBuffer(0)) };
};

/** Sleeps without yielding: the run loop's thread has no event loop to yield to. */
const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** A disk on a web server, read only, in large chunks of which the most recently used are kept. */
export class HttpSource implements ByteSource {
  readonly size: number;
  readonly #url: string;
  readonly #fileBytes: number;
  readonly #etag: string | undefined;
  readonly #request: RangeRequest;
  readonly #pause: (milliseconds: number) => void;
  /** In order of last use. */
  readonly #cache = new Map<number, Uint8Array>();
  #lastMissed = -2;

  constructor(
    file: { readonly url: string; readonly bytes: number; readonly etag: string | undefined },
    request: RangeRequest = requestRange,
    pause: (milliseconds: number) => void = sleep,
  ) {
    this.#url = file.url;
    this.#fileBytes = file.bytes;
    this.#etag = file.etag;
    this.#request = request;
    this.#pause = pause;
    this.size = Math.ceil(file.bytes / SECTOR_BYTES) * SECTOR_BYTES;
  }

  /** Throws when the server does not give the bytes after some attempts, or the file has changed. */
  read(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      const chunk = this.#chunk(Math.floor(at / CHUNK_BYTES));
      const start = at % CHUNK_BYTES;
      const part = chunk.subarray(start, start + target.length - done);
      target.set(part, done);
      // Behind the end of the file, up to a whole sector, there are zeros.
      if (part.length === 0) {
        target.fill(0, done);
        return;
      }
      done += part.length;
    }
  }

  #chunk(index: number): Uint8Array {
    const known = this.#cache.get(index);
    if (known !== undefined) {
      this.#cache.delete(index);
      this.#cache.set(index, known);
      return known;
    }
    const sequential = index === this.#lastMissed + 1;
    const count = sequential ? READ_AHEAD_CHUNKS : 1;
    this.#fetch(index, count);
    return this.#cache.get(index) ?? new Uint8Array(0);
  }

  #fetch(first: number, count: number): void {
    const start = first * CHUNK_BYTES;
    if (start >= this.#fileBytes) return;
    const end = Math.min((first + count) * CHUNK_BYTES, this.#fileBytes);
    const bytes = this.#fetchRange(start, end - 1);
    for (let at = 0, index = first; at < bytes.length; at += CHUNK_BYTES, index++) {
      this.#cache.delete(index);
      const whole = bytes.length <= CHUNK_BYTES;
      // A part of a larger answer would keep all of it.
      this.#cache.set(index, whole ? bytes : bytes.slice(at, at + CHUNK_BYTES));
      this.#lastMissed = index;
    }
    for (const index of this.#cache.keys()) {
      if (this.#cache.size <= CACHE_CHUNKS) break;
      this.#cache.delete(index);
    }
  }

  #fetchRange(start: number, end: number): Uint8Array {
    let status = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) this.#pause(FIRST_PAUSE_MS << (attempt - 1));
      const answer = this.#request(this.#url, start, end, this.#etag);
      status = answer.status;
      if (status === HTTP_PARTIAL && answer.bytes.length === end - start + 1) return answer.bytes;
      if (status === HTTP_OK) {
        throw new Error('the disk on the server has changed, or the server knows no byte ranges');
      }
    }
    throw new Error(`the disk cannot be read from the server (status ${String(status)})`);
  }
}
