import { SeededRandom } from '../../src/base/random.ts';
import { CLINT_MSIP, CLINT_MTIMECMP } from '../oracle/clint.ts';
import { Code } from './code.ts';
import type { Piece, Program } from './code.ts';
import {
  addi,
  CSR,
  csrr,
  csrrc,
  csrrs,
  csrw,
  GP,
  jalr,
  MRET,
  RA,
  sd,
  sfenceVma,
  SP,
  SRET,
  sw,
  T0,
  T1,
  T2,
  T5,
  T6,
  ZERO,
} from './encode.ts';
import { CODE, CODE_PAGES, DATA, DATA_PAGES, initialTables, randomChange } from './page-tables.ts';
import {
  CHANGE_AND_FENCE_ALL,
  CHANGE_AND_FENCE_ONE,
  emitChangeSubroutines,
  emitMachineHandler,
  emitSupervisorHandler,
  MACHINE_SAVE,
  NEXT_OFFSET,
  SUPERVISOR_SAVE,
  TARGET_COUNT,
  TARGETS_OFFSET,
} from './system-handlers.ts';
import { SATP_SV39_ROOT, SYSTEM_ITEMS, SystemStream } from './system-stream.ts';
import { interestingFloat, interestingInteger } from './values.ts';

/**
 * The second generator. In M-mode, rounds change page tables, protection and control registers at
 * random and then enter S or U somewhere in pages of random code. The machine timer ends each round
 * after a while, whatever has happened, so that no mishap of one costs the others.
 */

/** RAM that these programs need. */
export const SYSTEM_RAM_BYTES = 4 << 20;
const ENTRY = 0x80000000;
const MACHINE_HANDLER = 0x80000400;
const SUPERVISOR_HANDLER = 0x80000800;
const ROUNDS = 0x80040000;
const ROUND_BYTES = 0x1000;
const ROUND_COUNT = 16;
const PAGE = 4096;

const MSTATUS_MPRV = 1n << 17n;
const MSTATUS_SPP = 1n << 8n;
const MSTATUS_MPP = 3n << 11n;
/** Everything in mstatus that can be chosen freely; MPP and FS are chosen with more thought. */
const MSTATUS_FREE = 0x7c01a2n & ~MSTATUS_MPRV;
const MIE_MTIE = 1n << 7n;

/** Where the supervisor's handler and this file's PMP setting expect things. */
const PMP_NAPOT = 0x18n;
const PMP_LOCKED = 0x80n;
const PMP_ALL = 7n;
const napot = (address: bigint, bytes: bigint): bigint => (address >> 2n) | (bytes / 8n - 1n);

class Round {
  readonly #random: SeededRandom;
  readonly #code: Code;
  readonly #stream: SystemStream;
  /** 0 or 1: the mode that the round enters. */
  readonly #mode: number;
  readonly #translates: boolean;
  /** TVM, TW and TSR are set at random. */
  readonly #isTrapping: boolean;

  constructor(random: SeededRandom, code: Code) {
    this.#random = random;
    this.#code = code;
    this.#stream = new SystemStream(random, code);
    this.#mode = random.below(2);
    this.#translates = random.below(8) > 0;
    this.#isTrapping = random.below(4) === 0;
  }

  #set(csr: number, value: bigint): void {
    this.#code.loadImmediate(T0, value).emit(csrw(csr, T0));
  }

  emit(next: number): void {
    this.#saveAreas(next);
    this.#subroutines();
    this.#tables();
    if (this.#random.below(4) === 0) this.#protection();
    this.#control();
    if (this.#random.below(3) === 0) this.#modifiedPrivilege();
    this.#timers();
    this.#enter();
  }

  #saveAreas(next: number): void {
    const code = this.#code;
    code.loadImmediate(SP, BigInt(MACHINE_SAVE)).emit(csrw(CSR.mscratch, SP));
    code.loadImmediate(T0, BigInt(next)).emit(sd(T0, SP, NEXT_OFFSET));
    code.loadImmediate(T1, BigInt(SUPERVISOR_SAVE)).emit(csrw(CSR.sscratch, T1));
  }

  /** While TVM may keep S from fencing, S must not change the tables either: its subroutines return at once. */
  #subroutines(): void {
    const first = this.#isTrapping ? jalr(ZERO, RA, 0) : sd(T6, T5, 0);
    const code = this.#code;
    code.loadImmediate(T0, BigInt(CHANGE_AND_FENCE_ALL)).loadImmediate(T1, BigInt(first));
    code.emit(sw(T1, T0, 0), sw(T1, T0, CHANGE_AND_FENCE_ONE - CHANGE_AND_FENCE_ALL));
  }

  /** Somewhere in the code, by a name that the round's address space has. */
  #target(): bigint {
    if (this.#translates) return this.#stream.codePointer();
    return BigInt(CODE + 2 * this.#random.below((CODE_PAGES * PAGE) / 2));
  }

  #tables(): void {
    const code = this.#code;
    const changes = this.#random.below(6);
    for (let index = 0; index < changes; index++) {
      const { entry, value } = randomChange(this.#random, this.#mode === 0);
      code
        .loadImmediate(T0, BigInt(entry))
        .loadImmediate(T1, value)
        .emit(sd(T1, T0, 0));
    }
    code.emit(sfenceVma(ZERO, ZERO));
  }

  /** Entries 1 to 4 take permissions from pieces of RAM; see `entry` for the others. */
  #protection(): void {
    const random = this.#random;
    let configuration = 0n;
    for (let entry = 1; entry <= 4; entry++) {
      const base = BigInt(random.pick([CODE, DATA]) + PAGE * random.below(16));
      const bytes = random.pick([8n, 8n, 64n, 2048n, 4096n, 8192n]);
      // Near the ends of pages, where most misaligned accesses are.
      const offset = random.pick([0, 0, 8, 16, PAGE - 8, PAGE - 16, 8 * random.below(PAGE / 8)]);
      this.#set(CSR.pmpaddr0 + entry, napot(base + BigInt(offset), bytes));
      // A top of range (mode 8) begins at the entry before it, which is far away for the first.
      const modes = [0n, 0n, 0x10n, PMP_NAPOT, PMP_NAPOT, entry === 1 ? PMP_NAPOT : 0x08n];
      const bits = random.pick(modes) | BigInt(random.below(8));
      configuration |= bits << BigInt(8 * entry);
    }
    this.#set(CSR.pmpcfg0, configuration | OPEN_CONFIGURATION);
  }

  #control(): void {
    const random = this.#random;
    this.#set(CSR.medeleg, random.u64() & (random.below(4) === 0 ? ~0n : ~(1n << 12n)));
    this.#set(CSR.mideleg, random.u64());
    this.#set(CSR.mie, (random.u64() & 0xfffn) | MIE_MTIE);
    this.#set(CSR.mip, random.below(2) === 0 ? random.u64() & 0x222n : 0n);
    this.#set(CSR.mcounteren, random.u64());
    this.#set(CSR.scounteren, random.u64());
    this.#set(CSR.menvcfg, random.below(2) === 0 ? 1n << 63n : random.u64());
    if (random.below(4) === 0) this.#set(CSR.mcountinhibit, BigInt(random.below(8)));
    if (random.below(4) === 0) this.#set(CSR.mcycle, interestingInteger(random));
    this.#set(CSR.stvec, BigInt(SUPERVISOR_HANDLER + random.below(2)));
    this.#set(CSR.sepc, this.#target());
    this.#set(CSR.satp, this.#translates ? SATP_SV39_ROOT : 0n);
    if (random.below(2) === 0) this.#code.emit(sfenceVma(ZERO, ZERO));
  }

  /** Loads and stores with another mode's rights, from M. */
  #modifiedPrivilege(): void {
    const random = this.#random;
    const code = this.#code;
    this.#set(CSR.mepc, this.#target());
    code.loadImmediate(T2, MSTATUS_MPP).emit(csrrc(ZERO, CSR.mstatus, T2));
    const mode = BigInt(random.pick([0, 1, 1, 3])) << 11n;
    code
      .loadImmediate(T2, MSTATUS_MPRV | mode | (random.u64() & 0xc2000n))
      .emit(csrrs(ZERO, CSR.mstatus, T2));
    for (let index = 0; index < 6; index++) {
      this.#stream.movePointer();
      this.#stream.memoryAccess();
      if (random.below(3) === 0) this.#stream.atomic();
    }
    // A trap has left MPP at U; without MPRV that does no harm.
    code.loadImmediate(T2, MSTATUS_MPRV).emit(csrrc(ZERO, CSR.mstatus, T2));
  }

  #timers(): void {
    const random = this.#random;
    const code = this.#code;
    code.loadImmediate(T1, CLINT_MSIP).emit(sw(ZERO, T1, 0));
    code.emit(csrr(T0, CSR.time), addi(T0, T0, 2 + random.below(12)));
    code.loadImmediate(T1, CLINT_MTIMECMP).emit(sd(T0, T1, 0));
    code.emit(csrr(T0, CSR.time), addi(T0, T0, random.below(12)), csrw(CSR.stimecmp, T0));
    if (random.below(12) === 0) {
      code
        .loadImmediate(T1, CLINT_MSIP)
        .loadImmediate(T0, 1n)
        .emit(sw(T0, T1, 0));
    }
  }

  #enter(): void {
    const random = this.#random;
    const fs = BigInt(random.pick([0, 1, 2, 3, 3, 3])) << 13n;
    const trapping = this.#isTrapping ? ~0n : ~(7n << 20n);
    const free = random.u64() & MSTATUS_FREE & trapping;
    const mode = BigInt(this.#mode);
    // By mret, or by sret, which also ends MPRV.
    const bySret = random.below(4) === 0;
    const previous = bySret ? (free & ~MSTATUS_SPP) | (mode << 8n) | MSTATUS_MPRV : free;
    this.#set(CSR.mstatus, previous | fs | (mode << 11n));
    this.#set(bySret ? CSR.sepc : CSR.mepc, this.#target());
    for (const register of [T0, T1, T2])
      this.#code.loadImmediate(register, interestingInteger(random));
    for (const register of [GP, SP]) {
      const pointer = this.#translates
        ? this.#stream.dataPointer()
        : BigInt(DATA + PAGE * (1 + random.below(DATA_PAGES - 1)));
      this.#code.loadImmediate(register, pointer);
    }
    this.#code.emit(bySret ? SRET : MRET);
  }
}

/** PMP entry 0: the interruptor. 5 (locked): nobody reaches the devices. 6: all the rest is open. */
const OPEN_CONFIGURATION =
  PMP_NAPOT | PMP_ALL | ((PMP_NAPOT | PMP_LOCKED) << 40n) | ((PMP_NAPOT | PMP_ALL) << 48n);

function entry(code: Code): Code {
  const set = (csr: number, value: bigint): void => {
    code.loadImmediate(T0, value).emit(csrw(csr, T0));
  };
  set(CSR.pmpaddr0, napot(CLINT_MSIP, 0x10000n));
  set(CSR.pmpaddr0 + 5, napot(0n, 0x80000000n));
  set(CSR.pmpaddr0 + 6, (1n << 54n) - 1n);
  set(CSR.pmpcfg0, OPEN_CONFIGURATION);
  set(CSR.mtvec, BigInt(MACHINE_HANDLER));
  code.loadImmediate(T0, BigInt(MACHINE_SAVE)).emit(csrw(CSR.mscratch, T0));
  code.loadImmediate(T0, BigInt(ROUNDS));
  return code.emit(jalr(ZERO, T0, 0));
}

/** Each page's code is a stream of its own that runs over its end into whatever comes next. */
function codePages(random: SeededRandom): Piece {
  const code = new Code(CODE);
  const stream = new SystemStream(random, code);
  const end = CODE + CODE_PAGES * PAGE;
  while (code.here < end) stream.append(SYSTEM_ITEMS);
  return { address: CODE, bytes: code.bytes.slice(0, CODE_PAGES * PAGE) };
}

function round(random: SeededRandom, index: number): Piece {
  const code = new Code(ROUNDS + index * ROUND_BYTES);
  new Round(random, code).emit(ROUNDS + ((index + 1) % ROUND_COUNT) * ROUND_BYTES);
  if (code.bytes.length > ROUND_BYTES) throw new RangeError('a round does not fit in its place');
  return { address: code.start, bytes: code.bytes };
}

/** Where each handler goes on after fetch faults, in turn. */
function targets(random: SeededRandom, saveArea: number): Piece {
  const stream = new SystemStream(random, new Code(0));
  const pointers = BigUint64Array.from({ length: TARGET_COUNT }, () => stream.codePointer());
  return { address: saveArea + TARGETS_OFFSET, bytes: new Uint8Array(pointers.buffer) };
}

/** A random program; the same for the same seed. */
export function systemProgram(seed: number, instructions: number): Program {
  const random = new SeededRandom(seed);
  const data = random.bytes(DATA_PAGES * PAGE);
  const view = new DataView(data.buffer);
  for (let at = 0; at < data.length; at += 16)
    view.setBigUint64(at, interestingFloat(random), true);
  return {
    seed,
    ramBytes: SYSTEM_RAM_BYTES,
    pc: ENTRY,
    x: Array.from({ length: 32 }, () => interestingInteger(random)),
    f: Array.from({ length: 32 }, () => interestingFloat(random)),
    instructions,
    pieces: [
      { address: ENTRY, bytes: entry(new Code(ENTRY)).bytes },
      { address: MACHINE_HANDLER, bytes: emitMachineHandler(new Code(MACHINE_HANDLER)).bytes },
      {
        address: SUPERVISOR_HANDLER,
        bytes: emitSupervisorHandler(new Code(SUPERVISOR_HANDLER)).bytes,
      },
      {
        address: CHANGE_AND_FENCE_ALL,
        bytes: emitChangeSubroutines(new Code(CHANGE_AND_FENCE_ALL)).bytes,
      },
      ...Array.from({ length: ROUND_COUNT }, (_round, index) => round(random, index)),
      targets(random, MACHINE_SAVE),
      targets(random, SUPERVISOR_SAVE),
      initialTables(random),
      codePages(random),
      { address: DATA, bytes: data },
    ],
  };
}
