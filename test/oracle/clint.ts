import type { Hart } from './hart.ts';
import type { Bus } from './memory.ts';
import { MSIP } from './status.ts';

/** Registers of the core-local interruptor at 0x2000000: msip, mtimecmp and mtime of hart 0. */
export const CLINT_BASE = 0x2000000n;
export const CLINT_MSIP = CLINT_BASE;
export const CLINT_MTIMECMP = CLINT_BASE + 0x4000n;
export const CLINT_MTIME = CLINT_BASE + 0xbff8n;
const CLINT_BYTES = 0x10000n;

/**
 * The interruptor as the oracle sees it. Accesses are split into aligned 4-byte words as on the
 * machine's bus; guest time cannot be written, because it is an input (R6).
 */
export class ClintBus implements Bus {
  #hart: Hart | undefined;

  /** The hart exists only after its bus does. */
  attach(hart: Hart): void {
    this.#hart = hart;
  }

  read(address: bigint, bytes: number): bigint | undefined {
    if (address < CLINT_BASE || address >= CLINT_BASE + CLINT_BYTES) return undefined;
    const word = address & ~3n;
    if (bytes === 8) return this.#word(word) | (this.#word(word + 4n) << 32n);
    return BigInt.asUintN(8 * bytes, this.#word(word) >> (8n * (address - word)));
  }

  write(address: bigint, bytes: number, value: bigint): boolean {
    if (address < CLINT_BASE || address >= CLINT_BASE + CLINT_BYTES) return false;
    if (bytes < 4) return true;
    this.#setWord(address, BigInt.asUintN(32, value));
    if (bytes === 8) this.#setWord(address + 4n, value >> 32n);
    return true;
  }

  #word(address: bigint): bigint {
    const hart = this.#hart;
    if (hart === undefined) return 0n;
    const half = (value: bigint, base: bigint): bigint =>
      BigInt.asUintN(32, address === base ? value : value >> 32n);
    if (address === CLINT_MSIP) return (hart.interruptLines & MSIP) === 0n ? 0n : 1n;
    if (address - CLINT_MTIMECMP < 8n && address >= CLINT_MTIMECMP) {
      return half(hart.mtimecmp, CLINT_MTIMECMP);
    }
    if (address - CLINT_MTIME < 8n && address >= CLINT_MTIME) return half(hart.time, CLINT_MTIME);
    return 0n;
  }

  #setWord(address: bigint, value: bigint): void {
    const hart = this.#hart;
    if (hart === undefined) return;
    if (address === CLINT_MSIP) {
      hart.interruptLines = (value & 1n) === 0n ? hart.interruptLines & ~MSIP : MSIP;
    } else if (address === CLINT_MTIMECMP) {
      hart.mtimecmp = (hart.mtimecmp & ~0xffffffffn) | value;
    } else if (address === CLINT_MTIMECMP + 4n) {
      hart.mtimecmp = (hart.mtimecmp & 0xffffffffn) | (value << 32n);
    }
  }
}
