/** What all functions of one translated module share: its imports, and the frames made with them. */
import { ScratchLocals } from '../cpu/access.ts';
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import { floatContext } from '../cpu/leaf-calls.ts';
import {
  LEAF_SIGNATURES,
  type LeafName,
  type LeafParams,
  type LeafResult,
} from '../isa/leaf-signatures.ts';
import { F_REGISTERS, X_REGISTERS } from '../layout.ts';
import { type FunctionRef, local } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { RegisterLocals, type RegionFrame } from './context.ts';

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
  #leaf<N extends LeafName>(name: N): FunctionRef<LeafParams<N>, LeafResult<N>> {
    let ref = this.#leaves.get(name);
    if (!ref) {
      const { params, result } = LEAF_SIGNATURES[name];
      ref = this.module.importFunction(LEAVES_MODULE, name, params, result);
      this.#leaves.set(name, ref);
    }
    return ref as FunctionRef<LeafParams<N>, LeafResult<N>>;
  }

  /** The frame of one function. */
  frame(): RegionFrame {
    const [remaining, dataBank, pageBase] = this.parameters;
    const leaf = <N extends LeafName>(name: N): FunctionRef<LeafParams<N>, LeafResult<N>> =>
      this.#leaf(name);
    return {
      x: new RegisterLocals('i64', 'x', X_REGISTERS),
      f: new RegisterLocals('f64', 'f', F_REGISTERS),
      ...{ remaining, dataBank, pageBase },
      scratch: new ScratchLocals(),
      leaf,
      float: floatContext(leaf),
    };
  }
}
