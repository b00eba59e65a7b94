/** One WebAssembly function for a graph of basic blocks: what the translations of regions and of pages have in common. */
import { defined } from '../../base/assert.ts';
import type { I64, Stmt } from '../wasm/ast.ts';
import { get, local, madeFrom, nothing, seq, set, unlikely } from '../wasm/ast.ts';
import { i32 } from '../wasm/ops.ts';
import {
  InstructionContext,
  type InstructionPlace,
  type RegionFrame,
  addressOf,
  leaveAt,
  saveRegisters,
} from './context.ts';
import { type ControlFlow, accessesCsr } from './control-flow.ts';
import { type RegisterUse, longestPaths, placeLoads } from './flow.ts';
import type { FlowGraph } from './graph.ts';
import type { RegionInstruction } from './control-flow.ts';
import { type NearAccess, nearAccesses } from './near-accesses.ts';
import { structure } from './structure.ts';

/** A basic block. Offsets are bytes from the start of a page: see `pageBase` of the frame. */
export interface CodeBlock {
  readonly start: number;
  readonly instructions: readonly RegionInstruction[];
  /** How the block ends. */
  readonly end: ControlFlow;
}

/** Goes to another node of the graph. */
export type GoTo = (node: number) => Stmt;

export interface GraphCodeOptions {
  readonly frame: RegionFrame;
  readonly graph: FlowGraph;
  readonly blockOf: (node: number) => CodeBlock;
  /** Goes on at an offset, inside the graph or out of it. */
  readonly edge: (from: number, offset: number, goTo: GoTo) => Stmt;
  /** Whether control hardly ever goes there. */
  readonly isRare: (from: number, offset: number) => boolean;
  /** Goes on at a computed address. */
  readonly computed: (from: number, target: I64, goTo: GoTo) => Stmt;
}

export class GraphCode {
  /** The blocks; control does not fall out of it. */
  readonly body: Stmt;
  /** What comes before the body: loads registers. */
  readonly loadRegisters: Stmt;
  /** Instructions that must be left in the slice for the code to do anything. */
  readonly entryCost: number;
  readonly #options: GraphCodeOptions;
  /** Per node: instructions that must be left in the slice, where that is looked at. */
  readonly #need: readonly (number | undefined)[];
  readonly #near: ReturnType<typeof nearAccesses>;
  readonly #usesX: RegisterUse[] = [];
  readonly #usesF: RegisterUse[] = [];
  /** Per node: loads of registers, filled in once it is known where each is needed. */
  readonly #loads: Stmt[][] = [];

  constructor(options: GraphCodeOptions) {
    this.#options = options;
    const { frame, graph, blockOf } = options;
    this.#need = longestPaths(graph, (node) => blockOf(node).instructions.length);
    this.#near = nearAccesses(graph, (node) => blockOf(node).instructions);
    this.entryCost = this.#need[0] ?? 0;
    this.body = structure(graph, (node, goTo) => this.#block(node, goTo), local('i32', 'state'));
    // Only now is it known which registers are read before they are written.
    placeLoads(graph, this.#usesX).forEach((registers, node) => {
      this.#loadsOf(node).push(frame.x.load(registers));
    });
    placeLoads(graph, this.#usesF).forEach((registers, node) => {
      this.#loadsOf(node).push(frame.f.load(registers));
    });
    this.loadRegisters = { kind: 'seq', body: this.#loadsOf(0) };
  }

  /** Notes what a block did with registers, once it has named all it will: behind come other blocks. */
  #closeUses(node: number): void {
    const { frame } = this.#options;
    this.#usesX[node] ??= frame.x.nextBlock();
    this.#usesF[node] ??= frame.f.nextBlock();
  }

  #loadsOf(node: number): Stmt[] {
    return (this.#loads[node] ??= []);
  }

  #block(node: number, follow: GoTo): Stmt {
    const { frame, blockOf, edge, computed } = this.#options;
    const from = blockOf(node);
    const goTo: GoTo = (successor) => {
      this.#closeUses(node);
      return follow(successor);
    };
    const goToOffset = (offset: number): Stmt => edge(node, offset, goTo);
    const goToAddress = (target: I64): Stmt =>
      from.end.kind === 'jump' ? goToOffset(from.end.target) : computed(node, target, goTo);
    const isRare = (offset: number): boolean => this.#options.isRare(node, offset);
    const near = this.#near[node];
    const parts = this.#instructions(from, near, { goTo: goToOffset, isRare, goToAddress });
    const end = this.#end(from, goToOffset);
    this.#closeUses(node);
    // The first node may be a loop's: its loads come before the loop.
    const loads: Stmt = node === 0 ? nothing : { kind: 'seq', body: this.#loadsOf(node) };
    return madeFrom(from, this.#count(frame, from, this.#need[node]), loads, ...parts, end);
  }

  #count(frame: RegionFrame, from: CodeBlock, need: number | undefined): Stmt {
    const isShort =
      need === undefined
        ? nothing
        : unlikely(
            i32.ltS(get(frame.remaining), i32.const(need)),
            leaveAt(frame, addressOf(frame, from.start)),
          );
    const cost = i32.const(from.instructions.length);
    return seq(isShort, set(frame.remaining, i32.sub(get(frame.remaining), cost)));
  }

  #instructions(
    from: CodeBlock,
    near: ReadonlyMap<number, NearAccess> | undefined,
    ways: Pick<InstructionPlace, 'goTo' | 'isRare' | 'goToAddress'>,
  ): Stmt[] {
    const { frame } = this.#options;
    const nothingFound = { floatEnabled: false, roundedByHost: false };
    Object.assign(frame.found, nothingFound);
    return from.instructions.map((instruction, index) => {
      const following = from.instructions.length - 1 - index;
      const context = new InstructionContext(frame, {
        ...{ instruction, following, near: near?.get(index), ...ways },
      });
      const { extension, semantics } = instruction.decoded.instruction;
      const needsFloat = extension === 'F' || extension === 'D';
      const ready = needsFloat ? context.enableFloat() : nothing;
      // Nothing else switches floating point off inside a block, or changes how it rounds.
      if (accessesCsr(instruction.decoded)) Object.assign(frame.found, nothingFound);
      const effect = semantics(context);
      return madeFrom(instruction, ready, effect, context.afterLeaves());
    });
  }

  #end({ end }: CodeBlock, goToOffset: (offset: number) => Stmt): Stmt {
    const { frame } = this.#options;
    switch (end.kind) {
      case 'next':
        return seq(saveRegisters(frame), goToOffset(end.next));
      case 'leave':
        return seq(saveRegisters(frame), leaveAt(frame, addressOf(frame, end.next)));
      case 'branch':
      case 'jump':
      case 'indirect':
        // The instruction itself has gone on.
        return nothing;
    }
  }
}

/** The block of a node, for graphs whose nodes carry the numbers of blocks. */
export const blockByNode =
  <B extends CodeBlock>(graph: FlowGraph, blocks: readonly B[]) =>
  (node: number): B =>
    defined(blocks[defined(graph.nodes[node], 'node')], 'block');
