/**
 * The two loops over every word of a page, in WebAssembly: what differs between two versions of it, and its hash.
 * JavaScript takes 4 µs for each of them, this 1.5 (most of it to bring both here) and 0.9, and a busy guest changes
 * ten thousand pages a second.
 */
import type { I32, Local, Stmt } from '../vm/wasm/ast.ts';
import { brIf, get, label, local, loop, returns, seq, set } from '../vm/wasm/ast.ts';
import { MAX_MEMORY_PAGES, ModuleBuilder } from '../vm/wasm/module.ts';
import { i32, i64 } from '../vm/wasm/ops.ts';
import { PAGE_BYTES } from './capture-area.ts';
import { HASH_CONSTANTS, HASH_WORDS, PAGE_WORDS } from './digest.ts';
import { LINE_BYTES, LINES } from './page-delta.ts';

const DOUBLEWORD_BYTES = 8;

// Where things lie in the kernel's own memory.
const NOW = 0;
const BEFORE = NOW + PAGE_BYTES;
const MASKS = BEFORE + PAGE_BYTES;
const HASH = MASKS + LINES;

const count = (from: number): readonly number[] => Array.from({ length: from }, (_, i) => i);

/** Writes a mask of the changed doublewords of each line; returns 0 if there are none. */
function compareBody(): Stmt {
  const at = local('i32', 'at');
  const line = local('i32', 'line');
  const mask = local('i32', 'mask');
  const any = local('i32', 'any');
  const next = label('line');
  const isChanged = (doubleword: number): I32 =>
    i32.shl(
      i64.ne(
        i64.load(get(at), NOW + DOUBLEWORD_BYTES * doubleword),
        i64.load(get(at), BEFORE + DOUBLEWORD_BYTES * doubleword),
      ),
      i32.const(doubleword),
    );
  return seq(
    loop(
      next,
      set(
        mask,
        count(LINE_BYTES / DOUBLEWORD_BYTES)
          .map(isChanged)
          .reduce(i32.or),
      ),
      i32.store8(get(line), get(mask), MASKS),
      set(any, i32.or(get(any), get(mask))),
      set(at, i32.add(get(at), i32.const(LINE_BYTES))),
      set(line, i32.add(get(line), i32.const(1))),
      brIf(next, i32.ltU(get(line), i32.const(LINES))),
    ),
    returns(get(any)),
  );
}

/** The hash of digest.ts over the page at NOW. */
function hashBody(): Stmt {
  const { seeds, multipliers, rotation, finalisers } = HASH_CONSTANTS;
  const lanes = seeds.map((_, lane) => local('i32', `lane${lane}`));
  const lane = (index: number): Local<'i32'> => lanes[index % HASH_WORDS] as Local<'i32'>;
  const at = local('i32', 'at');
  const z = local('i32', 'z');
  const next = label('words');
  const absorb = (index: number): Stmt => {
    const word = i32.load(get(at), NOW + 4 * index);
    const mixed = i32.rotl(i32.xor(get(lane(index)), word), i32.const(rotation));
    const multiplier = i32.const(multipliers[index] as number);
    return set(lane(index), i32.mul(i32.add(mixed, get(lane(index + 1))), multiplier));
  };
  const shifted = (bits: number): I32 => i32.xor(get(z), i32.shrU(get(z), i32.const(bits)));
  /** `target` becomes the sum of lanes, thoroughly mixed. */
  const finalise = (target: number, ...sum: readonly number[]): Stmt =>
    seq(
      set(z, sum.map((index): I32 => get(lane(index))).reduce(i32.add)),
      set(z, i32.mul(shifted(16), i32.const(finalisers[0]))),
      set(z, i32.mul(shifted(13), i32.const(finalisers[1]))),
      set(lane(target), shifted(16)),
    );
  const round = seq(
    finalise(0, 0, 1, 2, 3),
    ...[1, 2, 3].map((index) => finalise(index, index, index - 1)),
  );
  return seq(
    ...lanes.map((each, index) => set(each, i32.const(seeds[index] as number))),
    loop(
      next,
      ...count(HASH_WORDS).map(absorb),
      set(at, i32.add(get(at), i32.const(4 * HASH_WORDS))),
      brIf(next, i32.ltU(get(at), i32.const(PAGE_BYTES))),
    ),
    set(lane(0), i32.xor(get(lane(0)), i32.const(PAGE_BYTES))),
    ...[round, round],
    ...count(HASH_WORDS).map((index) =>
      i32.store(
        i32.const(HASH),
        i32.add(get(lane(index)), get(lane(index + HASH_WORDS - 1))),
        4 * index,
      ),
    ),
  );
}

function compile(): WebAssembly.Module {
  const module = new ModuleBuilder();
  module.exportFunction(module.defineFunction('compare', [], 'i32', compareBody()));
  module.exportFunction(module.defineFunction('hash', [], undefined, hashBody()));
  return new WebAssembly.Module(module.encode());
}

/** Fill {@link now} and {@link before}, then ask. Nothing in it outlives what one caller does in a row. */
export class PageKernel {
  /** The version of a page that is compared and hashed. */
  readonly now: Int32Array<SharedArrayBuffer>;
  /** The version that it is compared with. */
  readonly before: Int32Array<SharedArrayBuffer>;
  /** After {@link compare}: for each line of 64 bytes a bit for each changed doubleword. */
  readonly masks: Uint8Array<SharedArrayBuffer>;
  /** After {@link hash}: the four words of the hash. */
  readonly hashed: Int32Array<SharedArrayBuffer>;
  readonly #compare: () => number;
  /** Hashes the page at {@link now}. */
  readonly hash: () => void;

  constructor() {
    const memory = new WebAssembly.Memory({
      initial: 1,
      maximum: MAX_MEMORY_PAGES,
      shared: true,
    });
    const buffer = memory.buffer as unknown as SharedArrayBuffer;
    this.now = new Int32Array(buffer, NOW, PAGE_WORDS);
    this.before = new Int32Array(buffer, BEFORE, PAGE_WORDS);
    this.masks = new Uint8Array(buffer, MASKS, LINES);
    this.hashed = new Int32Array(buffer, HASH, HASH_WORDS);
    const { exports } = new WebAssembly.Instance(compile(), { env: { memory } });
    this.#compare = exports['compare'] as () => number;
    this.hash = exports['hash'] as () => void;
  }

  /** True when the page at {@link now} differs from the one at {@link before}: {@link masks} say where. */
  compare(): boolean {
    return this.#compare() !== 0;
  }
}

let kernel: PageKernel | undefined;

/** The kernel of this thread. */
export const pageKernel = (): PageKernel => (kernel ??= new PageKernel());
