/** Loads and stores through the software TLB, as both engines write them inline. */
import type { Extending, Log2Size } from '../isa/context.ts';
import { TLB_OFFSET_MASK, TLB_READ, TLB_WRITE } from '../layout.ts';
import type { Expr, I32, I64, Local, Stmt, ValueType } from '../wasm/ast.ts';
import { get, likely, local, seq, set } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';

const TLB_ADDEND = 8;
/** The bit of load_slow's kind that asks for zero extension. */
const ZERO_EXTENDED = 4;

/** Locals for `bind`, reused by nesting depth so that hundreds of instructions need only a handful. */
export class ScratchLocals {
  readonly #pools: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [] };
  readonly #depth: Record<ValueType, number> = { i32: 0, i64: 0, f32: 0, f64: 0 };

  /** Lends a local to `rest`; it is free again behind it. */
  lend<T extends ValueType>(type: T, rest: (scratch: Local<T>) => Stmt): Stmt {
    const pool = this.#pools[type];
    const depth = this.#depth[type]++;
    const scratch = (pool[depth] ??= local(type, `${type}_${depth}`)) as Local<T>;
    const body = rest(scratch);
    this.#depth[type] -= 1;
    return body;
  }

  /** Evaluates once, and lends the value to the rest. */
  readonly bind = <T extends ValueType>(value: Expr<T>, rest: (value: Expr<T>) => Stmt): Stmt =>
    this.lend(value.type, (variable) => {
      const bound = variable;
      return seq(set(bound, value), rest(get(bound)));
    });
}

/** The `kind` that load_slow wants. */
export const loadKind = (size: Log2Size, extension: Extending): number =>
  size | (extension === 'zero' ? ZERO_EXTENDED : 0);

/** Loads from host memory, extended to 64 bits. */
export const hostLoad = (size: Log2Size, extension: Extending, address: I32, offset = 0): I64 => {
  switch (size) {
    case 0:
      return extension === 'signed' ? i64.load8S(address, offset) : i64.load8U(address, offset);
    case 1:
      return extension === 'signed' ? i64.load16S(address, offset) : i64.load16U(address, offset);
    case 2:
      return extension === 'signed' ? i64.load32S(address, offset) : i64.load32U(address, offset);
    case 3:
      return i64.load(address, offset);
  }
};

/** Stores the low 2^size bytes to host memory. */
export const hostStore = (size: Log2Size, address: I32, value: I64, offset = 0): Stmt => {
  switch (size) {
    case 0:
      return i64.store8(address, value, offset);
    case 1:
      return i64.store16(address, value, offset);
    case 2:
      return i64.store32(address, value, offset);
    case 3:
      return i64.store(address, value, offset);
  }
};

/** The tag that an access must find: page number, and the bits that alignment requires to be 0. */
const tagMask = (size: Log2Size): I64 => i64.const(-4096n | BigInt((1 << size) - 1));

/** What is looked up in the TLB. */
interface Lookup {
  readonly bank: I32;
  /** TLB_READ or TLB_WRITE. */
  readonly array: number;
  /** What the address must be aligned to. */
  readonly alignment: Log2Size;
  readonly address: I64;
  /**
   * Another address up to a page behind it, which must lie in the same page, and be aligned: where it does not, its page
   * belongs into the next entry of the array.
   */
  readonly last?: I64;
}

/** Looks an address up; `hit` gets the host address of it. Names the address several times. */
export const lookUp = (
  scratch: ScratchLocals,
  { bank, array, alignment, address, last = address }: Lookup,
  hit: (host: I32) => Stmt,
  miss: Stmt,
): Stmt =>
  scratch.bind(
    i32.add(
      bank,
      i32.and(i32.wrapI64(i64.shrU(address, i64.const(8))), i32.const(TLB_OFFSET_MASK)),
    ),
    (entry) =>
      likely(
        i64.eq(i64.and(last, tagMask(alignment)), i64.load(entry, array)),
        hit(i32.add(i32.wrapI64(address), i32.load(entry, array + TLB_ADDEND))),
        miss,
      ),
  );

/** A load: `rest` gets the value on a hit; `slow` does everything else. */
export const inlineLoad = (
  scratch: ScratchLocals,
  bank: I32,
  size: Log2Size,
  extension: Extending,
  address: I64,
  rest: (value: I64) => Stmt,
  slow: (address: I64) => Stmt,
): Stmt =>
  scratch.bind(address, (va) =>
    lookUp(
      scratch,
      { bank, array: TLB_READ, alignment: size, address: va },
      (host) => scratch.bind(hostLoad(size, extension, host), rest),
      slow(va),
    ),
  );

/** A store. Only pages that are dirty already and hold no decoded code are in the WRITE arrays (R1). */
export const inlineStore = (
  scratch: ScratchLocals,
  bank: I32,
  size: Log2Size,
  address: I64,
  value: I64,
  slow: (address: I64) => Stmt,
): Stmt =>
  scratch.bind(address, (va) =>
    lookUp(
      scratch,
      { bank, array: TLB_WRITE, alignment: size, address: va },
      (host) => hostStore(size, host, value),
      slow(va),
    ),
  );
