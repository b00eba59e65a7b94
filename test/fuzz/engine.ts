import {
  CPU_FFLAGS,
  CPU_FRM,
  CPU_PC,
  CPU_PRIVILEGE,
  CPU_REMAINING,
  CPU_SLICE_END,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  DIRTY_MAP,
  F_REGISTERS,
  RAM_PHYSICAL,
  X_REGISTERS,
} from '../../src/vm/layout.ts';
import { Cells } from '../../src/vm/machine/cells.ts';
import { ENGINE_NAMES } from '../../src/vm/machine/engine.ts';
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { Machine } from '../../src/vm/machine/machine.ts';

/** What the lockstep comparison needs of an engine. Registers are unsigned 64-bit values. */
export interface EngineUnderTest {
  readonly name: string;
  /** Power-on state with this image at 0x80000000 and guest time 0. */
  reset(image: Uint8Array, pc: bigint): void;
  setX(index: number, value: bigint): void;
  getX(index: number): bigint;
  setF(index: number, value: bigint): void;
  getF(index: number): bigint;
  readonly pc: bigint;
  readonly privilege: number;
  /** A CSR's value, whatever the privilege. */
  getCsr(number: number): bigint;
  /** Executes `count` instructions (trapped ones count); false if it waits in WFI. */
  step(count: number): boolean;
  /** A time input, in ticks. */
  setTime(ticks: bigint): void;
  readRam(address: number, length: number): Uint8Array;
  /** Whether a page of RAM is marked as written since reset (R1). */
  isDirty(page: number): boolean;
  /** Instructions executed since reset. */
  readonly instructions: bigint;
  /** A hash of the whole state. */
  digest(): string;
  /** Instructions executed in translated code since the engine was made. */
  readonly regionInstructions: number;
}

const PAGE = 4096;
const MACHINE_MODE = 3;
const CSR_READ = 2;
const MCYCLE = 0xb00;
const MINSTRET = 0xb02;

/** The machine with one of its engines. */
class MachineUnderTest implements EngineUnderTest {
  readonly name: string;
  readonly machine: Machine;
  readonly #cells: Cells;

  constructor(engine: EngineName, ramBytes: number) {
    this.name = engine;
    this.machine = new Machine({ ramBytes, engine });
    this.#cells = new Cells(this.machine.memory);
  }

  reset(image: Uint8Array, pc: bigint): void {
    const { machine } = this;
    machine.ram.write(RAM_PHYSICAL, image);
    for (const cell of [CPU_SLICE_END, CPU_TIME_BASE, CPU_TIME_COUNT]) this.#cells.setU64(cell, 0n);
    this.#cells.setI32(CPU_REMAINING, 0);
    machine.reset();
    // Nothing is in a write array after a reset, so the map can be cleared.
    new Uint8Array(machine.memory.buffer, DIRTY_MAP, machine.ramBytes / PAGE).fill(0);
    this.#cells.setU64(CPU_PC, pc);
  }

  setX(index: number, value: bigint): void {
    this.#cells.setU64(X_REGISTERS + 8 * index, value);
  }

  getX(index: number): bigint {
    return this.#cells.u64(X_REGISTERS + 8 * index);
  }

  setF(index: number, value: bigint): void {
    this.#cells.setU64(F_REGISTERS + 8 * index, value);
  }

  getF(index: number): bigint {
    return this.#cells.u64(F_REGISTERS + 8 * index);
  }

  get pc(): bigint {
    return this.#cells.u64(CPU_PC);
  }

  get privilege(): number {
    return this.#cells.i32(CPU_PRIVILEGE);
  }

  getCsr(number: number): bigint {
    // Those three depend on mstatus.FS; the others are read as M-mode would.
    const flags = BigInt(this.#cells.i32(CPU_FFLAGS));
    const mode = BigInt(this.#cells.i32(CPU_FRM));
    if (number === 0x001) return flags;
    if (number === 0x002) return mode;
    if (number === 0x003) return (mode << 5n) | flags;
    const { privilege } = this;
    this.#cells.setI32(CPU_PRIVILEGE, MACHINE_MODE);
    const value = BigInt.asUintN(64, this.machine.leaves.csr_access(number, CSR_READ, 0, 0n));
    this.#cells.setI32(CPU_PRIVILEGE, privilege);
    // An instruction that reads a counter does not count itself; here no instruction reads.
    const isRunningCounter =
      (number === MCYCLE && (this.getCsr(0x320) & 1n) === 0n) ||
      (number === MINSTRET && (this.getCsr(0x320) & 4n) === 0n);
    return isRunningCounter ? BigInt.asUintN(64, value + 1n) : value;
  }

  step(count: number): boolean {
    return this.machine.run(count).reason !== 'wait';
  }

  setTime(ticks: bigint): void {
    this.machine.input({ kind: 'time', ticks });
  }

  readRam(address: number, length: number): Uint8Array {
    return this.machine.readRam(address, length);
  }

  get instructions(): bigint {
    return this.machine.instructions;
  }

  digest(): string {
    return this.machine.digest();
  }

  get regionInstructions(): number {
    return this.machine.statistics.translation?.executed ?? 0;
  }

  isDirty(page: number): boolean {
    return new Uint8Array(this.machine.memory.buffer)[DIRTY_MAP + page] === 1;
  }
}

/** Every engine that the machine can be made with is compared. */
export const engineNames: readonly EngineName[] = ENGINE_NAMES;

/** An engine of a machine with this much RAM. */
export const createEngineUnderTest = (name: EngineName, ramBytes: number): EngineUnderTest =>
  new MachineUnderTest(name, ramBytes);
