/** The handlers of records that are no instruction of their own: regions, and what they have in common. */
import type { FunctionRef, I64, Stmt } from '../../wasm/ast.ts';
import {
  br,
  brIf,
  callIndirect,
  callVoid,
  get,
  label,
  loop,
  seq,
  set,
  when,
} from '../../wasm/ast.ts';
import { i32, i64 } from '../../wasm/ops.ts';
import {
  CPU_DATA_BANK,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  CPU_SLICE_END,
  CROSSING_RECORDS,
  STAT_REGION_INSTRUCTIONS,
  STAT_REGION_RUNS,
} from '../../layout.ts';
import type { ScratchLocals } from '../access.ts';
import {
  type InterpreterFrame,
  RECORD_BYTES_PER_CODE_BYTE,
  RECORD_IMM,
  RECORD_RD,
  RECORD_RS1,
  pcOf,
  synchronise,
} from './context.ts';
import { fetchEntry, isFetched, moveToTarget, recordsIn } from './fetch.ts';
import { HANDLER_REGION } from './handlers.ts';

const ZERO = i32.const(0);

export interface DecoderFunctions {
  readonly decode: FunctionRef<readonly ['i32'], undefined>;
  readonly decodeCrossing: FunctionRef<readonly ['i32', 'i32'], undefined>;
  /** Decodes what stands under a region's entry into CROSSING_RECORDS. */
  readonly decodeUnder: FunctionRef<readonly ['i32'], undefined>;
}

/** An instruction that was not executed (decode, page end) must not be counted. */
export const uncount = (frame: InterpreterFrame): Stmt =>
  set(frame.remaining, i32.add(get(frame.remaining), i32.const(1)));

/** Goes on with the record in CROSSING_RECORDS, as the instruction at the present pc. */
export const executeScratchRecord = (frame: InterpreterFrame): Stmt =>
  seq(
    set(
      frame.pcBase,
      i64.sub(pcOf(frame), i64.const(CROSSING_RECORDS / RECORD_BYTES_PER_CODE_BYTE)),
    ),
    set(frame.ip, i32.const(CROSSING_RECORDS)),
    br(frame.dispatch),
  );

const addToStatistic = (cell: number, value: I64): Stmt =>
  i64.store(ZERO, i64.add(i64.load(ZERO, cell), value), cell);

/** Instructions executed so far, once pc and count are in memory. */
const executed = i64.sub(i64.load(ZERO, CPU_SLICE_END), i64.load32S(ZERO, CPU_REMAINING));

/**
 * Runs translated code, and any that control reaches from it. It counts its own instructions;
 * its record says how many must be left for it to do anything, and below that the instruction under
 * it is interpreted.
 */
export const regionHandler = (
  frame: InterpreterFrame,
  decoder: DecoderFunctions,
  scratch: ScratchLocals,
  stop: boolean,
): Stmt => {
  const again = label('next-region');
  const isShort = i32.ltU(get(frame.remaining), i32.load16U(get(frame.ip), RECORD_RD));
  const leave = (to: Stmt): Stmt => seq(addToStatistic(STAT_REGION_INSTRUCTIONS, executed), to);
  return seq(
    uncount(frame),
    synchronise(frame),
    // Less what was executed before, plus what will have been behind it.
    addToStatistic(STAT_REGION_INSTRUCTIONS, i64.sub(i64.const(0), executed)),
    loop(
      again,
      when(
        isShort,
        leave(seq(callVoid(decoder.decodeUnder, get(frame.ip)), executeScratchRecord(frame))),
      ),
      addToStatistic(STAT_REGION_RUNS, i64.const(1)),
      callIndirect(i32.load(get(frame.ip), RECORD_IMM), i32.load16U(get(frame.ip), RECORD_RS1)),
      stop ? callVoid(frame.leaf('end_slice')) : seq(),
      set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
      i32.store(ZERO, i32.const(0), CPU_REDIRECT),
      set(frame.target, i64.load(ZERO, CPU_PC)),
      scratch.lend('i32', (entry) =>
        seq(
          set(entry, fetchEntry(frame)),
          when(
            isFetched(frame, entry),
            seq(
              moveToTarget(frame, recordsIn(entry)),
              frame.countHot,
              brIf(again, i32.eq(i32.load16U(get(frame.ip)), i32.const(HANDLER_REGION))),
              leave(br(frame.dispatch)),
            ),
          ),
        ),
      ),
      leave(br(frame.fetch)),
    ),
  );
};
