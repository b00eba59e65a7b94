/** A general compressor, as the codec uses it: synchronous, because it runs in a worker of its own. */
export interface Compressor {
  /** What {@link decompress} turns back. It may be longer than the input. */
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * Gives exactly `length` bytes, or undefined when the input is damaged or would give another number.
   * Allocates no more than about `length` bytes whatever the input says (R8). The result's buffer starts at
   * its first byte.
   */
  decompress(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined;
}
