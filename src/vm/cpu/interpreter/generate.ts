/** Generates the interpreter: one WebAssembly function made from the instruction table. */
import { defined } from '../../../base/assert.ts';
import type { FunctionRef, Stmt } from '../../wasm/ast.ts';
import {
  block,
  br,
  brIf,
  callVoid,
  get,
  label,
  local,
  loop,
  returns,
  seq,
  set,
  switchOf,
  when,
} from '../../wasm/ast.ts';
import { ModuleBuilder } from '../../wasm/module.ts';
import { i32, i64 } from '../../wasm/ops.ts';
import {
  LEAF_SIGNATURES,
  type LeafName,
  type LeafParams,
  type LeafResult,
} from '../../isa/leaf-signatures.ts';
import { CPU_DATA_BANK, CPU_FP_READY, CPU_PC, CPU_REDIRECT, CPU_REMAINING } from '../../layout.ts';
import { ScratchLocals } from '../access.ts';
import {
  type BareFrame,
  type InterpreterFrame,
  advance,
  finishInstruction,
  interpreterContext,
  pcOf,
} from './context.ts';
import { type HotOptions, countHot, fetchTarget } from './fetch.ts';
import { type Handler, type InstructionHandler, handlers, weightOf } from './handlers.ts';
import {
  type DecoderFunctions,
  type TranslatedRunner,
  defineTranslatedRunner,
  crossingHandler,
  regionHandler,
  uncount,
} from './regions.ts';

/** Import module names. */
export const LEAVES_MODULE = 'leaves';
export const DECODER_MODULE = 'decoder';

/**
 * Handlers reached through the tree of comparisons; the rest go through one jump table. 64 was the
 * fastest of 16, 32 and 64 in both engines' tiers (FACTS: a table can get slower as it tiers up).
 */
const TREE_HANDLERS = 64;

/** Every handler costs something, so that rare ones do not pile up at the end of a long chain. */
const MINIMUM_WEIGHT = 0.05;

export interface InterpreterOptions {
  /** When `translator.hot` is called with a record; undefined for an interpreter alone, which counts nothing. */
  readonly hot: HotOptions | undefined;
  /** Ends the slice behind every translated region, so that a test can compare engines there. */
  readonly stopAfterRegions?: boolean;
}

export const TRANSLATOR_MODULE = 'translator';

const ZERO = i32.const(0);

const count = (frame: InterpreterFrame): Stmt =>
  set(frame.remaining, i32.sub(get(frame.remaining), i32.const(1)));

const specialHandler = (
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
  runner: TranslatedRunner,
): Record<string, Stmt> => ({
  decode: seq(uncount(frame), callVoid(decoder.decode, get(frame.ip)), br(frame.dispatch)),
  'page-end': seq(uncount(frame), set(frame.target, pcOf(frame)), br(frame.fetch)),
  illegal: interpreterContext(frame, scratch, 4, 'near').raiseIllegal(),
  region: regionHandler(frame, decoder, runner),
  crossing: crossingHandler(frame, decoder, scratch),
});

/** The instruction's effect, for whatever goes on behind it. */
const instructionBody = (
  handler: InstructionHandler,
  frame: InterpreterFrame,
  scratch: ScratchLocals,
): Stmt => {
  const { instruction, length, reach } = handler;
  const context = interpreterContext(frame, scratch, length, reach);
  const needsFloat = instruction.extension === 'F' || instruction.extension === 'D';
  const enableFloat = needsFloat
    ? when(
        i32.eqz(i32.load(ZERO, CPU_FP_READY)),
        context.leaf('fp_enable', [], () => seq()),
      )
    : seq();
  return seq(enableFloat, instruction.semantics(context));
};

const handlerBody = (
  handler: Handler,
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
  runner: TranslatedRunner,
): Stmt => {
  switch (handler.kind) {
    case 'instruction':
      return seq(
        instructionBody(handler, frame, scratch),
        finishInstruction(frame, handler.length),
      );
    case 'pair':
      return seq(
        instructionBody(handler.first, frame, scratch),
        advance(frame, handler.first.length),
        // The slice may end between the two; the second's own record then goes on.
        brIf(frame.dispatch, i32.eqz(get(frame.remaining))),
        count(frame),
        instructionBody(handler.second, frame, scratch),
        finishInstruction(frame, handler.second.length),
      );
    default:
      return defined(specialHandler(frame, decoder, scratch, runner)[handler.kind], handler.kind);
  }
};

/** A tree of `handler < n` tests over [from, to), split where the weights balance. */
const weightedTree = (
  selector: InterpreterFrame['ip'],
  from: number,
  to: number,
  weights: readonly number[],
  leafOf: (index: number) => Stmt,
): Stmt => {
  if (to - from === 1) return leafOf(from);
  const weight = (i: number): number => defined(weights[i], 'weight');
  let total = 0;
  for (let i = from; i < to; i++) total += weight(i);
  let split = from + 1;
  let left = weight(from);
  while (split < to - 1 && left + weight(split) / 2 < total / 2) left += weight(split++);
  return when(
    i32.ltU(get(selector), i32.const(split)),
    weightedTree(selector, from, split, weights, leafOf),
    weightedTree(selector, split, to, weights, leafOf),
  );
};

const dispatchTree = (selector: InterpreterFrame['ip'], bodies: readonly Stmt[]): Stmt => {
  const hot = Math.min(TREE_HANDLERS, bodies.length);
  const weights = handlers.slice(0, hot).map((handler) => weightOf(handler) + MINIMUM_WEIGHT);
  const rest = handlers
    .slice(hot)
    .reduce((sum, handler) => sum + weightOf(handler), MINIMUM_WEIGHT);
  const table = switchOf(
    i32.sub(get(selector), i32.const(hot)),
    bodies.slice(hot),
    // A record holds no other numbers: whoever wrote one broke the machine.
    { kind: 'unreachable' },
  );
  return weightedTree(selector, 0, hot + 1, [...weights, rest], (index) =>
    index < hot ? defined(bodies[index], 'handler') : table,
  );
};

/** The bytes of a module that exports `run()`: executes until CPU_REMAINING is used up. */
export function generateInterpreter(options: InterpreterOptions): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importTable();
  const leaves = new Map<LeafName, FunctionRef>();
  for (const name of Object.keys(LEAF_SIGNATURES) as LeafName[]) {
    const { params, result } = LEAF_SIGNATURES[name];
    leaves.set(name, module.importFunction(LEAVES_MODULE, name, params, result));
  }
  const decoder: DecoderFunctions = {
    decode: module.importFunction(DECODER_MODULE, 'decode', ['i32'] as const, undefined),
    decodeCrossing: module.importFunction(
      DECODER_MODULE,
      'decode_crossing',
      ['i32', 'i32'] as const,
      undefined,
    ),
    decodeUnder: module.importFunction(DECODER_MODULE, 'decode_under', ['i32'] as const, undefined),
  };

  const hot = module.importFunction(TRANSLATOR_MODULE, 'hot', ['i32', 'i64'] as const, undefined);
  const bare: BareFrame = {
    ip: local('i32', 'ip'),
    pcBase: local('i64', 'pc_base'),
    remaining: local('i32', 'remaining'),
    dataBank: local('i32', 'data_bank'),
    target: local('i64', 'target'),
    dispatch: label('dispatch'),
    fetch: label('fetch'),
    redirected: label('redirected'),
    leaf: <N extends LeafName>(name: N) =>
      defined<FunctionRef>(leaves.get(name), name) as FunctionRef<LeafParams<N>, LeafResult<N>>,
  };
  const counter = (place: BareFrame): Stmt =>
    options.hot ? countHot(place, hot, options.hot) : seq();
  const frame: InterpreterFrame = {
    ...bare,
    countHot: counter(bare),
  };
  const runner = defineTranslatedRunner(module, bare, counter, options.stopAfterRegions ?? false);
  const leave = label('leave');
  const leaveAtPc = label('leave-at-pc');
  const selector = local('i32', 'handler');
  const scratch = new ScratchLocals();
  const bodies = handlers.map((handler) => handlerBody(handler, frame, decoder, scratch, runner));

  const dispatch = loop(
    frame.dispatch,
    brIf(leave, i32.eqz(get(frame.remaining))),
    count(frame),
    set(selector, i32.load16U(get(frame.ip))),
    dispatchTree(selector, bodies),
  );

  const run = module.defineFunction(
    'run',
    [],
    undefined,
    seq(
      // An interrupt taken before the run has set it.
      i32.store(ZERO, i32.const(0), CPU_REDIRECT),
      set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
      set(frame.target, i64.load(ZERO, CPU_PC)),
      block(
        leaveAtPc,
        loop(
          frame.fetch,
          fetchTarget(frame, scratch, leaveAtPc),
          block(
            leave,
            block(frame.redirected, dispatch),
            i32.store(ZERO, i32.const(0), CPU_REDIRECT),
            set(frame.target, i64.load(ZERO, CPU_PC)),
            br(frame.fetch),
          ),
        ),
        i64.store(ZERO, pcOf(frame), CPU_PC),
      ),
      i32.store(ZERO, get(frame.remaining), CPU_REMAINING),
      returns(),
    ),
  );
  module.exportFunction(run);
  return module.encode();
}
