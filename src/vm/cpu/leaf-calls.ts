/** Calls of leaves, as both engines write them. */
import type { SemanticContext } from '../isa/context.ts';
import {
  LEAF_SIGNATURES,
  type FloatLeaf,
  type LeafName,
  type LeafParams,
  type LeafResult,
  type SynchronisedLeaf,
} from '../isa/leaf-signatures.ts';
import { CPU_FFLAGS, CPU_FRM } from '../layout.ts';
import type { Expr, ExprsOf, FunctionRef, Local, Stmt, ValueType } from '../wasm/ast.ts';
import { call, callVoid, get, seq, set, unlikely } from '../wasm/ast.ts';
import { i32 } from '../wasm/ops.ts';
import type { ScratchLocals } from './access.ts';

/** The module's import of a leaf. */
export type LeafRefs = <N extends LeafName>(name: N) => FunctionRef<LeafParams<N>, LeafResult<N>>;

const ZERO = i32.const(0);
const LAST_ROUNDING_MODE = 4;

/** The rm field's value for "as frm says". */
export const DYNAMIC_ROUNDING = 7;

/** Makes {@link SemanticContext.leaf}: `before` writes pc and count to memory, `after` reads back. */
export const leafCaller =
  (refs: LeafRefs, scratch: ScratchLocals, before: Stmt, after: Stmt): SemanticContext['leaf'] =>
  (
    name: SynchronisedLeaf,
    args: ExprsOf<LeafParams<SynchronisedLeaf>>,
    rest: (value: never) => Stmt,
  ) => {
    const callee: FunctionRef = refs(name);
    const exprs: readonly Expr[] = args;
    const result = LEAF_SIGNATURES[name].result;
    if (result === undefined) {
      const none = callee as FunctionRef<readonly ValueType[], undefined>;
      return seq(before, callVoid(none, ...exprs), after, (rest as () => Stmt)());
    }
    const some = callee as FunctionRef<readonly ValueType[], ValueType>;
    return scratch.lend<ValueType>(result, (value) =>
      seq(before, set(value, call(some, ...exprs)), after, (rest as (v: Expr) => Stmt)(get(value))),
    );
  };

/** Softfloat and the accrued flags. */
export const floatContext = (
  refs: LeafRefs,
): Pick<SemanticContext, 'floatLeaf' | 'fflags' | 'setFflags'> => ({
  floatLeaf: <N extends FloatLeaf>(name: N, ...args: ExprsOf<LeafParams<N>>) => {
    const callee = refs(name) as FunctionRef as FunctionRef<readonly ValueType[], ValueType>;
    return call(callee, ...(args as readonly Expr[])) as Expr<Extract<LeafResult<N>, ValueType>>;
  },
  fflags: i32.load(ZERO, CPU_FFLAGS),
  setFflags: (flags) => i32.store(ZERO, flags, CPU_FFLAGS),
});

/** Sets `mode` to frm; a reserved value there is an illegal instruction (unprivileged manual, F). */
export const dynamicRounding = (mode: Local<'i32'>, raiseIllegal: Stmt): Stmt =>
  seq(
    set(mode, i32.load(ZERO, CPU_FRM)),
    unlikely(i32.gtU(get(mode), i32.const(LAST_ROUNDING_MODE)), raiseIllegal),
  );
