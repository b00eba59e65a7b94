import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Halt, MachineInput, MachineOutput } from '../machine/inputs.ts';

/** Guest RAM as devices see it: the one door for DMA (R1). Addresses are physical. */
export interface GuestMemory {
  /** True when [address, address + length) lies in RAM. */
  contains(address: number, length: number): boolean;
  /** A view for reading only; do not keep it. The range must be in RAM. */
  view(address: number, length: number): Uint8Array;
  readU16(address: number): number;
  readU32(address: number): number;
  readU64(address: number): bigint;
  /** Writes mark pages dirty and invalidate decoded instructions. */
  write(address: number, bytes: Uint8Array): void;
  writeU16(address: number, value: number): void;
  writeU32(address: number, value: number): void;
}

/** What the machine supplies to its devices. */
export interface MachineServices {
  readonly memory: GuestMemory;
  /** Guest time in ticks of 100 ns. */
  time(): bigint;
  output(output: MachineOutput): void;
  halt(halt: Halt): void;
  /** Drives lines of the hart itself (mip bits); for CLINT and PLIC only. */
  setHartLine(bit: number, raised: boolean): void;
  /** A timer compare or a device's deadline changed: the current slice must be planned anew. */
  timerChanged(): void;
  /** The machine timer compare in ticks; it lives in the CPU's cells, where the engines look at it. */
  getMtimecmp(): bigint;
  setMtimecmp(ticks: bigint): void;
}

/** What one device may do to the rest of the machine. */
export interface DeviceContext extends MachineServices {
  /** The instance's name, to address its outputs. */
  readonly name: string;
  /** Drives this device's interrupt line to the PLIC (level-triggered). */
  setInterrupt(raised: boolean): void;
}

/** A place in the physical address map and in the device tree. */
export interface DeviceSlot {
  /** Unique instance name, the key of its checkpoint section (R9): `uart0`, `disk0`, … */
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** PLIC source number, 0 when the device has none. */
  readonly interrupt: number;
}

/**
 * A memory-mapped device. 8-byte accesses reach it as two 4-byte ones, low half first.
 * Everything a device remembers is in its saved section; everything else is derived.
 */
export interface Device {
  /** Value of a 1-, 2- or 4-byte register, zero-extended. */
  read(offset: number, size: 1 | 2 | 4): number;
  write(offset: number, size: 1 | 2 | 4, value: number): void;
  /**
   * Power-on state. Facts of the outside world that came as inputs (wall clock, terminal size)
   * survive, as they would on a desk.
   */
  reset(): void;
  /** Version of the section that `save` writes; `restore` accepts it and every earlier one. */
  readonly version: number;
  save(writer: ByteWriter): void;
  /**
   * Takes over a saved state and drives the interrupt line to match; produces no output.
   * @throws {TruncatedError} when the section is too short or a length is over its cap.
   * @throws {DeviceStateError} when the section contradicts itself or this machine.
   */
  restore(reader: ByteReader, version: number): void;
  /** Only for devices that take inputs. Throws AssertionError on a kind the device does not take. */
  input?(input: MachineInput): void;
  /** How much input fits now: bytes, or frames for a network device. What is over it is dropped and counted. */
  room?(): number;
  /** Guest time (ticks) at which the device wants `advance`, undefined when it waits for nothing. */
  deadline?(): bigint | undefined;
  /** Tells the device that guest time has moved (to its deadline or past it, or because of a time input). */
  advance?(): void;
  /** Figures for the dashboard; part of the saved state, so that they survive a failover. */
  counters?(): Readonly<Record<string, number>>;
  /** Only for the interrupt controller: the level of the line of a source. */
  setLine?(source: number, raised: boolean): void;
}

/** A saved device section that cannot belong to this machine. */
export class DeviceStateError extends Error {
  override readonly name = 'DeviceStateError';
}

/** A synchronous source of disk bytes. Short or failed reads throw. */
export interface ByteSource {
  /** Bytes; a multiple of 512. */
  readonly size: number;
  read(offset: number, target: Uint8Array): void;
}
