import { add, addi, addiw, lui, slli } from './encode.ts';

/** A piece of memory that is filled with instructions from a start address on. */
export class Code {
  readonly start: number;
  readonly #halfwords: number[] = [];

  constructor(start: number) {
    this.start = start;
  }

  /** Address of the next instruction. */
  get here(): number {
    return this.start + 2 * this.#halfwords.length;
  }

  /** Appends 32-bit instructions. */
  emit(...instructions: readonly number[]): this {
    for (const bits of instructions) this.#halfwords.push(bits & 0xffff, bits >>> 16);
    return this;
  }

  /** Appends a 16-bit instruction. */
  emit16(bits: number): this {
    this.#halfwords.push(bits & 0xffff);
    return this;
  }

  /** Overwrites the 32-bit instruction at `address`. */
  patch(address: number, bits: number): void {
    const index = (address - this.start) / 2;
    this.#halfwords[index] = bits & 0xffff;
    this.#halfwords[index + 1] = bits >>> 16;
  }

  /**
   * Loads a 64-bit constant into a register (not x0) with lui, addi and slli; a value above 32 bits is
   * built from its upper part.
   */
  loadImmediate(rd: number, value: bigint): this {
    const wanted = BigInt.asIntN(64, value);
    if (wanted >= -(1n << 31n) && wanted < 1n << 31n) {
      const low = Number(BigInt.asIntN(12, wanted));
      const upper = Number((wanted - BigInt(low)) >> 12n) & 0xfffff;
      if (upper === 0) return this.emit(addi(rd, 0, low));
      return this.emit(lui(rd, upper), addiw(rd, rd, low));
    }
    const low = BigInt.asIntN(12, wanted);
    this.loadImmediate(rd, (wanted - low) >> 12n);
    return this.emit(slli(rd, rd, 12), addi(rd, rd, Number(low)));
  }

  /** rd = rs + a constant that need not fit in 12 bits; clobbers `scratch`. */
  addConstant(rd: number, rs: number, value: bigint, scratch: number): this {
    return this.loadImmediate(scratch, value).emit(add(rd, rs, scratch));
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Uint16Array.from(this.#halfwords).buffer);
  }
}

/** RAM contents as pieces at physical addresses. */
export interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A program for the lockstep comparison. */
export interface Program {
  readonly seed: number;
  readonly ramBytes: number;
  readonly pieces: readonly Piece[];
  readonly pc: number;
  readonly x: readonly bigint[];
  readonly f: readonly bigint[];
  /** How many instructions to run at most. */
  readonly instructions: number;
}

/** The whole of RAM, from 0x80000000 on. */
export function ramImage(program: Program): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(program.ramBytes);
  for (const { address, bytes } of program.pieces) image.set(bytes, address - 0x80000000);
  return image;
}
