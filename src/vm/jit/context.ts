/** The translator's side of {@link SemanticContext}: guest registers are locals, operands constants. */
import type { ScratchLocals } from '../cpu/access.ts';
import {
  DYNAMIC_ROUNDING,
  type LeafRefs,
  dynamicRounding,
  type floatContext,
  leafCaller,
} from '../cpu/leaf-calls.ts';
import type { SemanticContext } from '../isa/context.ts';
import { TO_NEAREST, hostRounds } from '../isa/float-widths.ts';
import {
  CPU_DATA_BANK,
  CPU_FP_READY,
  CPU_FRM,
  CPU_PC,
  CPU_REDIRECT,
  CPU_REMAINING,
} from '../layout.ts';
import type { I32, I64, Local, Stmt } from '../wasm/ast.ts';
import {
  drop,
  get,
  likely,
  local,
  nothing,
  returns,
  seq,
  set,
  unlikely,
  when,
} from '../wasm/ast.ts';
import { f64, i32, i64 } from '../wasm/ops.ts';
import type { Operands } from '../isa/formats.ts';
import type { RegisterUse } from './flow.ts';
import type { RegionInstruction } from './control-flow.ts';
import { translatedLoad, translatedStore } from './memory-access.ts';
import type { NearAccess } from './near-accesses.ts';
import type { SlowAccess } from './slow-access.ts';

const ZERO = i32.const(0);
const REGISTER_BYTES = 8;

const isDouble = (variable: Local<'i64' | 'f64'>): variable is Local<'f64'> =>
  variable.type === 'f64';

/**
 * Guest registers as locals, made when first named. What was written goes to memory before the next place where the
 * code may be left (a load, a store, a leaf, the block's end), and stays there: the many exits are then
 * small, and V8's compilers quick. What is overwritten before that is never stored.
 */
export class RegisterLocals {
  readonly #locals = new Map<number, Local<'i64' | 'f64'>>();
  readonly #type: 'i64' | 'f64';
  readonly #prefix: string;
  readonly #base: number;
  #exposed = new Set<number>();
  #written = new Set<number>();
  readonly #unsaved = new Set<number>();

  /**
   * @param type of the locals: bits move between the two kinds slowly
   * @param base where register 0 is in memory
   */
  constructor(type: 'i64' | 'f64', prefix: string, base: number) {
    this.#type = type;
    this.#prefix = prefix;
    this.#base = base;
  }

  #local(register: number): Local<'i64' | 'f64'> {
    const known = this.#locals.get(register);
    if (known) return known;
    const made = local(this.#type, `${this.#prefix}${register}`);
    this.#locals.set(register, made);
    return made;
  }

  #cell(register: number): number {
    return this.#base + REGISTER_BYTES * register;
  }

  read(register: number): I64 {
    if (!this.#written.has(register)) this.#exposed.add(register);
    const source = this.#local(register);
    return isDouble(source) ? i64.reinterpretF64(get(source)) : get(source as Local<'i64'>);
  }

  write(register: number, value: I64): Stmt {
    this.#written.add(register);
    this.#unsaved.add(register);
    const target = this.#local(register);
    return isDouble(target) ? set(target, f64.reinterpretI64(value)) : set(target, value);
  }

  /** Stores what is not in memory yet, where control certainly comes by. */
  save(): Stmt {
    const saved = this.saveAside();
    this.#unsaved.clear();
    return saved;
  }

  /** The same where it may not: it will be stored again. */
  saveAside(): Stmt {
    return seq(
      ...[...this.#unsaved].map((register) => {
        const source = this.#local(register);
        const cell = this.#cell(register);
        return isDouble(source)
          ? f64.store(ZERO, get(source), cell)
          : i64.store(ZERO, get(source as Local<'i64'>), cell);
      }),
    );
  }

  /** Fills the locals of some registers from memory. */
  load(registers: Iterable<number>): Stmt {
    return seq(
      ...[...registers].map((register) => {
        const load = this.#type === 'f64' ? f64.load : i64.load;
        return set<'i64' | 'f64'>(this.#local(register), load(ZERO, this.#cell(register)));
      }),
    );
  }

  /** Begins a block; gives what the last one read before it wrote it, and what it wrote. */
  nextBlock(): RegisterUse {
    const use = { exposed: this.#exposed, written: this.#written };
    this.#exposed = new Set();
    this.#written = new Set();
    return use;
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
  readonly scratch: ScratchLocals;
  /** Where the near accesses of a group, by its number, begin in host memory. */
  readonly nearHost: (number: number) => Local<'i32'>;
  readonly leaf: LeafRefs;
  readonly slow: SlowAccess;
  readonly float: ReturnType<typeof floatContext>;
  /** Whether the host rounds as dynamic rounding and to nearest must. */
  readonly roundedByHost: Local<'i32'>;
  /** What code has found out about floating point; each block does anew, and does again behind a CSR access. */
  readonly found: { floatEnabled: boolean; roundedByHost: boolean };
}

/** What one instruction needs to know of its place. */
export interface InstructionPlace {
  readonly instruction: RegionInstruction;
  /** Instructions of the block that follow it: the block was counted as a whole at its start. */
  readonly following: number;
  /** Set for a load or store that has others near to it. */
  readonly near: NearAccess | undefined;
  /** Goes on at an offset from the entry's page, inside the region or out of it. */
  readonly goTo: (offset: number) => Stmt;
  /** Whether control hardly ever goes on there. */
  readonly isRare: (offset: number) => boolean;
  /** Goes on at a computed address. */
  readonly goToAddress: (target: I64) => Stmt;
}

/** Stores the registers that are not in memory yet. */
export const saveRegisters = ({ x, f }: RegionFrame): Stmt => seq(x.save(), f.save());

export const addressOf = (frame: RegionFrame, offset: number): I64 =>
  i64.add(get(frame.pageBase), i64.const(offset));

/** Leaves the region, to go on at `target`. Shared exits would cost V8 a phi for each local. */
export const leaveAt = (frame: RegionFrame, target: I64): Stmt =>
  seq(
    i64.store(ZERO, target, CPU_PC),
    i32.store(ZERO, get(frame.remaining), CPU_REMAINING),
    returns(),
  );

/** The count with this instruction executed and those of its block that follow it not. */
const remainingHere = ({ remaining }: RegionFrame, { following }: InstructionPlace): I32 =>
  following === 0 ? get(remaining) : i32.add(get(remaining), i32.const(following));

/** Where the next instruction is. */
const behind = (frame: RegionFrame, { instruction }: InstructionPlace): I64 =>
  addressOf(frame, instruction.offset + instruction.decoded.length);

/** Ends the instruction if a leaf has ended the slice, or it is over anyway. */
const checkSlice = (frame: RegionFrame, place: InstructionPlace): Stmt =>
  unlikely(
    i32.leS(get(frame.remaining), ZERO),
    seq(set(frame.remaining, remainingHere(frame, place)), leaveAt(frame, behind(frame, place))),
  );

/** {@link SemanticContext.leaf} for this instruction. */
const leafOf = (frame: RegionFrame, place: InstructionPlace): SemanticContext['leaf'] =>
  leafCaller(
    frame.leaf,
    frame.scratch,
    seq(
      i64.store(ZERO, addressOf(frame, place.instruction.offset), CPU_PC),
      i32.store(ZERO, remainingHere(frame, place), CPU_REMAINING),
    ),
    seq(
      unlikely(i32.load(ZERO, CPU_REDIRECT), returns()),
      set(frame.remaining, i32.sub(i32.load(ZERO, CPU_REMAINING), i32.const(place.following))),
    ),
  );

/**
 * {@link SemanticContext} for one instruction. Members are made when they are named: there is one
 * context for each instruction of a region, and the guest waits.
 */
export class InstructionContext implements SemanticContext {
  readonly #frame: RegionFrame;
  readonly #place: InstructionPlace;
  #leaf: SemanticContext['leaf'] | undefined;

  constructor(frame: RegionFrame, place: InstructionPlace) {
    this.#frame = frame;
    this.#place = place;
  }

  get #operands(): Operands {
    return this.#place.instruction.decoded.operands;
  }

  #x(register: number): I64 {
    return register === 0 ? i64.const(0) : this.#frame.x.read(register);
  }

  get rs1(): I64 {
    return this.#x(this.#operands.rs1);
  }
  get rs2(): I64 {
    return this.#x(this.#operands.rs2);
  }
  get imm(): I64 {
    return i64.const(this.#operands.imm);
  }
  get uimm(): I64 {
    return i64.const(this.#operands.rs1);
  }
  get pc(): I64 {
    return addressOf(this.#frame, this.#place.instruction.offset);
  }
  get nextPc(): I64 {
    return behind(this.#frame, this.#place);
  }
  get frs1(): I64 {
    return this.#frame.f.read(this.#operands.rs1);
  }
  get frs2(): I64 {
    return this.#frame.f.read(this.#operands.rs2);
  }
  get frs3(): I64 {
    return this.#frame.f.read(this.#operands.rs3);
  }

  get setRd(): SemanticContext['setRd'] {
    const { rd } = this.#operands;
    // The value is evaluated even for x0: a conversion raises its flags all the same.
    return (value) => (rd === 0 ? drop(value) : this.#frame.x.write(rd, value));
  }
  get setFrd(): SemanticContext['setFrd'] {
    return (bits) => this.#frame.f.write(this.#operands.rd, bits);
  }
  get bind(): SemanticContext['bind'] {
    return this.#frame.scratch.bind;
  }

  get load(): SemanticContext['load'] {
    return (...load) =>
      seq(saveRegisters(this.#frame), translatedLoad(this.#frame, this.#place, this.rs1, ...load));
  }
  get store(): SemanticContext['store'] {
    return (...store) =>
      seq(
        saveRegisters(this.#frame),
        translatedStore(this.#frame, this.#place, this.rs1, ...store),
      );
  }

  get branch(): SemanticContext['branch'] {
    const { instruction, goTo, isRare } = this.#place;
    const { offset, decoded } = instruction;
    const taken = offset + decoded.operands.imm;
    const next = offset + decoded.length;
    const branch = isRare(taken) === isRare(next) ? when : isRare(taken) ? unlikely : likely;
    return (condition) =>
      seq(saveRegisters(this.#frame), branch(condition, goTo(taken), goTo(next)));
  }
  get jumpRelative(): SemanticContext['jumpRelative'] {
    const { instruction, goTo } = this.#place;
    return () =>
      seq(saveRegisters(this.#frame), goTo(instruction.offset + instruction.decoded.operands.imm));
  }
  get jump(): SemanticContext['jump'] {
    return (target) => seq(saveRegisters(this.#frame), this.#place.goToAddress(target));
  }
  get raise(): SemanticContext['raise'] {
    return (cause, value) =>
      seq(
        this.#saveAside(),
        this.#untracked('raise', [i64.const(cause), value], () => nothing),
      );
  }
  get raiseIllegal(): SemanticContext['raiseIllegal'] {
    return () => this.#trap('raise_illegal');
  }

  #saveAside(): Stmt {
    return seq(this.#frame.x.saveAside(), this.#frame.f.saveAside());
  }
  /** A leaf behind which nothing has to be looked at: it traps, or changes nothing that the code knows. */
  get #untracked(): SemanticContext['leaf'] {
    return leafOf(this.#frame, this.#place);
  }
  #trap(name: 'raise_illegal' | 'fp_enable'): Stmt {
    return seq(
      this.#saveAside(),
      this.#untracked(name, [], () => nothing),
    );
  }
  get leaf(): SemanticContext['leaf'] {
    const leaf = (this.#leaf ??= leafOf(this.#frame, this.#place));
    return (...call: Parameters<typeof leaf>) => seq(this.#saveAside(), leaf(...call));
  }
  /** What comes before an instruction that needs floating point. */
  enableFloat(): Stmt {
    const { found } = this.#frame;
    if (found.floatEnabled) return nothing;
    found.floatEnabled = true;
    return unlikely(i32.eqz(i32.load(ZERO, CPU_FP_READY)), this.#trap('fp_enable'));
  }
  get floatLeaf(): SemanticContext['floatLeaf'] {
    return this.#frame.float.floatLeaf;
  }
  get fflags(): I32 {
    return this.#frame.float.fflags;
  }
  get setFflags(): SemanticContext['setFflags'] {
    return this.#frame.float.setFflags;
  }
  get roundingMode(): SemanticContext['roundingMode'] {
    return (rest) => {
      const { rm } = this.#operands;
      if (rm !== DYNAMIC_ROUNDING) return rest(i32.const(rm));
      return this.#frame.scratch.lend('i32', (mode) =>
        seq(dynamicRounding(mode, this.raiseIllegal()), rest(get(mode))),
      );
    };
  }

  get roundedByHost(): SemanticContext['roundedByHost'] {
    return (host, exact) => {
      const { rm } = this.#operands;
      if (rm !== DYNAMIC_ROUNDING && rm !== TO_NEAREST) return exact(i32.const(rm));
      const { roundedByHost, found } = this.#frame;
      const find = set(roundedByHost, hostRounds(this.fflags, i32.load(ZERO, CPU_FRM)));
      const first = found.roundedByHost ? nothing : find;
      found.roundedByHost = true;
      // Made first: where it traps, nothing of the instruction has been written. Behind the leaf inexact may be raised.
      const otherwise = seq(this.roundingMode(exact), find);
      return seq(first, likely(get(roundedByHost), host(), otherwise));
    };
  }

  /** What follows the semantics. A leaf may have changed privilege or SUM, and with them the bank. */
  afterLeaves(): Stmt {
    if (!this.#leaf) return nothing;
    const { dataBank } = this.#frame;
    return seq(
      saveRegisters(this.#frame),
      set(dataBank, i32.load(ZERO, CPU_DATA_BANK)),
      checkSlice(this.#frame, this.#place),
    );
  }
}
