/**
 * Watches where control goes from a hot place: runs the interpreter block by block for a while, and
 * counts. What a region is made of is then what ran, in proportion, and not what could run.
 */
import { defined } from '../../base/assert.ts';
import { type Decoded, decode, lengthOf } from '../isa/decoder.ts';
import { CPU_PC, CPU_REMAINING, CPU_SLICE_END, RAM, STAT_EXCEPTIONS } from '../layout.ts';
import { MAX_BLOCK_INSTRUCTIONS, controlFlowOf } from './control-flow.ts';

const PAGE = 4096;
/** Farther than any jump with an immediate: another address space, or the kernel. */
const FAR = 2 ** 33;
/** Instructions run at a time where nothing is recorded. */
const FAR_STEP = 256;
/** Far steps after which the guest has gone on to something else. */
const MAX_FAR_STEPS = 200;

/** Finds the RAM page that lies `distance` pages from the entry's; undefined when it holds no decoded code. */
export type PageFinder = (distance: number) => number | undefined;

interface BlockShape {
  readonly length: number;
  /** Offset of the last instruction, if that is a computed jump. */
  readonly indirect: number | undefined;
  /** True when the last instruction only computes: it cannot have ended the slice. */
  readonly quiet: boolean;
}

/** A place whose arrivals were counted, in the terms of `CodeSource`. */
export class Recorder {
  readonly entry: number;
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  readonly #u16: Uint16Array;
  readonly #low: number;
  readonly #high: number;
  readonly #findPage: PageFinder;
  readonly #pages = new Map<number, number | undefined>();
  readonly #shapes = new Map<number, BlockShape | undefined>();
  readonly #arrivals = new Map<number, number>();
  readonly #targets = new Map<number, Map<number, number>>();
  #blocksLeft: number;
  #farLeft = MAX_FAR_STEPS;

  /**
   * @param base address of the entry's page
   * @param entry offset in it
   * @param blocks how many to watch
   */
  constructor(
    memory: WebAssembly.Memory,
    base: bigint,
    entry: number,
    blocks: number,
    findPage: PageFinder,
  ) {
    this.entry = entry;
    this.#i32 = new Int32Array(memory.buffer);
    this.#i64 = new BigInt64Array(memory.buffer);
    this.#u16 = new Uint16Array(memory.buffer);
    this.#low = Number(BigInt.asUintN(32, base));
    this.#high = Number(base >> 32n);
    this.#findPage = findPage;
    this.#blocksLeft = blocks;
  }

  get finished(): boolean {
    return this.#blocksLeft <= 0 || this.#farLeft <= 0;
  }

  arrivals(offset: number): number {
    return this.#arrivals.get(offset) ?? 0;
  }

  /** Where a computed jump went, most frequent first. */
  targets(offset: number): readonly number[] {
    return [...(this.#targets.get(offset) ?? [])].sort((a, b) => b[1] - a[1]).map(([to]) => to);
  }

  pageAt(distance: number): number | undefined {
    if (!this.#pages.has(distance)) this.#pages.set(distance, this.#findPage(distance));
    return this.#pages.get(distance);
  }

  /**
   * Goes on with the slice until enough has been seen or the slice ends.
   * @returns false when the engine must return: it may be that a leaf wanted the slice to end
   */
  run(interpret: () => void): boolean {
    const remainingCell = CPU_REMAINING >> 2;
    while (!this.finished && (this.#i32[remainingCell] ?? 0) > 0) {
      const offset = this.#offset();
      const shape = Math.abs(offset) < FAR ? this.#shapeAt(offset) : undefined;
      if (shape) this.#arrivals.set(offset, this.arrivals(offset) + 1);
      const whole = this.#step(shape?.length ?? FAR_STEP, interpret);
      if (shape) this.#blocksLeft -= 1;
      else this.#farLeft -= 1;
      if (!whole || !shape?.quiet) return false;
      if (shape.indirect !== undefined) this.#wentTo(shape.indirect, this.#offset());
    }
    return this.finished;
  }

  #wentTo(from: number, to: number): void {
    if (Math.abs(to) >= FAR) return;
    const seen = this.#targets.get(from) ?? new Map<number, number>();
    this.#targets.set(from, seen.set(to, (seen.get(to) ?? 0) + 1));
  }

  /** The pc, relative to the entry's page. */
  #offset(): number {
    const low = (this.#i32[CPU_PC >> 2] ?? 0) >>> 0;
    const high = this.#i32[(CPU_PC >> 2) + 1] ?? 0;
    return (high - this.#high) * 2 ** 32 + (low - this.#low);
  }

  /** Runs so many instructions; false if a leaf ended the slice or something trapped. */
  #step(length: number, interpret: () => void): boolean {
    const remainingCell = CPU_REMAINING >> 2;
    const endCell = CPU_SLICE_END >> 3;
    const remaining = this.#i32[remainingCell] ?? 0;
    const count = Math.min(length, remaining);
    const end = defined(this.#i64[endCell], 'slice end');
    const traps = this.#i64[STAT_EXCEPTIONS >> 3];
    const shortEnd = end - BigInt(remaining - count);
    this.#i64[endCell] = shortEnd;
    this.#i32[remainingCell] = count;
    interpret();
    if (this.#i64[endCell] !== shortEnd || this.#i32[remainingCell] !== 0) return false;
    this.#i64[endCell] = end;
    this.#i32[remainingCell] = remaining - count;
    return count === length && this.#i64[STAT_EXCEPTIONS >> 3] === traps;
  }

  #shapeAt(start: number): BlockShape | undefined {
    if (this.#shapes.has(start)) return this.#shapes.get(start);
    const shape = this.#measure(start);
    this.#shapes.set(start, shape);
    return shape;
  }

  #measure(start: number): BlockShape | undefined {
    const page = this.pageAt(Math.floor(start / PAGE));
    if (page === undefined) return undefined;
    let before: { offset: number; decoded: Decoded } | undefined;
    let offset = start;
    for (let length = 1; length <= MAX_BLOCK_INSTRUCTIONS; length++) {
      const inPage = offset & (PAGE - 1);
      const decoded = this.#decodeAt(page, inPage);
      if (!decoded) return { length, indirect: undefined, quiet: false };
      const end = controlFlowOf(offset, decoded, before);
      if (end) {
        const indirect = end.kind === 'indirect' ? offset : undefined;
        return { length, indirect, quiet: end.kind !== 'leave' };
      }
      if (inPage + decoded.length >= PAGE) return { length, indirect: undefined, quiet: false };
      before = { offset, decoded };
      offset += decoded.length;
    }
    return { length: MAX_BLOCK_INSTRUCTIONS, indirect: undefined, quiet: false };
  }

  #decodeAt(page: number, inPage: number): Decoded | undefined {
    const at = (RAM + page * PAGE + inPage) >> 1;
    const lower = this.#u16[at] ?? 0;
    if (lengthOf(lower) === 2) return decode(lower);
    return inPage === PAGE - 2 ? undefined : decode(((this.#u16[at + 1] ?? 0) << 16) | lower);
  }
}
