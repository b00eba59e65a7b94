/** The hart's section of a saved state: registers, CSRs by name, time and instruction count. */
import { type ByteReader, ByteWriter } from '../../base/bytes.ts';
import {
  CPU_FFLAGS,
  CPU_FRM,
  CPU_IRQ_LINES,
  CPU_MTIMECMP,
  CPU_PC,
  CPU_PRIVILEGE,
  CPU_REMAINING,
  CPU_RESERVATION,
  CPU_SLICE_END,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  CPU_WAITING,
  F_REGISTERS,
  X_REGISTERS,
} from '../layout.ts';
import type { Cells } from '../machine/cells.ts';
import { CSR_STATE, csrSlotAddress } from './csr-table.ts';

const REGISTERS = 32;
const MAX_CSRS = 4096;
const MAX_CSR_NAME = 32;

/** Where CSRs are, and their names as they are written. */
const CSRS = Array.from(CSR_STATE, ([name, slot]) => ({
  name: new ByteWriter().text(name).finish(),
  at: csrSlotAddress(slot),
}));

/** Cells kept as they are; the order is the format's. */
const CELLS_64 = [CPU_PC, CPU_RESERVATION, CPU_TIME_BASE, CPU_TIME_COUNT, CPU_MTIMECMP] as const;
const CELLS_32 = [CPU_PRIVILEGE, CPU_FRM, CPU_FFLAGS, CPU_WAITING, CPU_IRQ_LINES] as const;

/** Writes the hart's state. Call between slices: the count is then CPU_SLICE_END - CPU_REMAINING. */
export function saveCpu(cells: Cells, writer: ByteWriter): void {
  writer.u64(cells.u64(CPU_SLICE_END) - BigInt(cells.i32(CPU_REMAINING)));
  writer.raw(cells.bytes(X_REGISTERS, 8 * REGISTERS));
  writer.raw(cells.bytes(F_REGISTERS, 8 * REGISTERS));
  for (const address of CELLS_64) writer.u64(cells.u64(address));
  for (const address of CELLS_32) writer.u32(cells.i32(address));
  writer.u16(CSR_STATE.size);
  for (const { name, at } of CSRS) writer.raw(name).u64(cells.u64(at));
}

/**
 * Loads the hart's state and has everything derived made anew. CSRs that this release lacks are
 * ignored, those that the saved state lacks keep their reset value (R9). Throws TruncatedError.
 */
export function restoreCpu(cells: Cells, reader: ByteReader, derive: { refresh(): void }): void {
  cells.setU64(CPU_SLICE_END, reader.u64());
  cells.setI32(CPU_REMAINING, 0);
  for (let i = 0; i < REGISTERS; i++) cells.setU64(X_REGISTERS + 8 * i, reader.u64());
  for (let i = 0; i < REGISTERS; i++) cells.setU64(F_REGISTERS + 8 * i, reader.u64());
  for (const address of CELLS_64) cells.setU64(address, reader.u64());
  for (const address of CELLS_32) cells.setI32(address, reader.u32() | 0);
  const count = Math.min(reader.u16(), MAX_CSRS);
  for (let i = 0; i < count; i++) {
    const slot = CSR_STATE.get(reader.text(MAX_CSR_NAME));
    const value = reader.u64();
    if (slot !== undefined) cells.setU64(csrSlotAddress(slot), value);
  }
  derive.refresh();
}
