/** The floating-point leaves, called as the engines call them. */
import { FLOAT_LEAVES, type FloatLeaf } from '../../src/vm/isa/leaf-signatures.ts';
import { CPU_FFLAGS, LEAF_STATICS } from '../../src/vm/layout.ts';
import { leavesBinary } from '../../src/vm/generated/leaves.ts';

/** Fixed by the leaves' memory import (pages of 64 KiB). */
const MAXIMUM_PAGES = 65536;
const PAGE_BYTES = 65536;

type RawLeaf = (...args: (number | bigint)[]) => number | bigint;

function unexpectedCall(): never {
  throw new Error('a floating-point leaf touched the bus');
}

export class FloatLeaves {
  readonly memory: WebAssembly.Memory;
  readonly #flags: DataView;
  readonly #exports: WebAssembly.Exports;

  constructor(binary: Uint8Array<ArrayBuffer> = Buffer.from(leavesBinary, 'base64')) {
    this.memory = new WebAssembly.Memory({
      // The CPU cells lie below the statics; one page more gives the statics room.
      initial: LEAF_STATICS / PAGE_BYTES + 12,
      maximum: MAXIMUM_PAGES,
      shared: true,
    });
    this.#flags = new DataView(this.memory.buffer);
    const module = new WebAssembly.Module(binary);
    // What other leaves import from the bus changes with them, and is never called from here.
    const bus = Object.fromEntries(
      WebAssembly.Module.imports(module)
        .filter(({ kind }) => kind === 'function')
        .map(({ name }) => [name, unexpectedCall]),
    );
    const imports = { env: { memory: this.memory }, bus };
    this.#exports = new WebAssembly.Instance(module, imports).exports;
  }

  get flags(): number {
    return this.#flags.getInt32(CPU_FFLAGS, true);
  }

  set flags(value: number) {
    this.#flags.setInt32(CPU_FFLAGS, value, true);
  }

  /** A leaf that takes raw bits (unused operands are ignored) and returns them as unsigned. */
  leaf(name: FloatLeaf): (a: bigint, b: bigint, c: bigint, rm: number) => bigint {
    const call = this.#exports[name] as RawLeaf | undefined;
    if (call === undefined) throw new Error(`the leaves do not export ${name}`);
    const { params, result } = FLOAT_LEAVES[name];
    // A rounding mode is the only i32 in the last place, unless the operands are 32 bits wide.
    const operandTypes = takesMode(name) ? params.slice(0, -1) : [...params];
    const mode = takesMode(name);
    return (a, b, c, rm) => {
      const operands = [a, b, c];
      const args = operandTypes.map((type, index) => {
        const bits = operands[index] ?? 0n;
        return type === 'i64' ? bits : Number(bits);
      });
      const value = call(...(mode ? [...args, rm] : args));
      return result === 'i32' ? BigInt(value) & 0xffff_ffffn : BigInt.asUintN(64, BigInt(value));
    };
  }
}

/** Comparisons, minimum, maximum, classification and widening have no rounding mode. */
function takesMode(name: FloatLeaf): boolean {
  return !/_(eq|lt|le|min|max|class)$|^f32_to_f64$/.test(name);
}
