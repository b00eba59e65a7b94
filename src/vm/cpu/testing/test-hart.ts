/** A hart without an engine: the leaves on a small memory, called directly. For tests only. */
import { assert, defined } from '../../../base/assert.ts';
import {
  CPU_BUS_ERROR,
  CPU_DATA_BANK,
  CPU_PC,
  CPU_PRIVILEGE,
  CPU_RAM_BYTES,
  CPU_REDIRECT,
  CPU_REMAINING,
  CPU_SLICE_END,
  DIRTY_MAP,
  PAGE_RECORDS,
  RAM,
  RAM_PHYSICAL,
  TLB_BANKS,
  TLB_BANK_BYTES,
  TLB_FETCH,
  TLB_OFFSET_MASK,
  TLB_READ,
  TLB_WRITE,
} from '../../layout.ts';
import { CSRS, CSR_STATE, csrSlotAddress } from '../csr-table.ts';
import { type LeafBus, type Leaves, createLeaves } from '../leaves.ts';

export const U = 0;
export const S = 1;
export const M = 3;
export type Mode = typeof U | typeof S | typeof M;

/** Page-table entry bits. */
export const PTE = {
  V: 1n,
  R: 2n,
  W: 4n,
  X: 8n,
  U: 16n,
  G: 32n,
  A: 64n,
  D: 128n,
} as const;
export const SV39 = 8n << 60n;

export const RAM_BYTES = 1 << 20;
export const PAGES = RAM_BYTES / 4096;
const PAGE = 4096n;
/** Page tables are built in the upper half of RAM, the root first. */
const TABLES = BigInt(RAM_PHYSICAL) + BigInt(RAM_BYTES) / 2n;
const SLICE = 1000;
const RUNNING_COUNT = 1_000_000n;

export interface Trap {
  readonly mode: Mode;
  readonly cause: bigint;
  readonly tval: bigint;
  readonly epc: bigint;
}

export const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
export const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
export const ram = (offset: number | bigint): bigint => BigInt(RAM_PHYSICAL) + BigInt(offset);

const TLB_ARRAYS = { read: TLB_READ, write: TLB_WRITE, fetch: TLB_FETCH } as const;

const MSTATUS_MIE = 1n << 3n;
const MSTATUS_MPIE = 1n << 7n;
const MPP_SHIFT = 11n;
const MSTATUS_MPP = 3n << MPP_SHIFT;
const MSTATUS_MPRV = 1n << 17n;
const MSTATUS_TSR = 1n << 22n;

const slotOf = (name: string): number => csrSlotAddress(defined(CSR_STATE.get(name), name));

const NUMBERS = new Map(CSRS.map(({ name, number }) => [name, number]));
export const csrNumber = (name: string): number => defined(NUMBERS.get(name), name);

export class TestHart {
  readonly memory: WebAssembly.Memory;
  readonly view: DataView;
  readonly leaves: Leaves;
  readonly accesses: string[] = [];
  /** Pages whose translations were thrown away. */
  readonly stale: number[] = [];
  /** What a guest that waits for the copier sleeps by. */
  awaitCopy: (bell: number) => void = () => {
    throw new Error('nobody copies');
  };
  /** What devices answer; undefined is a bus error. */
  mmio: (physical: number, log2size: number) => number | undefined = () => 0;
  #nextTable = TABLES + PAGE;

  constructor() {
    const pages = (RAM + RAM_BYTES) / 65536;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.view = new DataView(this.memory.buffer);
    this.leaves = createLeaves(this.memory, this.#bus());
    this.setI32(CPU_RAM_BYTES, RAM_BYTES);
    this.leaves.reset();
    this.slice();
    this.write('pmpaddr0', -1n);
    this.write('pmpcfg0', 0x1fn);
    this.slice();
  }

  #bus(): LeafBus {
    const answer = (physical: number, log2size: number): number => {
      const value = this.mmio(physical, log2size);
      if (value === undefined) this.setI32(CPU_BUS_ERROR, 1);
      return value ?? 0;
    };
    const where = (physical: number, log2size: number): string =>
      `0x${physical.toString(16)}/${1 << log2size}`;
    return {
      read: (physical, log2size) => {
        this.accesses.push(`read ${where(physical, log2size)}`);
        return answer(physical, log2size);
      },
      write: (physical, log2size, value) => {
        this.accesses.push(`write ${where(physical, log2size)} = 0x${(value >>> 0).toString(16)}`);
        answer(physical, log2size);
      },
      translationsStale: (page) => {
        this.stale.push(page);
      },
      awaitCopy: (bell) => {
        this.awaitCopy(bell);
      },
    };
  }

  i32(address: number): number {
    return this.view.getInt32(address, true);
  }

  setI32(address: number, value: number): void {
    this.view.setInt32(address, value, true);
  }

  u64(address: number): bigint {
    return this.view.getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address, unsigned(value), true);
  }

  /** Starts a slice long enough for a test; `sliceEnded` tells whether a leaf has ended it. */
  slice(): void {
    this.setU64(CPU_SLICE_END, RUNNING_COUNT + BigInt(SLICE));
    this.setI32(CPU_REMAINING, SLICE);
  }

  sliceEnded(): boolean {
    return this.i32(CPU_REMAINING) === 0;
  }

  count(): bigint {
    return this.u64(CPU_SLICE_END) - BigInt(this.i32(CPU_REMAINING));
  }

  /** As if an engine had executed `instructions` more. */
  execute(instructions: number): void {
    this.setU64(CPU_SLICE_END, this.u64(CPU_SLICE_END) + BigInt(instructions));
  }

  get pc(): bigint {
    return this.u64(CPU_PC);
  }

  set pc(value: bigint) {
    this.setU64(CPU_PC, value);
  }

  get mode(): Mode {
    return this.i32(CPU_PRIVILEGE) as Mode;
  }

  /** Puts the hart into a mode; CSRs, pc and the TLB stay as they are (but MPRV below M is 0). */
  enter(mode: Mode): this {
    this.setI32(CPU_PRIVILEGE, M);
    // Two writes that cancel make the hart choose its banks anew.
    const status = this.read('mstatus');
    this.write('mstatus', status ^ MSTATUS_TSR);
    this.write('mstatus', status);
    if (mode === M) return this;
    const { pc } = this;
    const kept = ['mstatus', 'mepc'].map((name) => [slotOf(name), this.u64(slotOf(name))] as const);
    const interrupts = (this.read('mstatus') & MSTATUS_MIE) << 4n;
    this.access('mstatus', 'clear', MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MPRV);
    this.access('mstatus', 'set', (BigInt(mode) << MPP_SHIFT) | interrupts);
    this.leaves.mret();
    this.setI32(CPU_REDIRECT, 0);
    for (const [address, value] of kept) this.setU64(address, value);
    this.pc = pc;
    return this;
  }

  /** csrrw, csrrs or csrrc in the current mode; the old value as unsigned. */
  access(csr: string | number, op: 'write' | 'set' | 'clear', operand: bigint): bigint {
    const number = typeof csr === 'number' ? csr : csrNumber(csr);
    const code = { write: 1, set: 2, clear: 3 }[op];
    return unsigned(this.leaves.csr_access(number, code, 1, signed(operand)));
  }

  /** csrr in the current mode. */
  read(csr: string | number): bigint {
    const number = typeof csr === 'number' ? csr : csrNumber(csr);
    return unsigned(this.leaves.csr_access(number, 2, 0, 0n));
  }

  write(csr: string | number, value: bigint): void {
    this.access(csr, 'write', value);
  }

  /** Does something in M-mode, then goes on in the mode it was in. */
  inMachineMode<T>(body: () => T): T {
    const { mode } = this;
    this.enter(M);
    const result = body();
    this.enter(mode);
    return result;
  }

  /** The trap that was just taken, or undefined; forgets it. The hart stays in the handler's mode. */
  trap(): Trap | undefined {
    if (this.i32(CPU_REDIRECT) === 0) return undefined;
    this.setI32(CPU_REDIRECT, 0);
    const { mode } = this;
    const prefix = mode === M ? 'm' : 's';
    const [cause, tval, epc] = ['cause', 'tval', 'epc'].map((name) => this.read(prefix + name));
    return {
      mode,
      cause: defined(cause, 'cause'),
      tval: defined(tval, 'tval'),
      epc: defined(epc, 'epc'),
    };
  }

  /** The cause of the trap just taken; the hart is put back into the mode and to the pc it was at. */
  cause(mode: Mode): bigint | undefined {
    const { pc } = this;
    const trap = this.trap();
    if (trap === undefined) return undefined;
    this.enter(mode);
    this.pc = pc;
    return trap.cause;
  }

  // ---- RAM and page tables -----------------------------------------------------------------------

  /** The 8 bytes at a physical address in RAM. */
  peek(physical: bigint): bigint {
    return this.u64(RAM + Number(physical - ram(0)));
  }

  /** Writes behind the hart's back: nothing becomes dirty. */
  poke(physical: bigint, value: bigint): void {
    this.setU64(RAM + Number(physical - ram(0)), value);
  }

  dirty(): number[] {
    return Array.from({ length: PAGES }, (_, page) => page).filter(
      (page) => this.view.getUint8(DIRTY_MAP + page) !== 0,
    );
  }

  clean(): void {
    for (let page = 0; page < PAGES; page++) this.view.setUint8(DIRTY_MAP + page, 0);
    this.leaves.flush_writes();
  }

  recordsOf(page: number): number {
    return this.i32(PAGE_RECORDS + 4 * page);
  }

  /** Physical address of the entry for `va` at a level, making the tables above it. */
  entry(va: bigint, level = 0): bigint {
    let table = TABLES;
    for (let l = 2; ; l--) {
      const at = table + 8n * ((va >> BigInt(12 + 9 * l)) & 0x1ffn);
      if (l === level) return at;
      const pte = this.peek(at);
      if ((pte & PTE.V) === 0n) {
        this.poke(at, ((this.#nextTable >> 12n) << 10n) | PTE.V);
        this.#nextTable += PAGE;
        assert(this.#nextTable <= ram(RAM_BYTES), 'out of page tables');
      }
      table = (this.peek(at) >> 10n) << 12n;
    }
  }

  /** Maps `va` to `pa`; the flags are taken as given, but V is set. Returns the entry's address. */
  map(va: bigint, pa: bigint, flags: bigint, level = 0): bigint {
    const at = this.entry(va, level);
    this.poke(at, ((pa >> 12n) << 10n) | flags | PTE.V);
    return at;
  }

  /** Switches Sv39 on with the tables that `map` builds. */
  translate(): this {
    this.inMachineMode(() => {
      this.write('satp', SV39 | (TABLES >> 12n));
    });
    this.slice();
    return this;
  }
}

/** Pages that hold the tables made so far start here. */
export const FIRST_TABLE_PAGE = PAGES / 2;
/** The engines' own question, once more: is the page of `va` in this array of a TLB bank? */
export function isCached(
  hart: TestHart,
  bank: 0 | 1 | 2 | 3,
  array: 'read' | 'write' | 'fetch',
  va: bigint,
): boolean {
  const base = TLB_BANKS + bank * TLB_BANK_BYTES + TLB_ARRAYS[array];
  const entry = base + (Number((va >> 8n) & 0xffffn) & TLB_OFFSET_MASK);
  return hart.u64(entry) === (unsigned(va) & ~0xfffn);
}

export const dataBank = (hart: TestHart): number => hart.i32(CPU_DATA_BANK);
