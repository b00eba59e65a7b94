/** Makes one WebAssembly function of a region. */
import { defined } from '../../base/assert.ts';
import { ScratchLocals } from '../cpu/access.ts';
import { floatContext } from '../cpu/leaf-calls.ts';
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import {
  LEAF_SIGNATURES,
  type LeafName,
  type LeafParams,
  type LeafResult,
} from '../isa/leaf-signatures.ts';
import {
  CPU_DATA_BANK,
  CPU_FETCH_BANK,
  CPU_FP_READY,
  CPU_PC,
  CPU_REMAINING,
  F_REGISTERS,
  REGION_BASE,
  TLB_FETCH,
  TLB_OFFSET_MASK,
  X_REGISTERS,
} from '../layout.ts';
import type { FunctionRef, I64, Stmt } from '../wasm/ast.ts';
import { get, local, nothing, seq, set, when } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { i32, i64 } from '../wasm/ops.ts';
import {
  InstructionContext,
  RegisterLocals,
  type RegionFrame,
  addressOf,
  leaveAt,
} from './context.ts';
import { type RegisterUse, liveAtEntry, longestPaths } from './flow.ts';
import { type FlowGraph, flowGraph } from './graph.ts';
import { accessesCsr } from './control-flow.ts';
import { type Block, type Region, pageOf } from './region.ts';
import { structure } from './structure.ts';

export interface Translation {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Instructions that must be left in the slice for the region to do anything. */
  readonly entryCost: number;
}

/** Address of record 0 of a page: what the fetch TLB must say for the page to be the one translated. */
export type RecordsOf = (ramPage: number) => number;

const ZERO = i32.const(0);
const PAGE = 4096;

class RegionTranslator {
  readonly #region: Region;
  readonly #recordsOf: RecordsOf;
  readonly #module = new ModuleBuilder();
  readonly #leaves = new Map<LeafName, FunctionRef>();
  readonly #frame: RegionFrame;
  readonly #graph: FlowGraph;
  /** Per node: instructions that must be left in the slice, where that is looked at. */
  readonly #need: readonly (number | undefined)[];
  readonly #usesX: RegisterUse[] = [];
  readonly #usesF: RegisterUse[] = [];

  constructor(region: Region, recordsOf: RecordsOf) {
    this.#region = region;
    this.#recordsOf = recordsOf;
    this.#graph = flowGraph(0, (index) => [
      ...new Set(region.blocks[index]?.successors.values() ?? []),
    ]);
    this.#need = longestPaths(this.#graph, (node) => this.#blockOf(node).instructions.length);
    this.#frame = {
      x: new RegisterLocals('x', X_REGISTERS),
      f: new RegisterLocals('f', F_REGISTERS),
      remaining: local('i32', 'remaining'),
      dataBank: local('i32', 'data_bank'),
      checkedPages: local('i32', 'checked_pages'),
      pageBase: local('i64', 'page_base'),
      scratch: new ScratchLocals(),
      leaf: (name) => this.#leaf(name),
      float: floatContext((name) => this.#leaf(name)),
    };
  }

  /** Imports a leaf when it is first named: modules stay small. */
  #leaf<N extends LeafName>(name: N): FunctionRef<LeafParams<N>, LeafResult<N>> {
    let ref = this.#leaves.get(name);
    if (!ref) {
      const { params, result } = LEAF_SIGNATURES[name];
      ref = this.#module.importFunction(LEAVES_MODULE, name, params, result);
      this.#leaves.set(name, ref);
    }
    return ref as FunctionRef<LeafParams<N>, LeafResult<N>>;
  }

  translate(): Translation {
    const state = local('i32', 'state');
    const body = structure(this.#graph, (node, goTo) => this.#block(node, goTo), state);
    const run = this.#module.defineFunction('region', [], undefined, seq(this.#enter(), body));
    this.#module.exportFunction(run);
    return { bytes: this.#module.encode(), entryCost: this.#need[0] ?? 0 };
  }

  #blockOf(node: number): Block {
    const index = defined(this.#graph.nodes[node], 'node');
    return defined(this.#region.blocks[index], 'block');
  }

  /** Fills the locals. Built last: only then is it known which registers are read before they are written. */
  #enter(): Stmt {
    const frame = this.#frame;
    const base = get(frame.pageBase);
    const offset = i64.const(this.#blockOf(0).start);
    return seq(
      set(frame.pageBase, i64.sub(i64.load(ZERO, CPU_PC), offset)),
      i64.store(ZERO, base, REGION_BASE),
      set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
      frame.x.load(liveAtEntry(this.#graph, this.#usesX)),
      frame.f.load(liveAtEntry(this.#graph, this.#usesF)),
    );
  }

  /** Notes what a block did with registers, once it has named all it will: behind come other blocks. */
  #closeUses(node: number): void {
    this.#usesX[node] ??= this.#frame.x.nextBlock();
    this.#usesF[node] ??= this.#frame.f.nextBlock();
  }

  #block(node: number, follow: (successor: number) => Stmt): Stmt {
    const frame = this.#frame;
    const from = this.#blockOf(node);
    const goTo = (successor: number): Stmt => {
      this.#closeUses(node);
      return follow(successor);
    };
    const cost = from.instructions.length;
    const need = this.#need[node];
    const count = seq(
      need === undefined
        ? nothing
        : when(
            i32.ltS(get(frame.remaining), i32.const(need)),
            leaveAt(frame, addressOf(frame, from.start)),
          ),
      set(frame.remaining, i32.sub(get(frame.remaining), i32.const(cost))),
    );
    const goToOffset = (offset: number): Stmt => this.#edge(node, offset, goTo);
    const goToAddress = (target: I64): Stmt =>
      from.end.kind === 'jump' ? goToOffset(from.end.target) : this.#computed(node, target, goTo);
    let floatChecked = false;
    const parts = from.instructions.map((instruction, index) => {
      const following = cost - 1 - index;
      const place = { instruction, following, goTo: goToOffset, goToAddress };
      const context = new InstructionContext(frame, place);
      const { extension, semantics } = instruction.decoded.instruction;
      const needsFloat = extension === 'F' || extension === 'D';
      // Nothing but a CSR switches floating point off inside a block.
      const enable = needsFloat && !floatChecked;
      floatChecked = (floatChecked || needsFloat) && !accessesCsr(instruction.decoded);
      const ready = enable
        ? when(
            i32.eqz(i32.load(ZERO, CPU_FP_READY)),
            context.leaf('fp_enable', [], () => nothing),
          )
        : nothing;
      const effect = semantics(context);
      return seq(ready, effect, context.afterLeaves());
    });
    const end = this.#end(from, goToOffset);
    this.#closeUses(node);
    return seq(count, ...parts, end);
  }

  #end(ended: Block, goToOffset: (offset: number) => Stmt): Stmt {
    const { end } = ended;
    switch (end.kind) {
      case 'next':
        return goToOffset(end.next);
      case 'leave':
        return leaveAt(this.#frame, addressOf(this.#frame, end.next));
      case 'branch':
      case 'jump':
      case 'indirect':
        // The instruction itself has gone on.
        return nothing;
    }
  }

  /** Goes to another block of the region, or leaves it. */
  #edge(from: number, offset: number, goTo: (successor: number) => Stmt): Stmt {
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
        when(i64.ne(i64.load(get(entry), TLB_FETCH), page), leave),
        when(
          i32.ne(i32.load(get(entry), TLB_FETCH + 8), i32.const(this.#recordsOf(ramPage))),
          leave,
        ),
        set(frame.checkedPages, i32.or(get(frame.checkedPages), bit)),
      ),
    );
    return when(i32.eqz(i32.and(get(frame.checkedPages), bit)), check);
  }

  /** A computed jump: the targets that were seen are tried first. */
  #computed(from: number, target: I64, goTo: (successor: number) => Stmt): Stmt {
    const frame = this.#frame;
    return frame.scratch.bind(target, (address) =>
      seq(
        ...[...this.#blockOf(from).successors.keys()].map((offset) =>
          when(i64.eq(address, addressOf(frame, offset)), this.#edge(from, offset, goTo)),
        ),
        leaveAt(frame, address),
      ),
    );
  }
}

/** Translates a region. */
export const translate = (region: Region, recordsOf: RecordsOf): Translation =>
  new RegionTranslator(region, recordsOf).translate();
