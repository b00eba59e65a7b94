/** What answers outside of RAM. `undefined` or `false`: nothing is at that address (an access fault). */
export interface Bus {
  read(address: bigint, bytes: number): bigint | undefined;
  write(address: bigint, bytes: number, value: bigint): boolean;
}

export const RAM_START = 0x80000000n;
const PAGE = 4096;

/** Physical memory: RAM at 0x80000000, and a bus for everything else. */
export class PhysicalMemory {
  readonly ram: Uint8Array;
  readonly #view: DataView;
  readonly #bus: Bus | undefined;
  /** RAM pages written since the set was last cleared (the comparison looks at these only). */
  readonly writtenPages = new Set<number>();

  constructor(ramBytes: number, bus: Bus | undefined) {
    this.ram = new Uint8Array(ramBytes);
    this.#view = new DataView(this.ram.buffer);
    this.#bus = bus;
  }

  /** Whether all the bytes lie in RAM. */
  isRam(address: bigint, bytes: number): boolean {
    return address >= RAM_START && address + BigInt(bytes) <= RAM_START + BigInt(this.ram.length);
  }

  /** Little-endian; undefined if there is nothing. */
  read(address: bigint, bytes: number): bigint | undefined {
    if (!this.isRam(address, bytes)) return this.#bus?.read(address, bytes);
    const offset = Number(address - RAM_START);
    if (bytes === 8) return this.#view.getBigUint64(offset, true);
    if (bytes === 4) return BigInt(this.#view.getUint32(offset, true));
    if (bytes === 2) return BigInt(this.#view.getUint16(offset, true));
    return BigInt(this.#view.getUint8(offset));
  }

  /** Little-endian; false if there is nothing. */
  write(address: bigint, bytes: number, value: bigint): boolean {
    if (!this.isRam(address, bytes)) return this.#bus?.write(address, bytes, value) ?? false;
    const offset = Number(address - RAM_START);
    for (let index = 0; index < bytes; index++) {
      this.ram[offset + index] = Number(BigInt.asUintN(8, value >> BigInt(8 * index)));
    }
    this.writtenPages.add(Math.floor(offset / PAGE));
    this.writtenPages.add(Math.floor((offset + bytes - 1) / PAGE));
    return true;
  }
}
