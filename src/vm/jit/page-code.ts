/**
 * Makes a module of a page's code: one WebAssembly function an interval. Control goes from one to another by
 * a tail call, and to other pages by returning to the engine.
 */
import { defined } from '../../base/assert.ts';
import { CPU_DATA_BANK, CPU_PC, CPU_REMAINING, REGION_BASE } from '../layout.ts';
import type { FunctionRef, Stmt } from '../wasm/ast.ts';
import { get, local, returnCall, seq, set, switchOf } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { addressOf, leaveAt } from './context.ts';
import { flowGraph } from './graph.ts';
import { GraphCode, blockByNode } from './graph-code.ts';
import { TranslatedModule } from './module-frame.ts';
import type { Interval } from './page.ts';
import {
  ENTER,
  type TranslatedCode,
  type TranslatedEntry,
  translatedEntry,
} from './region-code.ts';

const ZERO = i32.const(0);
const PAGE_MASK = i64.const(-4096n);

type IntervalFunction = FunctionRef<readonly ['i32', 'i32', 'i64'], undefined>;

class PageTranslator {
  readonly #intervals: readonly Interval[];
  readonly #made = new TranslatedModule();
  /** By the offset of the interval's entry. */
  readonly #functions: ReadonlyMap<number, IntervalFunction>;

  constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
    const { module, parameters } = this.#made;
    this.#functions = new Map(
      intervals.map((interval) => {
        const { start } = defined(interval[0], 'entry');
        return [start, module.declareFunction(`at_${start}`, parameters, undefined)];
      }),
    );
  }

  translate(): TranslatedCode {
    const { module } = this.#made;
    const entries = this.#intervals.map((interval) => this.#translate(interval));
    const index = local('i32', 'entry');
    module.exportFunction(
      module.defineFunction(ENTER, [index], undefined, this.#enter(get(index))),
    );
    return { bytes: module.encode(), entries, functions: module.functions };
  }

  #translate(interval: Interval): TranslatedEntry {
    const frame = this.#made.frame();
    const numbers = new Map(interval.map(({ start }, number) => [start, number]));
    const graph = flowGraph(0, (number) => {
      const { end } = defined(interval[number], 'block');
      const offsets =
        end.kind === 'branch'
          ? [end.next, end.taken]
          : end.kind === 'next'
            ? [end.next]
            : end.kind === 'jump'
              ? [end.target]
              : [];
      return [...new Set(offsets)].flatMap((offset) => numbers.get(offset) ?? []);
    });
    const code = new GraphCode({
      frame,
      graph,
      blockOf: blockByNode(graph, interval),
      edge: (_from, offset, goTo) => {
        const number = numbers.get(offset);
        if (number !== undefined) return goTo(defined(graph.numberOf.get(number), 'node'));
        return this.#goTo(offset) ?? leaveAt(frame, addressOf(frame, offset));
      },
      isRare: () => false,
      computed: (_from, target) => leaveAt(frame, target),
    });
    const { start } = defined(interval[0], 'entry');
    const ref = defined(this.#functions.get(start), 'function');
    this.#made.module.setBody(ref, seq(code.loadRegisters, code.body));
    return translatedEntry(start, code.entryCost);
  }

  /** Goes on in another interval of the page; undefined if none begins there. */
  #goTo(offset: number): Stmt | undefined {
    const callee = this.#functions.get(offset);
    const [remaining, dataBank, pageBase] = this.#made.parameters;
    return callee && returnCall(callee, get(remaining), get(dataBank), get(pageBase));
  }

  #enter(index: ReturnType<typeof i32.const>): Stmt {
    const base = local('i64', 'base');
    const cases = [...this.#functions.values()].map((callee) =>
      returnCall(callee, i32.load(ZERO, CPU_REMAINING), i32.load(ZERO, CPU_DATA_BANK), get(base)),
    );
    return seq(
      set(base, i64.and(i64.load(ZERO, CPU_PC), PAGE_MASK)),
      i64.store(ZERO, get(base), REGION_BASE),
      switchOf(index, cases, { kind: 'unreachable' }),
    );
  }
}

/** Translates what {@link formPage} made of a page. */
export const translatePage = (intervals: readonly Interval[]): TranslatedCode =>
  new PageTranslator(intervals).translate();
