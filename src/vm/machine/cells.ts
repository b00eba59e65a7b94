/** Typed access to the machine's cells (layout.ts) from TypeScript. */
export class Cells {
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  readonly #bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    this.#i64 = new BigInt64Array(memory.buffer);
  }

  /** A view of cells, in their order, little-endian. */
  bytes(address: number, length: number): Uint8Array {
    return this.#bytes.subarray(address, address + length);
  }

  /** The i32 at a byte address that is a multiple of 4. */
  i32(address: number): number {
    return this.#i32[address >> 2] ?? 0;
  }

  setI32(address: number, value: number): void {
    this.#i32[address >> 2] = value;
  }

  /** The i64 at a byte address that is a multiple of 8, as unsigned. */
  u64(address: number): bigint {
    return BigInt.asUintN(64, this.#i64[address >> 3] ?? 0n);
  }

  setU64(address: number, value: bigint): void {
    this.#i64[address >> 3] = BigInt.asIntN(64, value);
  }
}
