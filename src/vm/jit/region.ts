/**
 * Regions: the basic blocks that control was seen to go through from a hot address, with the calls
 * between them, within a handful of pages. A region is what the translator makes one function of.
 *
 * A function that is called stands in the region once per place of call: its return then has one
 * likely target, and loops keep one entry. Blocks are taken in order of how often they ran.
 */
import { lengthOf, decode, type Decoded } from '../isa/decoder.ts';
import {
  type ControlFlow,
  MAX_BLOCK_INSTRUCTIONS,
  type RegionInstruction,
  controlFlowOf,
} from './control-flow.ts';
import type { CodeBlock } from './graph-code.ts';

export interface Block extends CodeBlock {
  /** Where control may go inside the region: block numbers by offset, likely ones first. */
  readonly successors: ReadonlyMap<number, number>;
}

export interface Region {
  /** The first one is the entry's; offset 0 is the start of its page. */
  readonly blocks: readonly Block[];
  /** The RAM page of each page touched, by its distance (in pages) from the entry's page. */
  readonly pages: ReadonlyMap<number, number>;
  readonly instructionCount: number;
  /** Instructions that ran in these blocks per visit of the entry, while it was watched. */
  readonly perVisit: number;
}

/** Where a region's code comes from. */
export interface CodeSource {
  /** The RAM page that lies `distance` pages from the entry's page in the address space; undefined if none. */
  pageAt(distance: number): number | undefined;
  /** The 16 bits at an offset in a RAM page. */
  halfword(page: number, offset: number): number;
  /** How often control came to this place while it was watched. */
  arrivals(offset: number): number;
  /** Where the computed jump at `offset` went while it was watched, most frequent first. */
  targets(offset: number): readonly number[];
}

const PAGE = 4096;
/** Nearer than offsets in the region's code reach. */
const MAX_DISTANCE = 2 ** 17;
/** Pages beside the entry's own. */
const MAX_PAGES = 6;
/** Calls within calls that are followed. */
const MAX_DEPTH = 5;
/** Likely targets that a computed jump is compared with. */
const MAX_TARGETS = 4;
/** A place visited less often than this part of the entry's visits is left out. */
const RARE = 1 / 24;

export const pageOf = (offset: number): number => Math.floor(offset / PAGE);

/** The chain of calls that led to a block, as far as it lies in the region. */
interface CallContext {
  readonly caller: CallContext | undefined;
  readonly depth: number;
  /** Where the function begins, and where it returns to in the caller's context. */
  readonly start: number;
  readonly returnTo: number;
  /** The part of the function's visits that came from here. */
  readonly share: number;
  /** Where blocks begin. */
  readonly leaders: Set<number>;
  readonly decoded: Map<number, Decoded>;
  readonly calls: Map<string, CallContext>;
}

interface Place {
  readonly context: CallContext;
  readonly offset: number;
  readonly weight: number;
}

const callContext = (
  caller: CallContext | undefined,
  start: number,
  returnTo: number,
  share: number,
): CallContext => ({
  caller,
  depth: caller ? caller.depth + 1 : 0,
  start,
  returnTo,
  share,
  leaders: new Set(),
  decoded: new Map(),
  calls: new Map(),
});

class RegionBuilder {
  readonly #source: CodeSource;
  readonly #pages = new Map<number, number>();
  readonly #root: CallContext;
  readonly #leaders: Place[] = [];
  readonly #candidates: Place[] = [];
  readonly #least: number;
  #instructions = 0;

  readonly #most: number;

  constructor(source: CodeSource, entry: number, most: number) {
    this.#source = source;
    this.#most = most;
    this.#root = callContext(undefined, entry, 0, 1);
    const visits = source.arrivals(entry);
    this.#least = visits * RARE;
    this.#candidates.push({ context: this.#root, offset: entry, weight: Math.max(visits, 1) });
  }

  build(): Region | undefined {
    for (let place = this.#heaviest(); place; place = this.#heaviest()) this.#take(place);
    const built = this.#leaders.map((place) => this.#blockAt(place));
    const numbers = new Map<CallContext, Map<number, number>>();
    let count = 0;
    let ran = 0;
    built.forEach((block, index) => {
      const place = this.#leaders[index];
      if (!block || !place) return;
      ran += place.weight * block.instructions.length;
      const known = numbers.get(place.context) ?? new Map<number, number>();
      numbers.set(place.context, known.set(place.offset, count++));
    });
    const blocks = built.flatMap((block, index): Block[] => {
      const place = this.#leaders[index];
      if (!block || !place) return [];
      const successors = new Map<number, number>();
      for (const { context, offset } of this.#successors(place, block.end, block.instructions)) {
        const number = numbers.get(context)?.get(offset);
        if (number !== undefined && !successors.has(offset)) successors.set(offset, number);
      }
      return [{ ...block, successors }];
    });
    if (!built[0]) return undefined;
    return {
      blocks,
      pages: this.#pages,
      instructionCount: this.#instructions,
      perVisit: ran / Math.max(1, this.#source.arrivals(this.#root.start)),
    };
  }

  #heaviest(): Place | undefined {
    if (this.#instructions >= this.#most) return undefined;
    let best = 0;
    this.#candidates.forEach((place, i) => {
      if (place.weight > (this.#candidates[best]?.weight ?? 0)) best = i;
    });
    return this.#candidates.splice(best, 1)[0];
  }

  /** Makes a place the start of a block, and its successors candidates. */
  #take(place: Place): void {
    const { context, offset } = place;
    if (context.leaders.has(offset)) return;
    context.leaders.add(offset);
    this.#leaders.push(place);
    if (context.decoded.has(offset)) return;
    const { instructions, end } = this.#decodeFrom(place);
    for (const successor of this.#successors(place, end, instructions)) {
      if (successor.weight > 0 && successor.weight >= this.#least) this.#candidates.push(successor);
    }
  }

  /** Decodes straight on to where control may leave, or to what the context has already. */
  #decodeFrom({ context, offset: start }: Place): {
    instructions: readonly RegionInstruction[];
    end: ControlFlow;
  } {
    const instructions: RegionInstruction[] = [];
    let offset = start;
    for (;;) {
      const full =
        instructions.length >= MAX_BLOCK_INSTRUCTIONS || pageOf(offset) !== pageOf(start);
      const decoded = full || context.decoded.has(offset) ? undefined : this.#decodeAt(offset);
      if (!decoded) return { instructions, end: { kind: 'next', next: offset } };
      context.decoded.set(offset, decoded);
      this.#instructions += 1;
      const before = instructions.at(-1);
      instructions.push({ offset, decoded });
      const end = controlFlowOf(offset, decoded, before);
      if (end) return { instructions, end };
      offset += decoded.length;
    }
  }

  #page(offset: number): number | undefined {
    const distance = pageOf(offset);
    const known = this.#pages.get(distance);
    if (known !== undefined) return known;
    if (this.#pages.size > MAX_PAGES || Math.abs(distance) > MAX_DISTANCE) return undefined;
    const page = this.#source.pageAt(distance);
    if (page !== undefined) this.#pages.set(distance, page);
    return page;
  }

  /** The instruction at an offset; undefined where the interpreter must do it. */
  #decodeAt(offset: number): Decoded | undefined {
    const page = this.#page(offset);
    if (page === undefined) return undefined;
    const inPage = offset & (PAGE - 1);
    const lower = this.#source.halfword(page, inPage);
    const wide = lengthOf(lower) === 4;
    // An instruction that crosses into another page is the interpreter's.
    if (wide && inPage === PAGE - 2) return undefined;
    return decode(wide ? (this.#source.halfword(page, inPage + 2) << 16) | lower : lower);
  }

  /** A leader's block, up to the next leader of its context. */
  #blockAt({ context, offset: start }: Place): Omit<Block, 'successors'> | undefined {
    const instructions: RegionInstruction[] = [];
    let offset = start;
    for (;;) {
      const decoded = context.decoded.get(offset);
      const full =
        instructions.length >= MAX_BLOCK_INSTRUCTIONS || pageOf(offset) !== pageOf(start);
      if (!decoded || full || (offset !== start && context.leaders.has(offset))) {
        if (instructions.length === 0) return undefined;
        return { start, instructions, end: { kind: 'next', next: offset } };
      }
      const before = instructions.at(-1);
      instructions.push({ offset, decoded });
      const end = controlFlowOf(offset, decoded, before);
      if (end) return { start, instructions, end };
      offset += decoded.length;
    }
  }

  #successors(
    { context, weight }: Place,
    end: ControlFlow,
    instructions: readonly RegionInstruction[],
  ): Place[] {
    const here = (offset: number): Place => ({
      context,
      offset,
      weight: Math.min(weight, this.#source.arrivals(offset) * context.share),
    });
    switch (end.kind) {
      case 'branch':
        return [here(end.next), here(end.taken)];
      case 'next':
        return [{ context, offset: end.next, weight }];
      case 'jump':
        if (end.returnTo === undefined) return [{ context, offset: end.target, weight }];
        return this.#called(context, end.target, end.returnTo, weight);
      case 'indirect': {
        if (end.isReturn && context.caller)
          return [{ context: context.caller, offset: context.returnTo, weight }];
        const { returnTo } = end;
        const seen = this.#source.targets(instructions.at(-1)?.offset ?? 0).slice(0, MAX_TARGETS);
        if (returnTo === undefined) return seen.map(here);
        return seen.flatMap((target) => this.#called(context, target, returnTo, weight));
      }
      case 'leave':
        return [];
    }
  }

  /** The first block of a function, in the context of this call of it. */
  #called(context: CallContext, start: number, returnTo: number, weight: number): Place[] {
    for (let outer: CallContext | undefined = context; outer; outer = outer.caller) {
      // Recursion comes back to the function's blocks of the outermost call.
      if (outer.start === start) return [{ context: this.#root, offset: start, weight }];
    }
    if (context.depth >= MAX_DEPTH) return [];
    const key = `${start} ${returnTo}`;
    let called = context.calls.get(key);
    if (!called) {
      const share = Math.min(1, weight / Math.max(1, this.#source.arrivals(start)));
      called = callContext(context, start, returnTo, share);
      context.calls.set(key, called);
    }
    return [{ context: called, offset: start, weight }];
  }
}

/**
 * Forms the region of a hot address; undefined when its first instruction cannot be translated.
 * @param most instructions after which no block is added
 */
export const formRegion = (
  source: CodeSource,
  entryOffset: number,
  most: number,
): Region | undefined => new RegionBuilder(source, entryOffset, most).build();
