/** Makes one WebAssembly function of a region. */
import { defined } from '../../base/assert.ts';
import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_PC,
  CPU_REMAINING,
  REGION_BASE,
  TLB_FETCH,
  TLB_OFFSET_MASK,
} from '../layout.ts';
import type { I64, Stmt } from '../wasm/ast.ts';
import { get, likely, local, nothing, seq, set, unlikely, when } from '../wasm/ast.ts';
import type { DefinedFunction } from '../wasm/module.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { type RegionFrame, addressOf, leaveAt } from './context.ts';
import { type FlowGraph, flowGraph } from './graph.ts';
import { GraphCode, type GoTo, blockByNode } from './graph-code.ts';
import { TranslatedModule } from './module-frame.ts';
import { type Block, type Region, pageOf } from './region.ts';

/**
 * A place where translated code can be entered, as one number, because tens of thousands are kept: its offset
 * in its page, and how many instructions must be left in the slice for the code to do anything (16 bits each).
 */
export type TranslatedEntry = number;

export const translatedEntry = (offset: number, cost: number): TranslatedEntry =>
  cost * 0x10000 + offset;
export const offsetOf = (entry: TranslatedEntry): number => entry & 0xffff;
export const costOf = (entry: TranslatedEntry): number => Math.floor(entry / 0x10000);

export interface Translation {
  /** A module that exports `enter`, a function of the entry's number. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly entries: readonly TranslatedEntry[];
}

/** A translation with what it was encoded from, for whoever explains it. */
export interface TranslatedCode extends Translation {
  readonly functions: readonly DefinedFunction[];
}

/** What of a region is needed to translate it. */
export type RegionShape = Pick<Region, 'blocks' | 'pages'>;

/** Address of record 0 of a page: what the fetch TLB must say for the page to be the one translated. */
export type RecordsOf = (ramPage: number) => number;

export const ENTER = 'enter';

const ZERO = i32.const(0);
const PAGE = 4096;

class RegionTranslator {
  readonly #region: RegionShape;
  readonly #recordsOf: RecordsOf;
  readonly #made = new TranslatedModule();
  /** The module's first function: others are defined while its body is made. */
  readonly #function = this.#made.module.declareFunction(ENTER, [local('i32', 'entry')], undefined);
  readonly #frame: RegionFrame;
  readonly #graph: FlowGraph;
  readonly #blockOf: (node: number) => Block;
  /** One bit per page of the region: control has been in it, and found it unchanged. */
  readonly #checkedPages = local('i32', 'checked_pages');

  constructor(region: RegionShape, recordsOf: RecordsOf) {
    this.#region = region;
    this.#recordsOf = recordsOf;
    this.#graph = flowGraph(0, (index) => [
      ...new Set(region.blocks[index]?.successors.values() ?? []),
    ]);
    this.#blockOf = blockByNode(this.#graph, region.blocks);
    this.#frame = this.#made.frame();
  }

  translate(): TranslatedCode {
    const code = new GraphCode({
      frame: this.#frame,
      graph: this.#graph,
      blockOf: this.#blockOf,
      edge: (from, offset, goTo) => this.#edge(from, offset, goTo),
      // What was not seen while the place was watched is not in the region.
      isRare: (from, offset) => !this.#blockOf(from).successors.has(offset),
      computed: (from, target, goTo) => this.#computed(from, target, goTo),
    });
    const { module } = this.#made;
    module.setBody(this.#function, seq(this.#enter(), code.loadRegisters, code.body));
    module.exportFunction(this.#function);
    const entries = [translatedEntry(this.#blockOf(0).start, code.entryCost)];
    return { bytes: module.encode(), entries, functions: module.functions };
  }

  #enter(): Stmt {
    const { pageBase, remaining, dataBank } = this.#frame;
    const offset = i64.const(this.#blockOf(0).start);
    return seq(
      set(pageBase, i64.sub(i64.load(ZERO, CPU_PC), offset)),
      i64.store(ZERO, get(pageBase), REGION_BASE),
      set(remaining, i32.load(ZERO, CPU_REMAINING)),
      set(dataBank, i32.load(ZERO, CPU_DATA_BANK)),
    );
  }

  /** Goes to another block of the region, or leaves it. */
  #edge(from: number, offset: number, goTo: GoTo): Stmt {
    const index = this.#blockOf(from).successors.get(offset);
    if (index === undefined) return leaveAt(this.#frame, addressOf(this.#frame, offset));
    const node = defined(this.#graph.numberOf.get(index), 'successor');
    const distance = pageOf(offset);
    if (this.#isChecked(from, distance)) return goTo(node);
    return seq(this.#checkPage(distance, offset), goTo(node));
  }

  /** True when control has been in this page on every way to the node. */
  #isChecked(node: number, distance: number): boolean {
    for (let at = node; ; at = defined(this.#graph.dominator[at], 'dominator')) {
      if (pageOf(this.#blockOf(at).start) === distance) return true;
      if (at === 0) return false;
    }
  }

  /**
   * Control enters another page: it must still be the one that was translated. The fetch TLB knows;
   * if it has no entry, the interpreter will fetch. What changes pages leaves the region, so once is enough.
   */
  #checkPage(distance: number, offset: number): Stmt {
    const frame = this.#frame;
    const checkedPages = this.#checkedPages;
    const ramPage = defined(this.#region.pages.get(distance), 'page of a block');
    const bit = i32.const(1 << [...this.#region.pages.keys()].indexOf(distance));
    const page = addressOf(frame, distance * PAGE);
    const leave = leaveAt(frame, addressOf(frame, offset));
    const check = frame.scratch.lend('i32', (entry) =>
      seq(
        set(
          entry,
          i32.add(
            i32.load(ZERO, CPU_FETCH_BANK),
            i32.and(i32.wrapI64(i64.shrU(page, i64.const(8))), i32.const(TLB_OFFSET_MASK)),
          ),
        ),
        unlikely(i64.ne(i64.load(get(entry), TLB_FETCH), page), leave),
        unlikely(
          i32.ne(i32.load(get(entry), TLB_FETCH + 8), i32.const(this.#recordsOf(ramPage))),
          leave,
        ),
        set(checkedPages, i32.or(get(checkedPages), bit)),
      ),
    );
    return unlikely(i32.eqz(i32.and(get(checkedPages), bit)), check);
  }

  /** A computed jump: the targets that were seen are tried first. */
  #computed(from: number, target: I64, goTo: GoTo): Stmt {
    const frame = this.#frame;
    const seen = [...this.#blockOf(from).successors.keys()];
    return frame.scratch.bind(target, (address) =>
      seq(
        ...seen.map((offset, index) => {
          const isTarget = i64.eq(address, addressOf(frame, offset));
          const go = this.#edge(from, offset, goTo);
          return index < seen.length - 1 ? when(isTarget, go) : likely(isTarget, go, nothing);
        }),
        leaveAt(frame, address),
      ),
    );
  }
}

/** Translates a region. */
export const translateRegion = (region: RegionShape, recordsOf: RecordsOf): TranslatedCode =>
  new RegionTranslator(region, recordsOf).translate();
