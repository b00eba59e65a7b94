/** The handlers of records that are no instruction of their own: regions, and what they have in common. */
import type { FunctionRef, I32, I64, Stmt } from '../../wasm/ast.ts';
import {
  br,
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
  unlikely,
  when,
} from '../../wasm/ast.ts';
import type { ModuleBuilder } from '../../wasm/module.ts';
import { i32, i64 } from '../../wasm/ops.ts';
import type { ScratchLocals } from '../access.ts';
import {
  CPU_DATA_BANK,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  CPU_SLICE_END,
  CROSSING_BITS,
  CROSSING_RECORDS,
  CROSSING_SLOTS,
  CROSSING_SLOT_SHIFT,
  RECORD_BYTES,
  STAT_REGION_INSTRUCTIONS,
  STAT_REGION_RUNS,
  TRANSLATION_USED,
  UNDER_RECORDS,
} from '../../layout.ts';
import {
  type BareFrame,
  type InterpreterFrame,
  RECORD_IMM,
  RECORD_RD,
  RECORD_RS1,
  codeBytesOf,
  pcOf,
  resynchronise,
  synchronise,
} from './context.ts';
import { fetchEntry, isFetched, moveToTarget, recordsIn } from './fetch.ts';
import { HANDLER_REGION } from './handlers.ts';

const ZERO = i32.const(0);

export interface DecoderFunctions {
  readonly decode: FunctionRef<readonly ['i32'], undefined>;
  readonly decodeCrossing: FunctionRef<readonly ['i32', 'i32'], undefined>;
  /** Decodes what stands under a region's entry into UNDER_RECORDS. */
  readonly decodeUnder: FunctionRef<readonly ['i32'], undefined>;
}

/** An instruction that was not executed (decode, page end) must not be counted. */
export const uncount = (frame: InterpreterFrame): Stmt =>
  set(frame.remaining, i32.add(get(frame.remaining), i32.const(1)));

/** Goes on with a record that is in no decode slot, as the instruction at the present pc. */
const executeAt = (frame: InterpreterFrame, record: I32): Stmt =>
  seq(
    set(frame.pcBase, i64.sub(pcOf(frame), codeBytesOf(record))),
    set(frame.ip, record),
    br(frame.dispatch),
  );

/** Where the instruction that crosses the end of a page is decoded, from its record in the page's decode slot. */
const crossingSlot = (record: I32): I32 => {
  const number = i32.and(
    i32.shrU(record, i32.const(Math.log2(RECORD_BYTES))),
    i32.const(CROSSING_SLOTS - 1),
  );
  return i32.add(i32.const(CROSSING_RECORDS), i32.shl(number, i32.const(CROSSING_SLOT_SHIFT)));
};

/**
 * An instruction across the end of a page. Its second half may lie in any page, so it is fetched each time; what
 * was decoded is kept, because one in a loop is executed a million times.
 */
export const crossingHandler = (
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
): Stmt =>
  scratch.lend('i32', (bits) =>
    scratch.lend('i32', (slot) =>
      seq(
        synchronise(frame),
        set(bits, call(frame.leaf('fetch_halfword'), i64.add(pcOf(frame), i64.const(2)))),
        resynchronise(frame),
        uncount(frame),
        set(
          bits,
          i32.or(i32.shl(get(bits), i32.const(16)), i32.load16U(get(frame.ip), RECORD_IMM)),
        ),
        set(slot, crossingSlot(get(frame.ip))),
        when(
          i32.ne(i32.load(get(slot), CROSSING_BITS), get(bits)),
          callVoid(decoder.decodeCrossing, get(slot), get(bits)),
        ),
        executeAt(frame, get(slot)),
      ),
    ),
  );

const addToStatistic = (cell: number, value: I64): Stmt =>
  i64.store(ZERO, i64.add(i64.load(ZERO, cell), value), cell);

/** Instructions executed so far, once pc and count are in memory. */
const executed = i64.sub(i64.load(ZERO, CPU_SLICE_END), i64.load32S(ZERO, CPU_REMAINING));

/** Runs translated code from the record at its argument on; see {@link defineTranslatedRunner}. */
export type TranslatedRunner = FunctionRef<readonly ['i32'], 'i32'>;

/**
 * Defines the function that runs translated code, and any that control reaches from it, until it reaches code
 * that is not translated. Translated code counts its own instructions; its record says how many must be left in
 * the slice for it to do anything. Returns the record where too few are left, else 0; CPU_PC and
 * CPU_REMAINING hold where to go on. It is not a part of the interpreter's own function because V8 would keep
 * that one's many variables in memory around each call.
 * @param countHot counts a jump in the frame it is given
 * @param stop ends the slice behind each translation, for tests
 */
export const defineTranslatedRunner = (
  module: ModuleBuilder,
  outer: BareFrame,
  countHot: (frame: BareFrame) => Stmt,
  stop: boolean,
): TranslatedRunner => {
  const ip = local('i32', 'ip');
  const frame: BareFrame = {
    ...outer,
    ip,
    pcBase: local('i64', 'pc_base'),
    remaining: local('i32', 'remaining'),
    target: local('i64', 'target'),
  };
  const again = label('next-translation');
  const entry = local('i32', 'entry');
  const leave = (result: I32): Stmt =>
    seq(addToStatistic(STAT_REGION_INSTRUCTIONS, executed), returns(result));
  const body = seq(
    set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
    // Less what was executed before, plus what will have been behind it.
    addToStatistic(STAT_REGION_INSTRUCTIONS, i64.sub(i64.const(0), executed)),
    loop(
      again,
      unlikely(i32.ltU(get(frame.remaining), i32.load16U(get(ip), RECORD_RD)), leave(get(ip))),
      addToStatistic(STAT_REGION_RUNS, i64.const(1)),
      i32.store8(i32.load(get(ip), RECORD_IMM), i32.const(1), TRANSLATION_USED),
      callIndirect(i32.load(get(ip), RECORD_IMM), i32.load16U(get(ip), RECORD_RS1)),
      stop ? callVoid(frame.leaf('end_slice')) : seq(),
      // A trap has been taken: CPU_PC says where.
      i32.store(ZERO, i32.const(0), CPU_REDIRECT),
      set(frame.target, i64.load(ZERO, CPU_PC)),
      set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      set(entry, fetchEntry(frame)),
      when(
        isFetched(frame, entry),
        seq(
          moveToTarget(frame, recordsIn(entry)),
          when(
            i32.eq(i32.load16U(get(ip)), i32.const(HANDLER_REGION)),
            seq(countHot(frame), br(again)),
          ),
        ),
      ),
    ),
    leave(ZERO),
  );
  return module.defineFunction('run_translated', [ip], 'i32', body);
};

/** Runs translated code; where too little is left of the slice, the instruction under its entry is interpreted. */
export const regionHandler = (
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  runner: TranslatedRunner,
): Stmt =>
  seq(
    uncount(frame),
    synchronise(frame),
    set(frame.ip, call(runner, get(frame.ip))),
    set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
    set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
    set(frame.target, i64.load(ZERO, CPU_PC)),
    when(i32.eqz(get(frame.ip)), br(frame.fetch)),
    set(frame.pcBase, i64.sub(get(frame.target), codeBytesOf(get(frame.ip)))),
    callVoid(decoder.decodeUnder, get(frame.ip)),
    executeAt(frame, i32.const(UNDER_RECORDS)),
  );
