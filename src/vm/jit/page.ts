/**
 * The code of one page, cut into intervals: sets of blocks with one entry in which every cycle goes through
 * that entry (Allen and Cocke, "A program data flow analysis procedure", 1976). Each becomes a function, so
 * that registers are locals in innermost loops, and every block is translated once. What was decoded is taken, for it ran, as
 * far as places lead there that control was seen to come to often.
 */
import { defined } from '../../base/assert.ts';
import { type Decoded, decode, lengthOf } from '../isa/decoder.ts';
import {
  type ControlFlow,
  MAX_BLOCK_INSTRUCTIONS,
  type RegionInstruction,
  controlFlowOf,
} from './control-flow.ts';
import type { CodeBlock } from './graph-code.ts';

const PAGE = 4096;
/** V8's second tier takes longer than in proportion for longer functions. */
const MAX_INTERVAL_INSTRUCTIONS = 192;

/** Where a page's code comes from. */
export interface PageSource {
  /** The 16 bits at an offset. */
  halfword(offset: number): number;
  /** True when the interpreter has decoded an instruction that begins at this offset. */
  isDecoded(offset: number): boolean;
  /** Offsets where control was seen to come from elsewhere. */
  readonly entries: readonly number[];
}

/** The first block is the entry. */
export type Interval = readonly CodeBlock[];

class PageBuilder {
  readonly #source: PageSource;
  /** What the entries lead to. */
  readonly #decoded = new Map<number, Decoded>();
  /** Where control comes from other blocks of the page. */
  readonly #starts = new Set<number>();
  /** Where it comes from elsewhere. */
  readonly #outside = new Set<number>();
  readonly #blocks = new Map<number, CodeBlock>();
  readonly #predecessors = new Map<number, Set<number>>();

  constructor(source: PageSource) {
    this.#source = source;
  }

  build(): readonly Interval[] {
    this.#reach();
    this.#cutBlocks();
    for (const block of this.#blocks.values())
      for (const to of this.#successors(block))
        this.#predecessors.set(
          to,
          (this.#predecessors.get(to) ?? new Set<number>()).add(block.start),
        );
    return this.#intervals();
  }

  /** The instruction at an offset; undefined where the interpreter must do it. */
  #decodeAt(offset: number): Decoded | undefined {
    if (offset < 0 || offset >= PAGE || !this.#source.isDecoded(offset)) return undefined;
    const lower = this.#source.halfword(offset);
    if (lengthOf(lower) === 2) return decode(lower);
    // An instruction that crosses into another page is the interpreter's.
    if (offset === PAGE - 2) return undefined;
    return decode((this.#source.halfword(offset + 2) << 16) | lower);
  }

  /** Follows control from the entries, and finds where blocks begin. What nothing leads to ran, but seldom. */
  #reach(): void {
    for (const offset of this.#source.entries) this.#outside.add(offset);
    const waiting = [...this.#outside];
    for (const start of waiting) {
      const end = this.#follow(start);
      if (end) waiting.push(...this.#note(end));
    }
  }

  /** Takes what runs from `start` on, up to what has been taken; gives how it ends. */
  #follow(start: number): ControlFlow | undefined {
    let before: RegionInstruction | undefined;
    for (let offset = start; !this.#decoded.has(offset);) {
      const decoded = this.#decodeAt(offset);
      if (!decoded) return undefined;
      this.#decoded.set(offset, decoded);
      const end = controlFlowOf(offset, decoded, before);
      if (end) return end;
      before = { offset, decoded };
      offset += decoded.length;
    }
    return undefined;
  }

  /** Notes where blocks begin behind this end of one; gives these places. */
  #note(end: ControlFlow): readonly number[] {
    const inside: number[] = [];
    const outside: number[] = [];
    if (end.kind === 'branch') inside.push(end.taken, end.next);
    if (end.kind === 'jump') inside.push(end.target);
    if (end.kind === 'leave') outside.push(end.next);
    if ((end.kind === 'jump' || end.kind === 'indirect') && end.returnTo !== undefined) {
      // A call: control comes back, and the function may be called from elsewhere, too.
      outside.push(end.returnTo);
      if (end.kind === 'jump') outside.push(end.target);
    }
    for (const offset of inside) this.#starts.add(offset);
    for (const offset of outside) this.#outside.add(offset);
    return [...inside, ...outside];
  }

  #cutBlocks(): void {
    const waiting = [...this.#starts, ...this.#outside].filter((at) => this.#decoded.has(at));
    for (const start of waiting) {
      if (this.#blocks.has(start)) continue;
      const block = this.#blockAt(start);
      this.#blocks.set(start, block);
      // Where a long block was cut another one begins.
      if (block.end.kind === 'next' && this.#decoded.has(block.end.next))
        waiting.push(block.end.next);
    }
  }

  #blockAt(start: number): CodeBlock {
    const instructions: RegionInstruction[] = [];
    for (let offset = start; ;) {
      const decoded = this.#decoded.get(offset);
      const isOther = offset !== start && (this.#starts.has(offset) || this.#outside.has(offset));
      if (!decoded || isOther || instructions.length >= MAX_BLOCK_INSTRUCTIONS)
        return { start, instructions, end: { kind: 'next', next: offset } };
      const before = instructions.at(-1);
      instructions.push({ offset, decoded });
      const end = controlFlowOf(offset, decoded, before);
      if (end) return { start, instructions, end };
      offset += decoded.length;
    }
  }

  /** Where control goes inside the page. */
  #successors({ end }: CodeBlock): readonly number[] {
    const all =
      end.kind === 'branch'
        ? [end.next, end.taken]
        : end.kind === 'next'
          ? [end.next]
          : end.kind === 'jump'
            ? [end.target]
            : [];
    return all.filter((offset) => this.#blocks.has(offset));
  }

  #intervals(): readonly Interval[] {
    const intervals: Interval[] = [];
    const taken = new Set<number>();
    const headers = [...this.#outside].filter((at) => this.#blocks.has(at));
    const isHeader = new Set(headers);
    const header = (start: number): void => {
      if (isHeader.has(start) || taken.has(start)) return;
      isHeader.add(start);
      headers.push(start);
    };
    const take = (): void => {
      for (const start of headers.splice(0)) {
        const interval = this.#interval(start, (at) => isHeader.has(at) || taken.has(at));
        for (const block of interval) taken.add(block.start);
        intervals.push(interval);
        for (const block of interval) this.#successors(block).forEach(header);
      }
    };
    while (headers.length > 0) take();
    return intervals;
  }

  /** All blocks that control reaches through `start` alone. */
  #interval(start: number, isTaken: (start: number) => boolean): Interval {
    const members = new Set([start]);
    let size = this.#block(start).instructions.length;
    const waiting = [start];
    for (const at of waiting) {
      for (const to of this.#successors(this.#block(at))) {
        if (members.has(to) || isTaken(to)) continue;
        const { length } = this.#block(to).instructions;
        const isInside = [...(this.#predecessors.get(to) ?? [])].every((p) => members.has(p));
        if (!isInside || size + length > MAX_INTERVAL_INSTRUCTIONS) continue;
        size += length;
        members.add(to);
        waiting.push(to);
      }
    }
    return [...members].map((at) => this.#block(at));
  }

  #block(start: number): CodeBlock {
    return defined(this.#blocks.get(start), 'block');
  }
}

/** Cuts what was decoded of a page into intervals, in no particular order. */
export const formPage = (source: PageSource): readonly Interval[] =>
  new PageBuilder(source).build();
