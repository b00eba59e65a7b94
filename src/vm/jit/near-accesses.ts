/**
 * Loads and stores that are near to each other: by the same register, with nothing between them that
 * writes it. One look into the TLB then serves all of them, if the page is the same: prologues, epilogues and
 * the fields of a structure are such accesses.
 *
 * What is found there stays right until the code is left: an instruction that could make it wrong (a CSR, a fence) ends
 * the groups, and slow paths of other accesses only ever add pages to those that may be written directly.
 */
import type { Log2Size, SemanticContext } from '../isa/context.ts';
import type { Instruction } from '../isa/instruction.ts';
import { nothing } from '../wasm/ast.ts';
import { i64 } from '../wasm/ops.ts';
import type { RegionInstruction } from './control-flow.ts';
import type { FlowGraph } from './graph.ts';

type AccessKind = 'load' | 'store';

interface Access {
  readonly kind: AccessKind;
  readonly size: Log2Size;
}

/** Offsets are bytes from what the base register holds. */
export interface NearGroup {
  /** From 0; different from those of other groups that accesses may still belong to. */
  readonly number: number;
  /** Where the lowest access begins. */
  readonly low: number;
  /** An address in the page of the last byte, as far from being aligned as the register is. */
  readonly checked: number;
  /** What the register must be aligned to. */
  readonly alignment: Log2Size;
}

export interface NearAccess {
  readonly group: NearGroup;
  readonly isFirst: boolean;
  /** Bytes from `low`. */
  readonly distance: number;
}

interface Member {
  readonly node: number;
  readonly index: number;
  readonly imm: number;
}

interface Group {
  readonly number: number;
  readonly members: Member[];
  low: number;
  /** Behind the last byte. */
  end: number;
  alignment: Log2Size;
}

/** Farther apart, pages are too often different ones. */
const MAX_SPAN = 512;

/** What only computes, or is a load or a store: nothing that changes what addresses mean. */
const HARMLESS: ReadonlySet<string> = new Set(['I', 'M', 'F', 'D']);

const accesses = new Map<Instruction, Access | undefined>();

/** What an instruction's description says of the memory that it accesses at `rs1 + imm`. */
function accessOf(instruction: Instruction): Access | undefined {
  if (!['load', 'S', 'fload', 'fstore'].includes(instruction.format.name)) return undefined;
  if (accesses.has(instruction)) return accesses.get(instruction);
  let access: Access | undefined;
  const value = i64.const(0);
  const noted = (kind: AccessKind) => (size: Log2Size) => {
    access = { kind, size };
    return nothing;
  };
  // Descriptions in these formats name nothing else.
  const operands: Partial<SemanticContext> = {
    ...{ rs1: value, rs2: value, frs2: value, imm: value },
    ...{ load: noted('load'), store: noted('store') },
  };
  instruction.semantics(operands as SemanticContext);
  accesses.set(instruction, access);
  return access;
}

/** Groups that more accesses may belong to, by kind and base register. */
type Open = Map<string, Group>;

class Grouping {
  readonly #groups: Group[] = [];

  /** Takes a block; `open` is what is open where it begins, and then where it ends. */
  take(node: number, instructions: readonly RegionInstruction[], open: Open): void {
    instructions.forEach(({ decoded }, index) => {
      const { instruction, operands } = decoded;
      if (!HARMLESS.has(instruction.extension)) open.clear();
      const access = accessOf(instruction);
      if (access && operands.imm % (1 << access.size) === 0)
        this.#access(access, operands.rs1, { node, index, imm: operands.imm }, open);
      if (instruction.format.rd !== 'x') return;
      open.delete(`load ${operands.rd}`);
      open.delete(`store ${operands.rd}`);
    });
  }

  #access({ kind, size }: Access, base: number, member: Member, open: Open): void {
    const key = `${kind} ${base}`;
    const known = open.get(key);
    const from = member.imm;
    const to = from + (1 << size);
    const low = Math.min(known?.low ?? from, from);
    const end = Math.max(known?.end ?? to, to);
    if (known && end - low <= MAX_SPAN) {
      known.members.push(member);
      const alignment = Math.max(size, known.alignment);
      Object.assign(known, { low, end, alignment });
      return;
    }
    open.delete(key);
    const taken = new Set([...open.values()].map(({ number }) => number));
    let number = 0;
    while (taken.has(number)) number += 1;
    const group = { number, members: [member], low: from, end: to, alignment: size };
    this.#groups.push(group);
    open.set(key, group);
  }

  /** By node, and by the index of the instruction in its block. */
  get found(): readonly ReadonlyMap<number, NearAccess>[] {
    const found: Map<number, NearAccess>[] = [];
    for (const { number, members, low, end, alignment } of this.#groups) {
      if (members.length < 2) continue;
      const unit = 1 << alignment;
      const checked = Math.floor((end - 1) / unit) * unit;
      const group: NearGroup = { number, low, checked, alignment };
      members.forEach(({ node, index, imm }, position) => {
        const isFirst = position === 0;
        (found[node] ??= new Map()).set(index, { group, isFirst, distance: imm - low });
      });
    }
    return found;
  }
}

/**
 * The near accesses of a graph's blocks: by node, and by the index of the instruction in its block. A group goes on into blocks
 * that can only be come to through the one before.
 */
export function nearAccesses(
  graph: FlowGraph,
  instructionsOf: (node: number) => readonly RegionInstruction[],
): readonly (ReadonlyMap<number, NearAccess> | undefined)[] {
  const grouping = new Grouping();
  const openBehind: Open[] = [];
  graph.nodes.forEach((_, node) => {
    const [before, ...others] = graph.predecessors[node] ?? [];
    const inherited =
      node > 0 && before !== undefined && others.length === 0 ? openBehind[before] : undefined;
    const open: Open = new Map(inherited);
    grouping.take(node, instructionsOf(node), open);
    openBehind[node] = open;
  });
  return grouping.found;
}
