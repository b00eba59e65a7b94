/** The interpreter's side of {@link SemanticContext}: operands come from the current record. */
import type {
  Expr,
  ExprsOf,
  FunctionRef,
  I32,
  I64,
  Label,
  Local,
  Stmt,
  ValueType,
} from '../../wasm/ast.ts';
import { br, call, callVoid, get, seq, set, when } from '../../wasm/ast.ts';
import { i32, i64, select } from '../../wasm/ops.ts';
import { type ScratchLocals, inlineLoad, inlineStore, loadKind } from '../access.ts';
import type { SemanticContext, WithResult } from '../../isa/context.ts';
import {
  type FloatLeaf,
  LEAF_SIGNATURES,
  type LeafName,
  type LeafParams,
  type LeafResult,
  type SynchronisedLeaf,
} from '../../isa/leaf-signatures.ts';
import {
  CPU_DATA_BANK,
  CPU_FFLAGS,
  CPU_FRM,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  F_REGISTERS,
  X_REGISTERS,
} from '../../layout.ts';
import type { Reach } from './handlers.ts';

/** Byte offsets inside a record (layout.ts). */
export const RECORD_RD = 2;
export const RECORD_RS1 = 4;
export const RECORD_RS2 = 6;
export const RECORD_IMM = 8;
/** Floating-point records keep rs3 * 8 in the low half of the immediate, the rounding mode above. */
export const ROUNDING_SHIFT = 16;

/** Records are 16 bytes a halfword: a code byte is worth 8 record bytes. */
export const RECORD_BYTES_PER_CODE_BYTE = 8;

const DYNAMIC_ROUNDING = 7;
const LAST_ROUNDING_MODE = 4;
const ZERO = i32.const(0);

/** The interpreter function's own variables and branch targets, shared by all handlers. */
export interface InterpreterFrame {
  /** Address of the current record. */
  readonly ip: Local<'i32'>;
  /** pc = pcBase + (ip >> 3). */
  readonly pcBase: Local<'i64'>;
  readonly remaining: Local<'i32'>;
  readonly dataBank: Local<'i32'>;
  /** Where to fetch next, for `fetch`. */
  readonly target: Local<'i64'>;
  /** Next instruction. */
  readonly dispatch: Label;
  /** Fetch at `target`. */
  readonly fetch: Label;
  /** A leaf has put the next pc into CPU_PC. */
  readonly redirected: Label;
  readonly leaf: <N extends LeafName>(name: N) => FunctionRef<LeafParams<N>, LeafResult<N>>;
}

export const pcOf = (frame: InterpreterFrame): I64 =>
  i64.add(get(frame.pcBase), i64.extendI32U(i32.shrU(get(frame.ip), i32.const(3))));

/** Writes pc and count to memory, as a synchronised leaf expects them. */
export const synchronise = (frame: InterpreterFrame): Stmt =>
  seq(i64.store(ZERO, pcOf(frame), CPU_PC), i32.store(ZERO, get(frame.remaining), CPU_REMAINING));

/** Reads back what a synchronised leaf may have changed; leaves the instruction if it trapped. */
export const resynchronise = (frame: InterpreterFrame): Stmt =>
  seq(
    set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
    set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
    when(i32.load(ZERO, CPU_REDIRECT), br(frame.redirected)),
  );

const field = (frame: InterpreterFrame, offset: number): I32 => i32.load16U(get(frame.ip), offset);

/** Moves to the record of the instruction behind this one. */
export const advance = (frame: InterpreterFrame, length: 2 | 4): Stmt =>
  set(frame.ip, i32.add(get(frame.ip), i32.const(length * RECORD_BYTES_PER_CODE_BYTE)));

/** Goes on with the instruction behind this one. */
export const finishInstruction = (frame: InterpreterFrame, length: 2 | 4): Stmt =>
  seq(advance(frame, length), br(frame.dispatch));

/** Makes the context for one handler. */
export function interpreterContext(
  frame: InterpreterFrame,
  scratch: ScratchLocals,
  length: 2 | 4,
  reach: Reach,
): SemanticContext {
  const { ip } = frame;
  const x = (offset: number): I64 => i64.load(field(frame, offset), X_REGISTERS);
  const f = (offset: number): I64 => i64.load(field(frame, offset), F_REGISTERS);
  const imm32 = i32.load(get(ip), RECORD_IMM);
  const step = i32.const(length * RECORD_BYTES_PER_CODE_BYTE);
  const finish = finishInstruction(frame, length);
  const goTo = (target: I64): Stmt => seq(set(frame.target, target), br(frame.fetch));

  const leaf = <N extends SynchronisedLeaf>(
    name: N,
    args: ExprsOf<LeafParams<N>>,
    rest: WithResult<LeafResult<N>>,
  ): Stmt => {
    const callee = frame.leaf(name) as FunctionRef;
    const exprs = args as readonly Expr[];
    const result = LEAF_SIGNATURES[name].result;
    if (result === undefined) {
      const after = rest as () => Stmt;
      return seq(
        synchronise(frame),
        callVoid(callee as FunctionRef<readonly ValueType[], undefined>, ...exprs),
        resynchronise(frame),
        after(),
      );
    }
    return scratch.lend<ValueType>(result, (value) =>
      seq(
        synchronise(frame),
        set(value, call(callee as FunctionRef<readonly ValueType[], ValueType>, ...exprs)),
        resynchronise(frame),
        (rest as (v: Expr) => Stmt)(get(value)),
      ),
    );
  };

  const raiseIllegal = (): Stmt => leaf('raise_illegal', [], () => seq());

  return {
    get rs1() {
      return x(RECORD_RS1);
    },
    get rs2() {
      return x(RECORD_RS2);
    },
    imm: i64.load(get(ip), RECORD_IMM),
    uimm: i64.extendI32U(i32.shrU(field(frame, RECORD_RS1), i32.const(3))),
    pc: pcOf(frame),
    nextPc: i64.add(pcOf(frame), i64.const(length)),
    frs1: f(RECORD_RS1),
    frs2: f(RECORD_RS2),
    frs3: i64.load(i32.and(imm32, i32.const((1 << ROUNDING_SHIFT) - 1)), F_REGISTERS),

    setRd: (value) => i64.store(field(frame, RECORD_RD), value, X_REGISTERS),
    setFrd: (bits) => i64.store(field(frame, RECORD_RD), bits, F_REGISTERS),
    bind: scratch.bind,

    // A slow access ends the instruction by itself: it may have changed the code that follows.
    load: (size, extension, address, rest) =>
      inlineLoad(scratch, get(frame.dataBank), size, extension, address, rest, (va) =>
        leaf('load_slow', [va, loadKind(size, extension)], (value) => seq(rest(value), finish)),
      ),
    store: (size, address, value) =>
      inlineStore(scratch, get(frame.dataBank), size, address, value, (va) =>
        leaf('store_slow', [va, value, i32.const(size)], () => finish),
      ),

    branch: (condition) =>
      reach === 'near'
        ? seq(set(ip, i32.add(get(ip), select(imm32, step, condition))), br(frame.dispatch))
        : when(condition, goTo(i64.add(pcOf(frame), i64.load(get(ip), RECORD_IMM)))),
    jumpRelative: () =>
      reach === 'near'
        ? seq(set(ip, i32.add(get(ip), imm32)), br(frame.dispatch))
        : goTo(i64.add(pcOf(frame), i64.load(get(ip), RECORD_IMM))),
    jump: goTo,
    raise: (cause, value) => leaf('raise', [i64.const(cause), value], () => seq()),
    raiseIllegal,

    leaf,
    floatLeaf: <N extends FloatLeaf>(name: N, ...args: ExprsOf<LeafParams<N>>) =>
      call(
        frame.leaf(name) as FunctionRef as FunctionRef<readonly ValueType[], ValueType>,
        ...(args as readonly Expr[]),
      ) as Expr<Extract<LeafResult<N>, ValueType>>,
    roundingMode: (rest) =>
      scratch.lend('i32', (mode) =>
        seq(
          set(mode, i32.shrU(imm32, i32.const(ROUNDING_SHIFT))),
          when(
            i32.eq(get(mode), i32.const(DYNAMIC_ROUNDING)),
            seq(
              set(mode, i32.load(ZERO, CPU_FRM)),
              when(i32.gtU(get(mode), i32.const(LAST_ROUNDING_MODE)), raiseIllegal()),
            ),
          ),
          rest(get(mode)),
        ),
      ),
    fflags: i32.load(ZERO, CPU_FFLAGS),
    setFflags: (flags) => i32.store(ZERO, flags, CPU_FFLAGS),
  };
}
