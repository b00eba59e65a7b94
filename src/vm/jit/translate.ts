/** Makes one WebAssembly function of a region. */
import { ScratchLocals } from '../cpu/access.ts';
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
  TLB_FETCH,
  TLB_OFFSET_MASK,
  X_REGISTERS,
} from '../layout.ts';
import type { FunctionRef, I64, Stmt } from '../wasm/ast.ts';
import { block, get, label, local, nothing, seq, set, when } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { i32, i64 } from '../wasm/ops.ts';
import { RegisterLocals, type RegionFrame, addressOf, leaveAt, regionContext } from './context.ts';
import { type FlowGraph, flowGraph } from './graph.ts';
import type { Block, Region } from './region.ts';
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
/** In-region return points that a `ret` is compared with. */
const MAX_RETURN_GUESSES = 4;

const pageDistance = (offset: number): number => Math.floor(offset / PAGE);

class RegionTranslator {
  readonly #region: Region;
  readonly #recordsOf: RecordsOf;
  readonly #module = new ModuleBuilder();
  readonly #leaves = new Map<LeafName, FunctionRef>();
  readonly #frame: RegionFrame;
  readonly #graph: FlowGraph;

  constructor(region: Region, recordsOf: RecordsOf) {
    this.#region = region;
    this.#recordsOf = recordsOf;
    this.#graph = flowGraph(region.entry, (start) => region.blocks.get(start)?.successors ?? []);
    this.#frame = {
      x: new RegisterLocals('x'),
      f: new RegisterLocals('f'),
      remaining: local('i32', 'remaining'),
      dataBank: local('i32', 'data_bank'),
      pageBase: local('i64', 'page_base'),
      pc: local('i64', 'pc'),
      exit: label('exit'),
      redirected: label('redirected'),
      scratch: new ScratchLocals(),
      leaf: (name) => this.#leaf(name),
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
    const frame = this.#frame;
    const state = local('i32', 'state');
    const body = structure(
      this.#graph,
      (node, goTo) => this.#block(this.#blockOf(node), goTo),
      state,
    );
    const run = this.#module.defineFunction(
      'region',
      [],
      undefined,
      seq(
        this.#enter(),
        block(
          frame.redirected,
          block(frame.exit, body),
          i64.store(ZERO, get(frame.pc), CPU_PC),
          i32.store(ZERO, get(frame.remaining), CPU_REMAINING),
        ),
        this.#writeBack(frame.x, X_REGISTERS),
        this.#writeBack(frame.f, F_REGISTERS),
      ),
    );
    this.#module.exportFunction(run);
    return { bytes: this.#module.encode(), entryCost: this.#blockOf(0).instructions.length };
  }

  #blockOf(node: number): Block {
    const start = this.#graph.nodes[node] ?? this.#region.entry;
    const found = this.#region.blocks.get(start);
    if (!found) throw new RangeError(`no block at ${start}`);
    return found;
  }

  /** Registers into locals. Built last: only then is it known which are used. */
  #enter(): Stmt {
    const { frame, entry } = { frame: this.#frame, entry: this.#region.entry };
    const loadAll = (file: RegisterLocals, base: number): Stmt =>
      seq(
        ...[...file.used].map(([register, variable]) =>
          set(variable, i64.load(ZERO, base + 8 * register)),
        ),
      );
    return seq(
      set(frame.pageBase, i64.sub(i64.load(ZERO, CPU_PC), i64.const(entry))),
      set(frame.remaining, i32.load(ZERO, CPU_REMAINING)),
      set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)),
      loadAll(frame.x, X_REGISTERS),
      loadAll(frame.f, F_REGISTERS),
    );
  }

  #writeBack(file: RegisterLocals, base: number): Stmt {
    return seq(
      ...[...file.written].map((register) =>
        i64.store(ZERO, file.read(register), base + 8 * register),
      ),
    );
  }

  #block(blockToEmit: Block, goTo: (successor: number) => Stmt): Stmt {
    const frame = this.#frame;
    const cost = blockToEmit.instructions.length;
    const count = seq(
      when(
        i32.ltS(get(frame.remaining), i32.const(cost)),
        leaveAt(frame, addressOf(frame, blockToEmit.start)),
      ),
      set(frame.remaining, i32.sub(get(frame.remaining), i32.const(cost))),
    );
    const goToOffset = (offset: number): Stmt => this.#edge(blockToEmit, offset, goTo);
    let floatChecked = false;
    const parts = blockToEmit.instructions.map((instruction, index) => {
      const { context, afterLeaves } = regionContext(frame, {
        instruction,
        following: cost - 1 - index,
        goTo: goToOffset,
        goToAddress: (target) => this.#indirect(blockToEmit, target, goTo),
      });
      const { extension, semantics } = instruction.decoded.instruction;
      const needsFloat = extension === 'F' || extension === 'D';
      // Inside a block nothing switches floating point off: what could ends the block.
      const enable = needsFloat && !floatChecked;
      if (needsFloat) floatChecked = true;
      const ready = enable
        ? when(
            i32.eqz(i32.load(ZERO, CPU_FP_READY)),
            context.leaf('fp_enable', [], () => nothing),
          )
        : nothing;
      const effect = semantics(context);
      return seq(ready, effect, afterLeaves());
    });
    return seq(count, ...parts, this.#end(blockToEmit, goToOffset));
  }

  #end(ended: Block, goToOffset: (offset: number) => Stmt): Stmt {
    const { terminator } = ended;
    switch (terminator.kind) {
      case 'next':
        return goToOffset(terminator.next);
      case 'leave':
        return leaveAt(this.#frame, addressOf(this.#frame, terminator.next));
      case 'branch':
      case 'jump':
      case 'indirect':
        // The instruction itself has gone on.
        return nothing;
    }
  }

  /** Goes to another block of the region, or leaves it. */
  #edge(from: Block, offset: number, goTo: (successor: number) => Stmt): Stmt {
    const frame = this.#frame;
    const node = this.#graph.numberOf.get(offset);
    if (node === undefined || !from.successors.includes(offset))
      return leaveAt(frame, addressOf(frame, offset));
    const distance = pageDistance(offset);
    if (distance === pageDistance(from.start)) return goTo(node);
    return seq(this.#checkPage(distance, offset), goTo(node));
  }

  /**
   * Control enters another page: it must still be the one that was translated. The fetch TLB knows;
   * if it has no entry, the interpreter will fetch.
   */
  #checkPage(distance: number, offset: number): Stmt {
    const frame = this.#frame;
    const ramPage = this.#region.pages.get(distance);
    if (ramPage === undefined) return leaveAt(frame, addressOf(frame, offset));
    const page = addressOf(frame, distance * PAGE);
    const leave = leaveAt(frame, addressOf(frame, offset));
    return frame.scratch.lend('i32', (entry) =>
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
      ),
    );
  }

  /** A computed jump: the region's return points are tried first. */
  #indirect(from: Block, target: I64, goTo: (successor: number) => Stmt): Stmt {
    const frame = this.#frame;
    return frame.scratch.bind(target, (address) =>
      seq(
        ...from.successors
          .slice(0, MAX_RETURN_GUESSES)
          .map((offset) =>
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
