/** What all functions of one translated module share: its imports, and the frames made with them. */
import { ScratchLocals } from '../cpu/access.ts';
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import { type LeafRefs, floatContext } from '../cpu/leaf-calls.ts';
import {
  LEAF_SIGNATURES,
  type LeafName,
  type LeafParams,
  type LeafResult,
} from '../isa/leaf-signatures.ts';
import { F_REGISTERS, X_REGISTERS } from '../layout.ts';
import { type FunctionRef, type Local, local } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { RegisterLocals, type RegionFrame } from './context.ts';
import { SlowAccess } from './slow-access.ts';

export class TranslatedModule {
  readonly module = new ModuleBuilder();
  readonly #leaves = new Map<LeafName, FunctionRef>();
  /** In functions that take them as parameters, in this order. */
  readonly parameters = [
    local('i32', 'remaining'),
    local('i32', 'data_bank'),
    local('i64', 'page_base'),
  ] as const;

  /** Imports a leaf when it is first named: modules stay small. */
  readonly #leaf: LeafRefs = <N extends LeafName>(name: N) => {
    let ref = this.#leaves.get(name);
    if (!ref) {
      const { params, result } = LEAF_SIGNATURES[name];
      ref = this.module.importFunction(LEAVES_MODULE, name, params, result);
      this.#leaves.set(name, ref);
    }
    return ref as FunctionRef<LeafParams<N>, LeafResult<N>>;
  };
  readonly #slow = new SlowAccess(this.module, this.#leaf);

  /** The frame of one function. */
  frame(): RegionFrame {
    const [remaining, dataBank, pageBase] = this.parameters;
    const hosts: Local<'i32'>[] = [];
    return {
      x: new RegisterLocals('i64', 'x', X_REGISTERS),
      f: new RegisterLocals('f64', 'f', F_REGISTERS),
      ...{ remaining, dataBank, pageBase },
      scratch: new ScratchLocals(),
      nearHost: (number) => (hosts[number] ??= local('i32', `near_${number}`)),
      leaf: this.#leaf,
      slow: this.#slow,
      float: floatContext(this.#leaf),
      roundedByHost: local('i32', 'rounded_by_host'),
      found: { floatEnabled: false, roundedByHost: false },
    };
  }
}
