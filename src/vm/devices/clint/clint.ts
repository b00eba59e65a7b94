import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Device, DeviceContext } from '../device.ts';
import { MSIP, MSIP_LINE, MTIME, MTIMECMP } from './registers.ts';

/** All ones: a compare that guest time does not reach. */
const NEVER = 0xffff_ffff_ffff_ffffn;
const LOW_HALF = 0xffff_ffffn;

/**
 * The core-local interruptor (`sifive,clint0`): software interrupt and machine timer of hart 0.
 * The compare value lives in the CPU's cells; mtime is guest time and ignores writes, because
 * time is an input (R6).
 */
export class Clint implements Device {
  readonly version = 1;
  readonly #context: DeviceContext;
  #msip = false;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  read(offset: number, size: 1 | 2 | 4): number {
    const word = this.#readWord(offset & ~3);
    const shifted = word >>> ((offset & 3) * 8);
    return size === 4 ? shifted : shifted & (size === 1 ? 0xff : 0xffff);
  }

  #readWord(offset: number): number {
    switch (offset) {
      case MSIP:
        return this.#msip ? 1 : 0;
      case MTIMECMP:
        return Number(this.#context.getMtimecmp() & LOW_HALF);
      case MTIMECMP + 4:
        return Number((this.#context.getMtimecmp() >> 32n) & LOW_HALF);
      case MTIME:
        return Number(this.#context.time() & LOW_HALF);
      case MTIME + 4:
        return Number((this.#context.time() >> 32n) & LOW_HALF);
      default:
        return 0;
    }
  }

  /** Registers are written whole; narrower writes are ignored. */
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size !== 4) return;
    const compare = this.#context.getMtimecmp();
    switch (offset) {
      case MSIP:
        this.#msip = (value & 1) !== 0;
        this.#context.setHartLine(MSIP_LINE, this.#msip);
        break;
      case MTIMECMP:
        this.#setCompare((compare & ~LOW_HALF) | BigInt(value >>> 0));
        break;
      case MTIMECMP + 4:
        this.#setCompare((compare & LOW_HALF) | (BigInt(value >>> 0) << 32n));
        break;
      default:
        break;
    }
  }

  #setCompare(ticks: bigint): void {
    this.#context.setMtimecmp(ticks & NEVER);
    this.#context.timerChanged();
  }

  reset(): void {
    this.#msip = false;
    this.#context.setHartLine(MSIP_LINE, false);
    this.#setCompare(NEVER);
  }

  save(writer: ByteWriter): void {
    writer.bool(this.#msip).u64(this.#context.getMtimecmp());
  }

  restore(reader: ByteReader): void {
    this.#msip = reader.bool();
    this.#context.setHartLine(MSIP_LINE, this.#msip);
    this.#setCompare(reader.u64());
  }
}
