import type { SeededRandom } from '../../src/base/random.ts';
import { decode, ENCODINGS } from '../oracle/decode.ts';
import type { Encoding } from '../oracle/decode.ts';
import type { Code } from './code.ts';
import {
  addi,
  auipc,
  bne,
  branchImmediate,
  CSR,
  csrrw,
  csrw,
  EBREAK,
  ECALL,
  fld,
  flw,
  GP,
  jal,
  jalr,
  loadReserved,
  SP,
  storeConditional,
  T5,
  T6,
  TP,
  ZERO,
} from './encode.ts';
import { interestingInteger } from './values.ts';

const isFloat = ({ name }: Encoding): boolean => name.startsWith('f') && !name.startsWith('fence');
const byFormat = (...formats: readonly string[]): readonly Encoding[] =>
  ENCODINGS.filter((encoding) => formats.includes(encoding.format) && !isFloat(encoding));

const ALU = byFormat('R', 'I', 'shift', 'U').filter(({ name }) => name !== 'sfence.vma');
const FLOAT = ENCODINGS.filter(
  (encoding) => isFloat(encoding) && ['R4', 'fp', 'fp1'].includes(encoding.format),
);
const LOADS = ENCODINGS.filter(({ format, name }) => format === 'load' && name !== 'jalr');
const STORES = ENCODINGS.filter(({ format }) => format === 'S');
const BRANCHES = byFormat('B');
const ATOMICS = byFormat('atomic');

/**
 * Appends random instructions of every kind to a piece of code. gp and sp point into data (at page
 * boundaries, so that small offsets cross pages) and tp counts loops: these three are never overwritten.
 */
export class InstructionStream {
  readonly random: SeededRandom;
  readonly code: Code;

  constructor(random: SeededRandom, code: Code) {
    this.random = random;
    this.code = code;
  }

  /** A destination that leaves the pointers alone. */
  rd(): number {
    for (;;) {
      const register = this.random.below(32);
      if (register !== SP && register !== GP && register !== TP) return register;
    }
  }

  rs(): number {
    return this.random.below(32);
  }

  /** Random operand bits, except for the destination. */
  encoding({ match, mask, format, name }: Encoding): number {
    const noise = (match | (this.random.u32() & ~mask)) >>> 0;
    const writesX =
      !['S', 'B', 'none', 'fence'].includes(format) &&
      !/^f(l[wd]|madd|msub|nm|add|sub|mul|div)/.test(name);
    return writesX ? ((noise & ~(31 << 7)) | (this.rd() << 7)) >>> 0 : noise;
  }

  /** An offset from gp or sp: aligned, odd, or across a page. */
  offset(): number {
    switch (this.random.below(4)) {
      case 0:
        return this.random.below(16) - 8;
      case 1:
        return this.random.below(4096) - 2048;
      default:
        return (this.random.below(512) - 256) * 8;
    }
  }

  alu(): void {
    this.code.emit(this.encoding(this.random.pick(ALU)));
  }

  float(): void {
    this.code.emit(this.encoding(this.random.pick(FLOAT)));
  }

  memoryAccess(): void {
    const { random } = this;
    const isLoad = random.below(2) === 0;
    const bits = this.encoding(random.pick(isLoad ? LOADS : STORES));
    const base = random.below(8) === 0 ? this.rs() : random.pick([GP, GP, SP]);
    const imm = this.offset();
    const withBase = (bits & ~(31 << 15)) | (base << 15);
    this.code.emit(
      isLoad
        ? ((withBase & 0xfffff) | ((imm & 0xfff) << 20)) >>> 0
        : ((withBase & 0x1fff07f) | (((imm >> 5) & 0x7f) << 25) | ((imm & 31) << 7)) >>> 0,
    );
  }

  /** Any 16 bits that are an instruction; one of those that jump becomes a short forward branch. */
  compressed(): void {
    const { random, code } = this;
    for (;;) {
      const bits = random.below(0x10000);
      const instruction = (bits & 3) === 3 ? undefined : decode(bits);
      if (instruction === undefined) continue;
      const { name, rd } = instruction;
      if (name === 'jalr' || name === 'jal') continue;
      const writesPointer =
        (rd === SP || rd === GP || rd === TP) && !['beq', 'bne', 'sw', 'sd', 'fsd'].includes(name);
      if (writesPointer && !name.startsWith('f')) continue;
      if (name === 'beq' || name === 'bne') {
        // Offset 4 or 6: over one or two of the compressed instructions that follow.
        code.emit16((bits & 0xe383) | (random.pick([2, 3]) << 3));
        for (let index = 0; index < 3; index++) code.emit16(this.compressedAlu());
        return;
      }
      if (name === 'ebreak' && random.below(8) !== 0) continue;
      if (['lw', 'ld', 'sw', 'sd', 'fld', 'fsd'].includes(name) && instruction.rs1 !== SP) {
        // Those with a short register: make it a pointer first.
        code.emit(addi(instruction.rs1, GP, this.offset()));
      }
      code.emit16(bits);
      return;
    }
  }

  /** A compressed instruction that only computes. */
  compressedAlu(): number {
    for (;;) {
      const bits = 0x8001 | this.random.below(0x2000);
      if ((bits & 3) === 1 && decode(bits) !== undefined) return bits;
    }
  }

  refillFloat(): void {
    const { random } = this;
    const load = random.below(3) === 0 ? flw : fld;
    this.code.emit(load(random.below(32), GP, random.below(256) * 8));
  }

  refillInteger(): void {
    const rd = this.rd();
    if (rd !== ZERO) this.code.loadImmediate(rd, interestingInteger(this.random));
  }

  /** Skips a few instructions; now and then into the middle of one. */
  branchForward(): void {
    const { random, code } = this;
    const at = code.here;
    code.emit(0);
    const count = 1 + random.below(4);
    for (let index = 0; index < count; index++) {
      if (random.below(2) === 0) code.emit(this.encoding(random.pick(ALU)));
      else code.emit16(this.compressedAlu());
    }
    const shift = random.below(12) === 0 ? -2 : 0;
    const bits = this.encoding(random.pick(BRANCHES)) & 0x01fff07f;
    code.patch(at, (bits | branchImmediate(code.here - at + shift)) >>> 0);
  }

  jumpForward(): void {
    const { random, code } = this;
    const rd = this.rd();
    if (random.below(2) === 0) {
      code.emit(jal(rd, 4 + 2 * random.below(3)));
    } else {
      code.emit(auipc(T6, 0), jalr(rd, T6, 8 + random.below(6)));
    }
    for (let index = 0; index < 3; index++) code.emit16(this.compressedAlu());
  }

  /** A backward branch a known number of times; tp counts. */
  countedLoop(): void {
    const { random, code } = this;
    code.emit(addi(TP, ZERO, 2 + random.below(12)));
    const start = code.here;
    const items = 2 + random.below(6);
    for (let index = 0; index < items; index++)
      code.emit(this.encoding(random.pick(random.below(3) === 0 ? FLOAT : ALU)));
    code.emit(addi(TP, TP, -1));
    code.emit(bne(TP, ZERO, start - code.here));
  }

  atomic(): void {
    const { random, code } = this;
    const base = random.pick([5, 10, 20, T5]);
    const misaligned = random.below(12) === 0 ? random.below(8) : 0;
    code.emit(addi(base, GP, random.below(256) * 8 - 1024 + misaligned));
    if (random.below(3) > 0) {
      const bits = this.encoding(random.pick(ATOMICS));
      code.emit(((bits & ~(31 << 15)) | (base << 15)) >>> 0);
      return;
    }
    const width = 2 + random.below(2);
    code.emit(loadReserved(this.rd(), base, width));
    if (random.below(4) === 0) code.emit(this.encoding(random.pick(ALU)));
    if (random.below(8) === 0) code.emit(addi(base, base, 8));
    code.emit(storeConditional(this.rd(), base, this.rs(), width));
  }

  floatCsr(): void {
    const { random } = this;
    const csr = random.pick([CSR.fflags, CSR.frm, CSR.fcsr]);
    const funct3 = random.pick([1, 2, 3, 5, 6, 7]);
    this.code.emit(((csrrw(this.rd(), csr, this.rs()) & ~0x7000) | (funct3 << 12)) >>> 0);
    // Back to a legal rounding mode soon, or every instruction with a dynamic one traps.
    if (random.below(2) === 0) {
      this.code.emit(addi(T6, ZERO, random.below(5)), csrw(CSR.frm, T6));
    }
  }

  /** Reads any CSR: in U-mode nearly all of them are illegal. */
  anyCsr(): void {
    const csr = this.random.pick([...Object.values(CSR), this.random.below(4096)]);
    this.code.emit(((csrrw(this.rd(), csr, ZERO) & ~0x7000) | 0x2000) >>> 0);
  }

  trap(): void {
    const { random, code } = this;
    switch (random.below(4)) {
      case 0:
        code.emit(ECALL);
        return;
      case 1:
        code.emit(EBREAK);
        return;
      default:
        // Noise; mostly illegal, and whatever it is, both must do the same.
        code.emit((random.u32() | 3) >>> 0);
    }
  }

  /** To nowhere, or wherever a register points. */
  wildJump(): void {
    this.code.emit(jalr(this.rd(), this.rs(), this.offset()));
  }

  /** One item of a weighted list. */
  append<K extends string>(
    this: Readonly<Record<K, () => void>> & InstructionStream,
    items: readonly WeightedItem<K>[],
  ): void {
    const total = items.reduce((sum, [weight]) => sum + weight, 0);
    let choice = this.random.below(total);
    for (const [weight, kind] of items) {
      choice -= weight;
      if (choice < 0) {
        this[kind]();
        return;
      }
    }
  }
}

/** How often a kind of item is chosen, in parts of its list's sum, and the method that appends it. */
export type WeightedItem<K extends string> = readonly [weight: number, kind: K];

/** What every generator uses; the weights are in parts of about a hundred. */
export const COMMON_ITEMS = [
  [34, 'alu'],
  [18, 'memoryAccess'],
  [20, 'compressed'],
  [16, 'float'],
  [6, 'refillFloat'],
  [6, 'refillInteger'],
  [6, 'branchForward'],
  [2, 'jumpForward'],
  [1, 'countedLoop'],
  [6, 'atomic'],
  [2, 'floatCsr'],
  [1, 'anyCsr'],
  [1, 'trap'],
] as const satisfies readonly WeightedItem<keyof InstructionStream>[];
