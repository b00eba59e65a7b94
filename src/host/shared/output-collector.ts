import { MAX_PAYLOAD_BYTES } from './ring.ts';

/** Console bytes are collected up to this many before they are sent within a slice. */
const COLLECT_BYTES = 16_384;

/** Takes one message; blocks until there is room. False when the machine is being stopped: the message is void. */
export type Send = (kind: 'console' | 'frame', device: string, bytes: Uint8Array) => boolean;

/**
 * Makes few messages of many small writes (a UART prints byte by byte). Keeps each device's order;
 * never loses a byte while the machine lives.
 */
export class OutputCollector {
  readonly #send: Send;
  readonly #buffers = new Map<string, { readonly bytes: Uint8Array; length: number }>();
  #waiting = false;

  constructor(send: Send) {
    this.#send = send;
  }

  /** True when collected bytes wait for {@link flush}. */
  get waiting(): boolean {
    return this.#waiting;
  }

  console(device: string, bytes: Uint8Array): void {
    let buffer = this.#buffers.get(device);
    if (buffer === undefined) {
      buffer = { bytes: new Uint8Array(COLLECT_BYTES), length: 0 };
      this.#buffers.set(device, buffer);
    }
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + COLLECT_BYTES - buffer.length);
      buffer.bytes.set(piece, buffer.length);
      buffer.length += piece.length;
      at += piece.length;
      this.#waiting = true;
      if (buffer.length === COLLECT_BYTES) this.flush();
    }
  }

  /** Frames go at once; one that is longer than any link takes is no frame and is dropped. */
  frame(device: string, bytes: Uint8Array): void {
    if (bytes.length <= MAX_PAYLOAD_BYTES) this.#send('frame', device, bytes);
  }

  flush(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    for (const [device, buffer] of this.#buffers) {
      if (buffer.length === 0) continue;
      const length = buffer.length;
      buffer.length = 0;
      this.#send('console', device, buffer.bytes.subarray(0, length));
    }
  }
}
