/** From a pc to the record of its instruction: the fetch TLB inline, and the leaf behind it. */
import type { FunctionRef, I32, Label, Stmt } from '../../wasm/ast.ts';
import { br, call, callVoid, get, likely, seq, set, unlikely, when } from '../../wasm/ast.ts';
import { i32, i64 } from '../../wasm/ops.ts';
import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
  HOT_COUNTERS,
  HOT_COUNTER_MASK,
  TLB_FETCH,
  TLB_OFFSET_MASK,
} from '../../layout.ts';
import type { ScratchLocals } from '../access.ts';
import {
  type BareFrame,
  type InterpreterFrame,
  RECORD_BYTES_PER_CODE_BYTE,
  codeBytesOf,
  pcOf,
  synchronise,
} from './context.ts';

const ZERO = i32.const(0);
const PAGE_MASK = i64.const(-4096n);
/** In an entry of the fetch TLB: the address of record 0. */
const RECORDS_FIELD = TLB_FETCH + 8;

/** Address of the fetch TLB's entry for `target`. */
export const fetchEntry = (frame: Pick<BareFrame, 'target'>): I32 =>
  i32.add(
    i32.load(ZERO, CPU_FETCH_BANK),
    i32.and(i32.wrapI64(i64.shrU(get(frame.target), i64.const(8))), i32.const(TLB_OFFSET_MASK)),
  );

export const isFetched = (frame: Pick<BareFrame, 'target'>, entry: InterpreterFrame['ip']): I32 =>
  i64.eq(i64.load(get(entry), TLB_FETCH), i64.and(get(frame.target), PAGE_MASK));

/** Moves to the record of `target`, given record 0 of its page. */
export const moveToTarget = (frame: BareFrame, records: I32): Stmt =>
  seq(
    set(frame.ip, records),
    set(frame.pcBase, i64.sub(i64.and(get(frame.target), PAGE_MASK), codeBytesOf(get(frame.ip)))),
    set(
      frame.ip,
      i32.add(
        get(frame.ip),
        i32.mul(
          i32.and(i32.wrapI64(get(frame.target)), i32.const(0xffe)),
          i32.const(RECORD_BYTES_PER_CODE_BYTE),
        ),
      ),
    ),
  );

/** Address of record 0 of the page that an entry of the fetch TLB stands for. */
export const recordsIn = (entry: InterpreterFrame['ip']): I32 =>
  i32.load(get(entry), RECORDS_FIELD);

/** Finds the record of `target`, by the fetch TLB or by the leaf. */
export const fetchTarget = (
  frame: InterpreterFrame,
  scratch: ScratchLocals,
  leave: Label,
): Stmt => {
  const target = get(frame.target);
  return scratch.lend('i32', (entry) =>
    scratch.lend('i32', (records) =>
      seq(
        set(entry, fetchEntry(frame)),
        likely(
          isFetched(frame, entry),
          set(records, recordsIn(entry)),
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
        moveToTarget(frame, get(records)),
        frame.countHot,
      ),
    ),
  );
};

/** When the translator is told of a place. */
export interface HotOptions {
  /** Counted jumps to the place. */
  readonly threshold: number;
  /**
   * Every how manyth jump is counted, about: a power of two. Counters of all jumps would take more of
   * the cache than the jumps' own records; the slice's rest serves as a die.
   */
  readonly sampling: number;
}

/** Counts jumps to `ip`; at the threshold the translator hears of it, and may end the slice. */
export const countHot = (
  frame: BareFrame,
  hot: FunctionRef<readonly ['i32', 'i64'], undefined>,
  { threshold, sampling }: HotOptions,
): Stmt => {
  const { ip } = frame;
  const counter = i32.and(i32.shrU(get(ip), i32.const(2)), i32.const(HOT_COUNTER_MASK));
  const jumps = i32.load(counter, HOT_COUNTERS);
  const count = seq(
    i32.store(counter, i32.add(jumps, i32.const(1)), HOT_COUNTERS),
    when(
      i32.geU(jumps, i32.const(threshold)),
      seq(
        i32.store(counter, i32.const(0), HOT_COUNTERS),
        synchronise(frame),
        callVoid(hot, get(ip), pcOf(frame)),
        set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      ),
    ),
  );
  if (sampling === 1) return count;
  return unlikely(i32.eqz(i32.and(get(frame.remaining), i32.const(sampling - 1))), count);
};
