/**
 * What an access does that finds nothing inline: functions of the translated module, one for each kind of access. A call of
 * one is a third of what a call of an import takes, and there is one for each load and store.
 */
import { ScratchLocals, hostLoad, hostStore, lookUp } from '../cpu/access.ts';
import type { Extending, Log2Size } from '../isa/context.ts';
import { LEAF_SIGNATURES } from '../isa/leaf-signatures.ts';
import { CPU_DATA_BANK, REGION_LEAVE, TLB_READ, TLB_WRITE } from '../layout.ts';
import type { LeafRefs } from '../cpu/leaf-calls.ts';
import type { FunctionRef, Stmt } from '../wasm/ast.ts';
import { call, get, returns, seq } from '../wasm/ast.ts';
import { type ModuleBuilder, parameters } from '../wasm/module.ts';
import { i32 } from '../wasm/ops.ts';

const ZERO = i32.const(0);
const BANK = i32.load(ZERO, CPU_DATA_BANK);
const LOADS = LEAF_SIGNATURES.region_load.params;
const STORES = LEAF_SIGNATURES.region_store.params;

/** Both ways return. */
const BEHIND: Stmt = { kind: 'unreachable' };

export type SlowLoad = FunctionRef<typeof LOADS, 'i64'>;
export type SlowStore = FunctionRef<typeof STORES, 'i32'>;

/** The functions of one module, defined when they are first named; they take what the leaves take. */
export class SlowAccess {
  readonly #module: ModuleBuilder;
  readonly #leaf: LeafRefs;
  readonly #loads = new Map<string, SlowLoad>();
  readonly #stores = new Map<string, SlowStore>();

  constructor(module: ModuleBuilder, leaf: LeafRefs) {
    this.#module = module;
    this.#leaf = leaf;
  }

  /** Sets REGION_LEAVE. The TLB is asked again: near accesses come here when one of them lies in another page. */
  load(size: Log2Size, extension: Extending): SlowLoad {
    const name = `load_${extension}_${8 << size}`;
    const known = this.#loads.get(name);
    if (known) return known;
    const locals = parameters(LOADS, 'address', 'place', 'offset', 'remaining');
    const [address, place, offset, remaining] = locals;
    const leaf = this.#leaf('region_load');
    const body = lookUp(
      new ScratchLocals(),
      { bank: BANK, array: TLB_READ, alignment: size, address: get(address) },
      (host) => seq(i32.store(ZERO, ZERO, REGION_LEAVE), returns(hostLoad(size, extension, host))),
      returns(call(leaf, get(address), get(place), get(offset), get(remaining))),
    );
    const made = this.#module.defineFunction(name, locals, 'i64', seq(body, BEHIND));
    this.#loads.set(name, made);
    return made;
  }

  /** Returns what `region_store` does. */
  store(size: Log2Size): SlowStore {
    const name = `store_${8 << size}`;
    const known = this.#stores.get(name);
    if (known) return known;
    const locals = parameters(STORES, 'address', 'value', 'place', 'offset', 'remaining');
    const [address, value, place, offset, remaining] = locals;
    const leaf = this.#leaf('region_store');
    const body = lookUp(
      new ScratchLocals(),
      { bank: BANK, array: TLB_WRITE, alignment: size, address: get(address) },
      (host) => seq(hostStore(size, host, get(value)), returns(ZERO)),
      returns(call(leaf, get(address), get(value), get(place), get(offset), get(remaining))),
    );
    const made = this.#module.defineFunction(name, locals, 'i32', seq(body, BEHIND));
    this.#stores.set(name, made);
    return made;
  }
}
