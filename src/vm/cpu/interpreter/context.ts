/** The interpreter's side of {@link SemanticContext}: operands come from the current record. */
import type { I32, I64, Label, Local, Stmt } from '../../wasm/ast.ts';
import { br, get, likely, seq, set, when } from '../../wasm/ast.ts';
import { i32, i64, select } from '../../wasm/ops.ts';
import { type ScratchLocals, inlineLoad, inlineStore, loadKind } from '../access.ts';
import {
  DYNAMIC_ROUNDING,
  type LeafRefs,
  dynamicRounding,
  floatContext,
  leafCaller,
} from '../leaf-calls.ts';
import type { SemanticContext } from '../../isa/context.ts';
import { hostRounds } from '../../isa/float-widths.ts';
import {
  CPU_DATA_BANK,
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
  /** Counts a jump to `ip`, where it may be that a translator is told of it. */
  readonly countHot: Stmt;
  readonly leaf: LeafRefs;
}

/** A frame that counts no jumps. */
export type BareFrame = Omit<InterpreterFrame, 'countHot'>;

/** How far into the code a record is, in bytes, as far as its own address tells: what pcBase is short of the pc. */
export const codeBytesOf = (record: I32): I64 =>
  i64.extendI32U(i32.shrU(record, i32.const(Math.log2(RECORD_BYTES_PER_CODE_BYTE))));

/** The pc, from the record pointer. */
export const pcOf = ({ ip, pcBase }: BareFrame): I64 => i64.add(get(pcBase), codeBytesOf(get(ip)));

/** Writes pc and count to memory, as a synchronised leaf expects them. */
export const synchronise = (frame: BareFrame): Stmt =>
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

  const leaf = leafCaller(frame.leaf, scratch, synchronise(frame), resynchronise(frame));

  const jumpInPage = seq(
    set(ip, i32.add(get(ip), imm32)),
    reach === 'back' ? frame.countHot : seq(),
    br(frame.dispatch),
  );
  const jumpFar = goTo(i64.add(pcOf(frame), i64.load(get(ip), RECORD_IMM)));

  const raiseIllegal = (): Stmt => leaf('raise_illegal', [], () => seq());

  const float = floatContext(frame.leaf);
  const roundingMode: SemanticContext['roundingMode'] = (rest) =>
    scratch.lend('i32', (mode) =>
      seq(
        set(mode, i32.shrU(imm32, i32.const(ROUNDING_SHIFT))),
        when(i32.eq(get(mode), i32.const(DYNAMIC_ROUNDING)), dynamicRounding(mode, raiseIllegal())),
        rest(get(mode)),
      ),
    );

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
        leaf('load_slow', [va, i32.const(loadKind(size, extension))], (value) =>
          seq(rest(value), finish),
        ),
      ),
    store: (size, address, value) =>
      inlineStore(scratch, get(frame.dataBank), size, address, value, (va) =>
        leaf('store_slow', [va, value, i32.const(size)], () => finish),
      ),

    branch: (condition) => {
      switch (reach) {
        case 'near':
          return seq(set(ip, i32.add(get(ip), select(imm32, step, condition))), br(frame.dispatch));
        case 'back':
          return when(condition, jumpInPage);
        case 'far':
          return when(condition, jumpFar);
      }
    },
    jumpRelative: () => (reach === 'far' ? jumpFar : jumpInPage),
    jump: goTo,
    raise: (cause, value) => leaf('raise', [i64.const(cause), value], () => seq()),
    raiseIllegal,

    leaf,
    ...float,
    roundingMode,
    roundedByHost: (host, exact) =>
      roundingMode((mode) => likely(hostRounds(float.fflags, mode), host(), exact(mode))),
  };
}
