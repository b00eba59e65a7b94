/**
 * The machine: CPU engine, leaves, devices and guest RAM, advanced by `run`. It is a function of
 * its state and its inputs (R6): no clock, no randomness, no I/O of its own.
 */
import { assert } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { type Result, ok } from '../../base/result.ts';
import { type Leaves, createLeaves } from '../cpu/leaves.ts';
import { restoreCpu, saveCpu } from '../cpu/cpu-state.ts';
import type { ByteSource } from '../devices/device.ts';
import { type DeviceSet, createDevices } from '../devices/device-set.ts';
import { machineTree } from '../devicetree/machine-tree.ts';
import {
  CPU_BUS_ERROR,
  CPU_IRQ_LINES,
  CPU_MTIMECMP,
  CPU_PC,
  CPU_RAM_BYTES,
  CPU_REMAINING,
  CPU_SLICE_END,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  CPU_WAITING,
  RAM,
  RAM_PHYSICAL,
  STAT_DECODED_DROPS,
  STAT_EXCEPTIONS,
  STAT_INTERRUPTS,
  TIME_SHIFT,
  X_REGISTERS,
} from '../layout.ts';
import { RamMemory } from '../memory/guest-memory.ts';
import { type BootError, type BootFiles, planBoot } from './boot.ts';
import {
  type Captured,
  type CapturePart,
  type CopyStatistics,
  captureMachine,
  copyStatistics,
  isCopying,
  sleepForCopy,
} from './capture.ts';
import { Cells } from './cells.ts';
import { hashBytes } from './digest.ts';
import type { ElfImage } from './elf.ts';
import { type Engine, type EngineName, createEngine } from './engine.ts';
import type { Installation } from '../jit/code-cache.ts';
import type { HotPage } from '../jit/hot-list.ts';
import type { TranslationService } from '../jit/service.ts';
import type { TranslationStatistics } from '../jit/translator.ts';
import type { Halt, MachineInput, MachineOutput, RunResult } from './inputs.ts';
import { createMachineMemory } from './memory.ts';
import { MachineStateError, type MachineState, type Section } from './state.ts';

export interface MachineOptions {
  /** Guest RAM: a multiple of 4096, at most RAM_MAX_BYTES. */
  readonly ramBytes: number;
  /** A memory made by {@link createMachineMemory}; made here when absent. */
  readonly memory?: WebAssembly.Memory;
  readonly engine?: EngineName;
  /** Who translates; by default the thread that runs the machine. */
  readonly translation?: TranslationService | undefined;
  readonly disk?: ByteSource | undefined;
  readonly disk1?: ByteSource | undefined;
  /** Six bytes. */
  readonly mac?: Uint8Array;
}

/** Traps taken since power-on. */
export interface Traps {
  readonly exceptions: bigint;
  readonly interrupts: bigint;
}

/** Figures since power-on, for people; not part of the state. */
export interface MachineStatistics extends Traps {
  readonly decodedDrops: bigint;
  /** Absent for the interpreter. */
  readonly translation: TranslationStatistics | undefined;
}

/** The first address of QEMU's range of locally administered addresses. */
const DEFAULT_MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);

/** A slice is counted in an i32. */
const MAX_SLICE = 0x7fffffff;
const NO_DEADLINE = (1n << 64n) - 1n;

const REGISTER_A0 = 10;
const REGISTER_A1 = 11;
const REGISTER_A2 = 12;
const BOOT_HART = 0n;

const CPU_SECTION = 'cpu';
const CPU_SECTION_VERSION = 1;
const DEVICES_SECTION = 'devices';
const DEVICES_SECTION_VERSION = 1;

export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  /** Guest RAM by physical address: the door for loaders too (R1). */
  readonly ram: RamMemory;
  readonly devices: DeviceSet;
  readonly leaves: Leaves;
  /** Called for everything that leaves the machine, in order. */
  onOutput: (output: MachineOutput) => void = () => undefined;
  /** Called for every input as it takes effect, with its instruction count: the log for replay. */
  onInput: (input: MachineInput, instructions: bigint) => void = () => undefined;
  /** Called behind each slice, wherever the engine came back; for tests and measurements. */
  onSlice: () => void = () => undefined;
  /** Sleeps until COW_BELL is no longer `bell`, or shorter; the host may watch for commands meanwhile. */
  onCopyWait: (bell: number) => void;
  readonly #cells: Cells;
  readonly #engine: Engine;
  /** Kept, because to make one and to let it grow takes time in every checkpoint's pause. */
  readonly #sections = new ByteWriter();
  #halt: Halt | undefined;

  /** Throws RangeError when the host cannot give the memory. */
  constructor(options: MachineOptions) {
    this.ramBytes = options.ramBytes;
    this.memory = options.memory ?? createMachineMemory(options.ramBytes);
    const cells = new Cells(this.memory);
    this.#cells = cells;
    const leaves = createLeaves(this.memory, {
      read: (physical, log2size) => this.devices.bus.read(physical, log2size),
      write: (physical, log2size, value) => {
        this.devices.bus.write(physical, log2size, value);
      },
      translationsStale: (page) => {
        this.#engine.translationsStale(page);
      },
      awaitCopy: (bell) => {
        this.onCopyWait(bell);
      },
    });
    this.leaves = leaves;
    this.onCopyWait = sleepForCopy(this.memory);
    this.ram = new RamMemory(this.memory.buffer, this.ramBytes, (physical, length) => {
      leaves.dma_written(physical, length);
    });
    this.devices = createDevices(
      {
        mac: options.mac ?? DEFAULT_MAC,
        wallClockOriginNs: 0n,
        ...(options.disk ? { disk: options.disk } : {}),
        ...(options.disk1 ? { disk1: options.disk1 } : {}),
      },
      {
        memory: this.ram,
        time: () => this.time,
        output: (output) => {
          this.onOutput(output);
        },
        halt: (halt) => {
          this.#halt = halt;
          leaves.end_slice();
        },
        setHartLine: (bit, raised) => {
          this.#setHartLine(bit, raised);
        },
        timerChanged: () => {
          leaves.end_slice();
        },
        getMtimecmp: () => cells.u64(CPU_MTIMECMP),
        setMtimecmp: (ticks) => {
          cells.setU64(CPU_MTIMECMP, ticks);
        },
      },
      () => {
        cells.setI32(CPU_BUS_ERROR, 1);
      },
    );
    this.#engine = createEngine(
      ...([options.engine ?? 'interpreter', this.memory, leaves] as const),
      options.translation,
    );
    this.reset();
  }

  /** Power-on: CPU and devices; RAM and guest time are left as they are. */
  reset(): void {
    this.#halt = undefined;
    this.#cells.setI32(CPU_RAM_BYTES, this.ramBytes);
    this.leaves.reset();
    this.devices.reset();
  }

  /** Instructions executed since power-on, trapped ones included. */
  get instructions(): bigint {
    const remaining = BigInt(this.#cells.i32(CPU_REMAINING));
    return this.#cells.u64(CPU_SLICE_END) - remaining;
  }

  /** Guest time in ticks of 100 ns. */
  get time(): bigint {
    return BigInt.asUintN(64, this.leaves.guest_time());
  }

  get halted(): Halt | undefined {
    return this.#halt;
  }

  /** Cheap, unlike {@link statistics}: counters are published many times a second, and before each sleep. */
  get traps(): Traps {
    return {
      exceptions: this.#cells.u64(STAT_EXCEPTIONS),
      interrupts: this.#cells.u64(STAT_INTERRUPTS),
    };
  }

  get statistics(): MachineStatistics {
    return {
      ...this.traps,
      decodedDrops: this.#cells.u64(STAT_DECODED_DROPS),
      translation: this.#engine.statistics(),
    };
  }

  /** Has code translated that was hot where this state comes from. Call after {@link restore}. */
  foresee(pages: readonly HotPage[]): void {
    this.#engine.foresee(pages);
  }

  /** The translations of guest code that exist now. */
  get translations(): readonly Installation[] {
    return this.#engine.translations();
  }

  /**
   * Loads firmware, kernel and initial RAM disk, and sets the hart to the firmware's entry.
   * `rngSeed` is the kernel's first entropy.
   */
  load(files: BootFiles, rngSeed?: Uint8Array): Result<void, BootError> {
    const plan = planBoot(files, this.ramBytes, (initrd) =>
      machineTree({
        ramBytes: this.ramBytes,
        bootArguments: files.commandLine,
        devices: this.devices.present,
        ...(initrd ? { initrd } : {}),
        ...(rngSeed ? { rngSeed } : {}),
      }),
    );
    if (!plan.ok) return plan;
    for (const { address, bytes } of plan.value.writes) this.ram.write(address, bytes);
    this.#enter(plan.value.entry, plan.value.deviceTree, plan.value.dynamicInfo);
    return ok(undefined);
  }

  /** Loads a bare program and sets the hart to its entry, in M-mode. */
  loadElf(image: ElfImage): Result<void, BootError> {
    for (const { address, bytes, memoryBytes } of image.segments) {
      if (!this.ram.contains(address, memoryBytes)) {
        const range = `0x${address.toString(16)}..0x${(address + memoryBytes).toString(16)}`;
        return {
          ok: false,
          error: {
            kind: 'does-not-fit',
            message: `the program's segment ${range} lies outside guest memory`,
          },
        };
      }
      this.ram.write(address, bytes);
      this.ram.write(address + bytes.length, new Uint8Array(memoryBytes - bytes.length));
    }
    this.#enter(image.entry, 0, 0);
    return ok(undefined);
  }

  #enter(pc: number, deviceTree: number, dynamicInfo: number): void {
    this.#cells.setU64(CPU_PC, BigInt(pc));
    this.#setX(REGISTER_A0, BOOT_HART);
    this.#setX(REGISTER_A1, BigInt(deviceTree));
    this.#setX(REGISTER_A2, BigInt(dynamicInfo));
  }

  #setX(register: number, value: bigint): void {
    this.#cells.setU64(X_REGISTERS + register * 8, value);
  }

  #setHartLine(bit: number, raised: boolean): void {
    const before = this.#cells.i32(CPU_IRQ_LINES);
    const after = raised ? before | (1 << bit) : before & ~(1 << bit);
    if (after === before) return;
    this.#cells.setI32(CPU_IRQ_LINES, after);
    this.leaves.end_slice();
  }

  /** Gives the machine an input; it takes effect now, between two instructions. */
  input(input: MachineInput): void {
    this.onInput(input, this.instructions);
    if (input.kind === 'time') {
      // Guest time never runs backwards (R10).
      if (input.ticks > this.time) {
        this.#cells.setU64(CPU_TIME_BASE, input.ticks);
        this.#cells.setU64(CPU_TIME_COUNT, this.instructions);
      }
      this.devices.advance();
      return;
    }
    this.devices.input(input);
  }

  /** Executes at most `maxInstructions` (a whole number, at least 0). */
  run(maxInstructions: number): RunResult {
    assert(
      Number.isSafeInteger(maxInstructions) && maxInstructions >= 0,
      'not an instruction count',
    );
    const end = this.instructions + BigInt(maxInstructions);
    for (;;) {
      if (this.#halt) return { reason: 'halt', halt: this.#halt };
      this.leaves.update_interrupts();
      this.leaves.take_interrupt();
      const deadline = this.#deadline();
      if (this.#cells.i32(CPU_WAITING) !== 0) {
        if (this.leaves.interrupt_pending() === 0) return { reason: 'wait', until: deadline };
        this.#cells.setI32(CPU_WAITING, 0);
      }
      const now = this.instructions;
      if (now >= end) return { reason: 'budget' };
      this.#slice(now, end, deadline);
    }
  }

  /** Executes to `end`, to the deadline or to whatever ends the slice before. */
  #slice(now: bigint, end: bigint, deadline: bigint | undefined): void {
    let budget = end - now;
    if (deadline !== undefined) {
      const reached =
        this.#cells.u64(CPU_TIME_COUNT) +
        ((deadline - this.#cells.u64(CPU_TIME_BASE)) << BigInt(TIME_SHIFT));
      if (reached > now && reached - now < budget) budget = reached - now;
    }
    const count = budget > BigInt(MAX_SLICE) ? MAX_SLICE : Number(budget);
    this.#cells.setU64(CPU_SLICE_END, now + BigInt(count));
    this.#cells.setI32(CPU_REMAINING, count);
    this.#engine.run();
    this.onSlice();
    const deviceDeadline = this.devices.deadline();
    if (deviceDeadline !== undefined && deviceDeadline <= this.time) this.devices.advance();
  }

  /** The next guest time at which something happens by itself. */
  #deadline(): bigint | undefined {
    const timer = BigInt.asUintN(64, this.leaves.timer_deadline());
    const device = this.devices.deadline();
    if (timer === NO_DEADLINE) return device;
    return device !== undefined && device < timer ? device : timer;
  }

  /** The state besides RAM. Call between two `run`s. */
  save(): MachineState {
    const writer = this.#sections;
    saveCpu(this.#cells, writer.clear());
    const cpu = writer.finish();
    this.devices.save(writer.clear());
    const devices = writer.finish();
    return new Map<string, Section>([
      [CPU_SECTION, { version: CPU_SECTION_VERSION, bytes: cpu }],
      [DEVICES_SECTION, { version: DEVICES_SECTION_VERSION, bytes: devices }],
    ]);
  }

  /**
   * Takes over a saved state. RAM must hold that state's pages already (written straight to the
   * memory, or by `ram`); everything derived is made anew. Throws MachineStateError, TruncatedError
   * or DeviceStateError; the machine is then unusable.
   */
  restore(state: MachineState): void {
    this.reset();
    const section = (name: string, version: number): ByteReader => {
      const found = state.get(name);
      if (!found) throw new MachineStateError(`the saved state has no section ${name}`);
      if (found.version > version) {
        throw new MachineStateError(
          `section ${name} has version ${found.version}, known is ${version}`,
        );
      }
      return new ByteReader(found.bytes);
    };
    restoreCpu(this.#cells, section(CPU_SECTION, CPU_SECTION_VERSION), this.leaves);
    this.devices.restore(section(DEVICES_SECTION, DEVICES_SECTION_VERSION));
  }

  /**
   * The pause of a checkpoint; call between two `run`s. Undefined when the last capture's copy is still under
   * way: nothing happened then. `done` is called behind each part.
   */
  capture(done: (part: CapturePart) => void = () => undefined): Captured | undefined {
    return captureMachine(this, done);
  }

  /** True while captured pages wait to be copied: no other capture can begin. */
  get copying(): boolean {
    return isCopying(this.#cells);
  }

  get copyStatistics(): CopyStatistics {
    return copyStatistics(this.#cells);
  }

  /** A 64-bit hash of RAM, CPU and devices; equal for equal machines (R6). Not cryptographic. */
  digest(): string {
    let hash = this.leaves.hash_range(RAM, this.ramBytes, 0n);
    for (const { bytes } of this.save().values())
      hash = hashBytes(this.memory, this.leaves, bytes, hash);
    return BigInt.asUintN(64, hash).toString(16).padStart(16, '0');
  }

  /** Copies a range of guest RAM (physical address). */
  readRam(address: number, length: number): Uint8Array<ArrayBuffer> {
    assert(this.ram.contains(address, length), 'not in RAM');
    return new Uint8Array(this.memory.buffer, RAM + address - RAM_PHYSICAL, length).slice();
  }
}
