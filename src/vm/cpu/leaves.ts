/**
 * The leaves, the AssemblyScript module of `vm/leaves`: page walk, slow memory accesses, CSRs, traps,
 * softfloat. Both engines import its exports; the machine calls some itself.
 */
import { leavesBinary } from '../generated/leaves.ts';
import type {
  FLOAT_LEAVES,
  FloatLeaf,
  REGION_LEAVES,
  SYNCHRONISED_LEAVES,
  SynchronisedLeaf,
} from '../isa/leaf-signatures.ts';
import type { ValueType } from '../wasm/ast.ts';
import { writeCsrDescriptors } from './csr-table.ts';

/** What lies outside RAM. Sizes are log2 of the bytes (0 to 2); addresses are unsigned. */
export interface LeafBus {
  /**
   * A device register's value in the low bits. An address that answers to no device sets
   * CPU_BUS_ERROR.
   */
  read(physical: number, log2size: number): number;
  /** Writes the low bits of `value`; errors as for `read`. */
  write(physical: number, log2size: number, value: number): void;
  /** Code of this RAM page (by number) was translated, and has changed: it must not run again. */
  translationsStale(page: number): void;
  /** The guest waits for the copier: returns once COW_BELL has been rung since it was `bell`, or earlier. */
  awaitCopy(bell: number): void;
}

type Host<T extends ValueType> = T extends 'i64' ? bigint : number;
type HostParams<P extends readonly ValueType[]> = { -readonly [I in keyof P]: Host<P[I]> };
type HostResult<R extends ValueType | undefined> = R extends ValueType ? Host<R> : undefined;
type HostFunction<S extends { params: readonly ValueType[]; result: ValueType | undefined }> = (
  ...params: HostParams<S['params']>
) => HostResult<S['result']>;

type EngineLeaves = {
  readonly [N in SynchronisedLeaf]: HostFunction<(typeof SYNCHRONISED_LEAVES)[N]>;
} & {
  readonly [N in FloatLeaf]: HostFunction<(typeof FLOAT_LEAVES)[N]>;
} & {
  readonly [N in keyof typeof REGION_LEAVES]: HostFunction<(typeof REGION_LEAVES)[N]>;
};

/** The module's exports. i64 results are signed bigints, i32 results signed numbers. */
export interface Leaves extends EngineLeaves {
  /** Power-on state; once before anything else, and at every reset. CPU_RAM_BYTES must be set. */
  reset(): void;
  /** Derives banks, PMP ranges and mip from loaded state, and empties TLB and decoded pages. */
  refresh(): void;
  /** Brings mip up to date with guest time and the device lines. */
  update_interrupts(): void;
  /** 1 when it took an interrupt: CPU_PC is then its handler. */
  take_interrupt(): number;
  /** 1 when an interrupt that ends WFI is pending (as of the last `update_interrupts`). */
  interrupt_pending(): number;
  /** Guest time of the next timer interrupt that mie listens to, -1n when there is none. */
  timer_deadline(): bigint;
  guest_time(): bigint;
  /** Makes the engine return at the next instruction boundary. */
  end_slice(): undefined;
  /** Before RAM is written from outside: marks the pages, and drops what was decoded from them. */
  dma_written(physical: number, length: number): void;
  flush_tlb(): void;
  /** Drops write permission everywhere: needed whenever bytes of the current dirty map are cleared. */
  flush_writes(): void;
  /** Begins a capture; 0 when the last one's copy is still under way or pages are being marked again. */
  capture_begin(): number;
  flush_decoded(): void;
  /** Physical address or -1n. `access` 0 load, 1 store, 2 fetch. No side effects. */
  translate_debug(va: bigint, access: number): bigint;
  /** A 64-bit hash of host memory. */
  hash_range(address: number, length: number, seed: bigint): bigint;
}

let compiled: WebAssembly.Module | undefined;

function leavesModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(leavesBinary), (c) => c.charCodeAt(0)));
  return compiled;
}

/**
 * Instantiates the leaves on a machine's memory and writes the CSR table into it. Call `reset` (or
 * load a state and call `refresh`) before anything runs.
 */
export function createLeaves(memory: WebAssembly.Memory, bus: LeafBus): Leaves {
  writeCsrDescriptors(memory);
  const instance = new WebAssembly.Instance(leavesModule(), {
    env: { memory },
    bus: {
      mmio_read: (physical: number, log2size: number) => bus.read(physical >>> 0, log2size),
      mmio_write: (physical: number, log2size: number, value: number) => {
        bus.write(physical >>> 0, log2size, value);
      },
      translations_stale: (page: number) => {
        bus.translationsStale(page);
      },
      await_copy: (bell: number) => {
        bus.awaitCopy(bell);
      },
    },
  });
  return instance.exports as unknown as Leaves;
}
