/**
 * Regions: the basic blocks that are reachable from a hot address, with the calls between them,
 * within a handful of pages. A region is what the translator makes one function of.
 */
import { lengthOf, decode, type Decoded } from '../isa/decoder.ts';

/** One instruction of a block. */
export interface RegionInstruction {
  /** Bytes from the start of the entry's page; may be negative or beyond it. */
  readonly offset: number;
  readonly decoded: Decoded;
}

/** How a block ends. Offsets as in {@link RegionInstruction}. */
export type Terminator =
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  | { readonly kind: 'jump'; readonly target: number }
  /** jalr: anywhere; likely to one of the region's return points. */
  | { readonly kind: 'indirect' }
  /** The next block begins here. */
  | { readonly kind: 'next'; readonly next: number }
  /** The engine must fetch anew behind the last instruction: it may have changed control state. */
  | { readonly kind: 'leave'; readonly next: number };

export interface Block {
  readonly start: number;
  readonly instructions: readonly RegionInstruction[];
  readonly terminator: Terminator;
  /** Where control may go inside the region. */
  readonly successors: readonly number[];
}

export interface Region {
  /** The entry block's start; the entry page is offsets 0..4095. */
  readonly entry: number;
  /** Blocks by their start. */
  readonly blocks: ReadonlyMap<number, Block>;
  /** Offsets that a `ret` inside the region may go to. */
  readonly returnPoints: readonly number[];
  /** The RAM page of each page touched, by its distance (in pages) from the entry's page. */
  readonly pages: ReadonlyMap<number, number>;
  readonly instructionCount: number;
}

/** Where a region's code comes from. */
export interface CodeSource {
  /** The RAM page that lies `distance` pages from the entry's page in the address space; undefined if none. */
  pageAt(distance: number): number | undefined;
  /** The 16 bits at an offset in a RAM page. */
  halfword(page: number, offset: number): number;
  /** True when this code has been run (or decoded): cold paths are left out of regions. */
  isWarm(page: number, offset: number): boolean;
}

const PAGE = 4096;
/** Larger regions take longer than a millisecond to translate and compile. */
const MAX_INSTRUCTIONS = 600;
const MAX_BLOCKS = 120;
/** Pages beside the entry's own. */
const MAX_PAGES = 6;
const MAX_BLOCK_INSTRUCTIONS = 64;

/** Instructions behind which pages, privilege or code may be different. */
const CHANGES_CONTROL: ReadonlySet<string> = new Set([
  'csrrw',
  'csrrs',
  'csrrc',
  'csrrwi',
  'csrrsi',
  'csrrci',
  'fence.i',
  'sfence.vma',
  'mret',
  'sret',
  'wfi',
  'ecall',
  'ebreak',
]);

const LINK_REGISTER = 1;

const pageOf = (offset: number): number => Math.floor(offset / PAGE);

class RegionBuilder {
  readonly #source: CodeSource;
  readonly #pages = new Map<number, number>();
  readonly #decoded = new Map<number, Decoded>();
  readonly #leaders = new Set<number>();
  readonly #returnPoints = new Set<number>();
  #instructions = 0;

  constructor(source: CodeSource) {
    this.#source = source;
  }

  build(entry: number): Region | undefined {
    const queue = [entry];
    this.#leaders.add(entry);
    for (let start = queue.shift(); start !== undefined; start = queue.shift())
      this.#walk(start, queue);
    const blocks = this.#blocks();
    if (!blocks.has(entry)) return undefined;
    return {
      entry,
      blocks,
      returnPoints: [...this.#returnPoints].filter((point) => blocks.has(point)),
      pages: this.#pages,
      instructionCount: this.#instructions,
    };
  }

  /** Adds a leader if it is worth having and there is room. */
  #lead(offset: number, queue: number[]): void {
    if (this.#leaders.has(offset)) return;
    if (this.#leaders.size >= MAX_BLOCKS || this.#instructions >= MAX_INSTRUCTIONS) return;
    const page = this.#page(offset);
    if (page === undefined || !this.#source.isWarm(page, offset & (PAGE - 1))) return;
    this.#leaders.add(offset);
    queue.push(offset);
  }

  #page(offset: number): number | undefined {
    const distance = pageOf(offset);
    const known = this.#pages.get(distance);
    if (known !== undefined) return known;
    if (this.#pages.size > MAX_PAGES) return undefined;
    const page = this.#source.pageAt(distance);
    if (page !== undefined) this.#pages.set(distance, page);
    return page;
  }

  /** The instruction at an offset; undefined where the interpreter must do it. */
  #decodeAt(offset: number): Decoded | undefined {
    const known = this.#decoded.get(offset);
    if (known) return known;
    const page = this.#page(offset);
    if (page === undefined) return undefined;
    const inPage = offset & (PAGE - 1);
    const lower = this.#source.halfword(page, inPage);
    const wide = lengthOf(lower) === 4;
    // An instruction that crosses into another page is the interpreter's.
    if (wide && inPage === PAGE - 2) return undefined;
    const decoded = decode(wide ? (this.#source.halfword(page, inPage + 2) << 16) | lower : lower);
    if (decoded) {
      this.#decoded.set(offset, decoded);
      this.#instructions += 1;
    }
    return decoded;
  }

  /** Decodes straight on from a leader to where control may leave, and queues where it may go. */
  #walk(start: number, queue: number[]): void {
    let offset = start;
    for (let count = 0; count < MAX_BLOCK_INSTRUCTIONS; count++) {
      if (this.#decoded.has(offset)) return;
      const decoded = this.#decodeAt(offset);
      if (!decoded) return;
      const { instruction, operands, length } = decoded;
      const next = offset + length;
      const { name } = instruction;
      if (instruction.format.name === 'B') {
        this.#lead(next, queue);
        this.#lead(offset + operands.imm, queue);
        return;
      }
      if (name === 'jal') {
        this.#lead(offset + operands.imm, queue);
        if (operands.rd === LINK_REGISTER) this.#returnTo(next, queue);
        return;
      }
      if (name === 'jalr') {
        if (operands.rd === LINK_REGISTER) this.#returnTo(next, queue);
        return;
      }
      if (CHANGES_CONTROL.has(name)) return;
      offset = next;
      if (pageOf(offset) !== pageOf(start)) {
        this.#lead(offset, queue);
        return;
      }
    }
    this.#lead(offset, queue);
  }

  #returnTo(offset: number, queue: number[]): void {
    this.#lead(offset, queue);
    this.#returnPoints.add(offset);
  }

  #blocks(): Map<number, Block> {
    const blocks = new Map<number, Block>();
    for (const start of this.#leaders) {
      const block = this.#blockAt(start);
      if (block) blocks.set(start, block);
    }
    // Only now is it known which offsets are blocks.
    for (const [start, block] of blocks) {
      blocks.set(start, { ...block, successors: this.#successors(block, blocks) });
    }
    return blocks;
  }

  #blockAt(start: number): Block | undefined {
    const instructions: RegionInstruction[] = [];
    const done = (terminator: Terminator): Block => ({
      start,
      instructions,
      terminator,
      successors: [],
    });
    let offset = start;
    for (;;) {
      const decoded = this.#decoded.get(offset);
      const atLimit =
        instructions.length >= MAX_BLOCK_INSTRUCTIONS || pageOf(offset) !== pageOf(start);
      if (!decoded || atLimit || (offset !== start && this.#leaders.has(offset))) {
        return instructions.length === 0 ? undefined : done({ kind: 'next', next: offset });
      }
      instructions.push({ offset, decoded });
      const { instruction, operands, length } = decoded;
      const next = offset + length;
      if (instruction.format.name === 'B')
        return done({ kind: 'branch', taken: offset + operands.imm, next });
      if (instruction.name === 'jal') return done({ kind: 'jump', target: offset + operands.imm });
      if (instruction.name === 'jalr') return done({ kind: 'indirect' });
      if (CHANGES_CONTROL.has(instruction.name)) return done({ kind: 'leave', next });
      offset = next;
    }
  }

  #successors(block: Block, blocks: ReadonlyMap<number, Block>): number[] {
    const inside = (offsets: readonly number[]): number[] =>
      [...new Set(offsets)].filter((o) => blocks.has(o));
    switch (block.terminator.kind) {
      case 'branch':
        return inside([block.terminator.taken, block.terminator.next]);
      case 'jump':
        return inside([block.terminator.target]);
      case 'next':
        return inside([block.terminator.next]);
      case 'indirect':
        return isReturn(block) ? inside([...this.#returnPoints]) : [];
      case 'leave':
        return [];
    }
  }
}

/** `jalr x0, ra`: the way functions return (unprivileged manual 2.5, the hints for a return-address stack). */
export const isReturn = (block: Block): boolean => {
  const last = block.instructions.at(-1)?.decoded;
  return (
    last?.instruction.name === 'jalr' &&
    last.operands.rd === 0 &&
    last.operands.rs1 === LINK_REGISTER
  );
};

/** Forms the region of a hot address; undefined when its first instruction cannot be translated. */
export function formRegion(source: CodeSource, entryOffset: number): Region | undefined {
  return new RegionBuilder(source).build(entryOffset);
}
