/** The translator's side of {@link SemanticContext}: guest registers are locals, operands constants. */
import { type ScratchLocals, inlineLoad, inlineStore, loadKind } from '../cpu/access.ts';
import {
  DYNAMIC_ROUNDING,
  type LeafRefs,
  dynamicRounding,
  floatContext,
  leafCaller,
} from '../cpu/leaf-calls.ts';
import type { SemanticContext } from '../isa/context.ts';
import { CPU_DATA_BANK, CPU_PC, CPU_REDIRECT, CPU_REMAINING } from '../layout.ts';
import type { I64, Label, Local, Stmt } from '../wasm/ast.ts';
import { br, drop, get, local, nothing, seq, set, when } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import type { RegionInstruction } from './region.ts';

const ZERO = i32.const(0);

/** Guest registers as locals, made when first named. */
export class RegisterLocals {
  readonly #locals = new Map<number, Local<'i64'>>();
  readonly #written = new Set<number>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  #local(register: number): Local<'i64'> {
    const known = this.#locals.get(register);
    if (known) return known;
    const made = local('i64', `${this.#prefix}${register}`);
    this.#locals.set(register, made);
    return made;
  }

  read(register: number): I64 {
    return get(this.#local(register));
  }

  write(register: number, value: I64): Stmt {
    this.#written.add(register);
    return set(this.#local(register), value);
  }

  /** Registers the region names: all must hold the guest's values at entry, as any exit may store them. */
  get used(): ReadonlyMap<number, Local<'i64'>> {
    return this.#locals;
  }

  get written(): ReadonlySet<number> {
    return this.#written;
  }
}

/** What all instructions of a region share. */
export interface RegionFrame {
  readonly x: RegisterLocals;
  readonly f: RegisterLocals;
  readonly remaining: Local<'i32'>;
  readonly dataBank: Local<'i32'>;
  /** Address of the entry's page. */
  readonly pageBase: Local<'i64'>;
  /** The pc to leave with. */
  readonly pc: Local<'i64'>;
  /** Leave at `pc`. */
  readonly exit: Label;
  /** Leave; a leaf has put the next pc into CPU_PC and the count into CPU_REMAINING. */
  readonly redirected: Label;
  readonly scratch: ScratchLocals;
  readonly leaf: LeafRefs;
}

/** What one instruction needs to know of its place. */
export interface InstructionPlace {
  readonly instruction: RegionInstruction;
  /** Instructions of the block that follow it: the block was counted as a whole at its start. */
  readonly following: number;
  /** Goes on at an offset from the entry's page, inside the region or out of it. */
  readonly goTo: (offset: number) => Stmt;
  /** Goes on at a computed address. */
  readonly goToAddress: (target: I64) => Stmt;
}

export const addressOf = (frame: RegionFrame, offset: number): I64 =>
  i64.add(get(frame.pageBase), i64.const(offset));

export const leaveAt = (frame: RegionFrame, target: I64): Stmt =>
  seq(set(frame.pc, target), br(frame.exit));

/** Makes the context of one instruction. `called` tells whether it used a leaf that may end the slice. */
export function regionContext(
  frame: RegionFrame,
  place: InstructionPlace,
): { readonly context: SemanticContext; readonly afterLeaves: () => Stmt } {
  const { offset, decoded } = place.instruction;
  const { operands, length } = decoded;
  const { scratch } = frame;
  let leafCalled = false;

  const register = (field: 'rs1' | 'rs2' | 'rs3', file: RegisterLocals): I64 =>
    file === frame.x && operands[field] === 0 ? i64.const(0) : file.read(operands[field]);

  /**
   * Ends the instruction if a leaf has ended the slice: the count is then below what the rest of the
   * block has been given already.
   */
  const checkSlice: Stmt = when(
    i32.ltS(get(frame.remaining), ZERO),
    seq(
      set(frame.remaining, i32.add(get(frame.remaining), i32.const(place.following))),
      leaveAt(frame, addressOf(frame, offset + length)),
    ),
  );

  const before = seq(
    i64.store(ZERO, addressOf(frame, offset), CPU_PC),
    i32.store(ZERO, i32.add(get(frame.remaining), i32.const(place.following)), CPU_REMAINING),
  );
  const after = seq(
    when(i32.load(ZERO, CPU_REDIRECT), br(frame.redirected)),
    set(frame.remaining, i32.sub(i32.load(ZERO, CPU_REMAINING), i32.const(place.following))),
  );

  const callLeaf = leafCaller(frame.leaf, scratch, before, after);
  const leaf: SemanticContext['leaf'] = (name, args, rest) => {
    leafCalled = true;
    return callLeaf(name, args, rest);
  };

  const raiseIllegal = (): Stmt => leaf('raise_illegal', [], () => nothing);
  const target = offset + operands.imm;

  const context: SemanticContext = {
    get rs1() {
      return register('rs1', frame.x);
    },
    get rs2() {
      return register('rs2', frame.x);
    },
    imm: i64.const(operands.imm),
    uimm: i64.const(operands.rs1),
    pc: addressOf(frame, offset),
    nextPc: addressOf(frame, offset + length),
    get frs1() {
      return register('rs1', frame.f);
    },
    get frs2() {
      return register('rs2', frame.f);
    },
    get frs3() {
      return register('rs3', frame.f);
    },

    // The value is evaluated even for x0: a conversion raises its flags all the same.
    setRd: (value) => (operands.rd === 0 ? drop(value) : frame.x.write(operands.rd, value)),
    setFrd: (bits) => frame.f.write(operands.rd, bits),
    bind: scratch.bind,

    load: (size, extension, address, rest) =>
      inlineLoad(scratch, get(frame.dataBank), size, extension, address, rest, (va) =>
        callLeaf('load_slow', [va, loadKind(size, extension)], (value) =>
          seq(rest(value), checkSlice),
        ),
      ),
    store: (size, address, value) =>
      inlineStore(scratch, get(frame.dataBank), size, address, value, (va) =>
        callLeaf('store_slow', [va, value, i32.const(size)], () => checkSlice),
      ),

    branch: (condition) => when(condition, place.goTo(target), place.goTo(offset + length)),
    jumpRelative: () => place.goTo(target),
    jump: (address) => place.goToAddress(address),
    raise: (cause, value) => leaf('raise', [i64.const(cause), value], () => nothing),
    raiseIllegal,
    leaf,
    ...floatContext(frame.leaf),
    roundingMode: (rest) => {
      if (operands.rm !== DYNAMIC_ROUNDING) return rest(i32.const(operands.rm));
      return scratch.lend('i32', (mode) =>
        seq(dynamicRounding(mode, raiseIllegal()), rest(get(mode))),
      );
    },
  };
  // A leaf may have changed privilege or SUM, and with them the bank of loads and stores.
  const afterLeaves = (): Stmt =>
    leafCalled ? seq(set(frame.dataBank, i32.load(ZERO, CPU_DATA_BANK)), checkSlice) : nothing;
  return { context, afterLeaves };
}
