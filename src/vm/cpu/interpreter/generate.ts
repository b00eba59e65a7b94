/** Generates the interpreter: one WebAssembly function made from the instruction table. */
import { defined } from '../../../base/assert.ts';
import type { FunctionRef, Label, Stmt } from '../../wasm/ast.ts';
import {
  block,
  br,
  brIf,
  call,
  callIndirect,
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
import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_FP_READY,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  CROSSING_RECORDS,
  HOT_COUNTERS,
  HOT_COUNTER_MASK,
  TLB_FETCH,
  TLB_OFFSET_MASK,
} from '../../layout.ts';
import { ScratchLocals } from '../access.ts';
import {
  type InterpreterFrame,
  RECORD_BYTES_PER_CODE_BYTE,
  RECORD_IMM,
  RECORD_RD,
  advance,
  finishInstruction,
  interpreterContext,
  pcFrom,
  pcOf,
  resynchronise,
  synchronise,
} from './context.ts';
import { type Handler, type InstructionHandler, handlers, weightOf } from './handlers.ts';

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
  /**
   * Jumps to a place after which `translator.hot` is called with its record; undefined for an
   * interpreter alone, which counts nothing.
   */
  readonly hotThreshold: number | undefined;
  /** Ends the slice behind every translated region, so that a test can compare engines there. */
  readonly stopAfterRegions?: boolean;
}

export const TRANSLATOR_MODULE = 'translator';

interface DecoderFunctions {
  readonly decode: FunctionRef<readonly ['i32'], undefined>;
  readonly decodeCrossing: FunctionRef<readonly ['i32', 'i32'], undefined>;
  /** Decodes what stands under a region's entry into CROSSING_RECORDS. */
  readonly decodeUnder: FunctionRef<readonly ['i32'], undefined>;
}

const ZERO = i32.const(0);
const PAGE_MASK = i64.const(-4096n);

const count = (frame: InterpreterFrame): Stmt =>
  set(frame.remaining, i32.sub(get(frame.remaining), i32.const(1)));

/** An instruction that was not executed (decode, page end) must not be counted. */
const uncount = (frame: InterpreterFrame): Stmt =>
  set(frame.remaining, i32.add(get(frame.remaining), i32.const(1)));

/** Goes on with the record in CROSSING_RECORDS, as the instruction at the present pc. */
const executeScratchRecord = (frame: InterpreterFrame): Stmt =>
  seq(
    set(
      frame.pcBase,
      i64.sub(pcOf(frame), i64.const(CROSSING_RECORDS / RECORD_BYTES_PER_CODE_BYTE)),
    ),
    set(frame.ip, i32.const(CROSSING_RECORDS)),
    br(frame.dispatch),
  );

/**
 * Runs a translated region. It counts its own instructions; its record says how many must be left for
 * it to do anything, and below that the instruction under it is interpreted.
 */
const regionHandler = (frame: InterpreterFrame, decoder: DecoderFunctions, stop: boolean): Stmt =>
  seq(
    uncount(frame),
    when(
      i32.ltU(get(frame.remaining), i32.load16U(get(frame.ip), RECORD_RD)),
      seq(callVoid(decoder.decodeUnder, get(frame.ip)), executeScratchRecord(frame)),
    ),
    synchronise(frame),
    callIndirect(i32.load(get(frame.ip), RECORD_IMM)),
    stop ? callVoid(frame.leaf('end_slice')) : seq(),
    set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
    set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
    i32.store(ZERO, i32.const(0), CPU_REDIRECT),
    set(frame.target, i64.load(ZERO, CPU_PC)),
    br(frame.fetch),
  );

const specialHandler = (
  options: InterpreterOptions,
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
): Record<string, Stmt> => ({
  decode: seq(uncount(frame), callVoid(decoder.decode, get(frame.ip)), br(frame.dispatch)),
  'page-end': seq(uncount(frame), set(frame.target, pcOf(frame)), br(frame.fetch)),
  illegal: interpreterContext(frame, scratch, 4, 'near').raiseIllegal(),
  region: regionHandler(frame, decoder, options.stopAfterRegions ?? false),
  // The second half may lie in any page: fetch it, and execute from a record of its own.
  crossing: scratch.lend('i32', (second) =>
    seq(
      synchronise(frame),
      set(second, call(frame.leaf('fetch_halfword'), i64.add(pcOf(frame), i64.const(2)))),
      resynchronise(frame),
      uncount(frame),
      callVoid(decoder.decodeCrossing, get(frame.ip), get(second)),
      executeScratchRecord(frame),
    ),
  ),
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
  options: InterpreterOptions,
  handler: Handler,
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
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
      return defined(specialHandler(options, frame, decoder, scratch)[handler.kind], handler.kind);
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

/** Finds the record of `target`, by the fetch TLB or by the leaf. */
const fetchTarget = (frame: InterpreterFrame, scratch: ScratchLocals, leave: Label): Stmt => {
  const target = get(frame.target);
  const found = (records: ReturnType<typeof i32.load>): Stmt =>
    seq(
      set(
        frame.ip,
        i32.add(
          records,
          i32.mul(
            i32.and(i32.wrapI64(target), i32.const(0xffe)),
            i32.const(RECORD_BYTES_PER_CODE_BYTE),
          ),
        ),
      ),
      set(
        frame.pcBase,
        i64.sub(i64.and(target, PAGE_MASK), i64.extendI32U(i32.shrU(records, i32.const(3)))),
      ),
    );
  return scratch.lend('i32', (entry) =>
    scratch.lend('i32', (records) =>
      seq(
        set(
          entry,
          i32.add(
            i32.load(ZERO, CPU_FETCH_BANK),
            i32.and(i32.wrapI64(i64.shrU(target, i64.const(8))), i32.const(TLB_OFFSET_MASK)),
          ),
        ),
        when(
          i64.eq(i64.load(get(entry), TLB_FETCH), i64.and(target, PAGE_MASK)),
          set(records, i32.load(get(entry), TLB_FETCH + 8)),
          seq(
            i64.store(ZERO, target, CPU_PC),
            // A fetch that faults counts as one instruction, so that a guest whose trap vector
            // cannot be fetched uses up its slice instead of hanging the engine.
            when(i32.eqz(get(frame.remaining)), br(leave)),
            i32.store(ZERO, i32.sub(get(frame.remaining), i32.const(1)), CPU_REMAINING),
            set(records, call(frame.leaf('fetch_slow'), target)),
            when(
              i32.load(ZERO, CPU_REDIRECT),
              seq(
                i32.store(ZERO, i32.const(0), CPU_REDIRECT),
                set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
                set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
                set(frame.target, i64.load(ZERO, CPU_PC)),
                br(frame.fetch),
              ),
            ),
          ),
        ),
        found(get(records)),
        frame.countHot,
      ),
    ),
  );
};

/** Counts jumps to `ip`; at the threshold the translator hears of it. */
const countHot = (
  ip: InterpreterFrame['ip'],
  pcBase: InterpreterFrame['pcBase'],
  hot: FunctionRef<readonly ['i32', 'i64'], undefined>,
  threshold: number,
): Stmt => {
  const counter = i32.and(i32.shrU(get(ip), i32.const(2)), i32.const(HOT_COUNTER_MASK));
  const count = i32.load(counter, HOT_COUNTERS);
  return seq(
    i32.store(counter, i32.add(count, i32.const(1)), HOT_COUNTERS),
    when(
      i32.geU(count, i32.const(threshold)),
      seq(
        i32.store(counter, i32.const(0), HOT_COUNTERS),
        callVoid(hot, get(ip), pcFrom(ip, pcBase)),
      ),
    ),
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

  const ip = local('i32', 'ip');
  const pcBase = local('i64', 'pc_base');
  const hot = module.importFunction(TRANSLATOR_MODULE, 'hot', ['i32', 'i64'] as const, undefined);
  const frame: InterpreterFrame = {
    ip,
    countHot:
      options.hotThreshold === undefined ? seq() : countHot(ip, pcBase, hot, options.hotThreshold),
    pcBase,
    remaining: local('i32', 'remaining'),
    dataBank: local('i32', 'data_bank'),
    target: local('i64', 'target'),
    dispatch: label('dispatch'),
    fetch: label('fetch'),
    redirected: label('redirected'),
    leaf: <N extends LeafName>(name: N) =>
      defined<FunctionRef>(leaves.get(name), name) as FunctionRef<LeafParams<N>, LeafResult<N>>,
  };
  const leave = label('leave');
  const leaveAtPc = label('leave-at-pc');
  const selector = local('i32', 'handler');
  const scratch = new ScratchLocals();
  const bodies = handlers.map((handler) => handlerBody(options, handler, frame, decoder, scratch));

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
