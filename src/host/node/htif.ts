/**
 * The host's end of HTIF, as riscv-tests and Spike use it: the program stores a doubleword in `tohost`
 * {device:8, command:8, payload:48} and finds the answer in `fromhost`. Known here are the end
 * (device 0, odd payload), the proxied calls write and exit (device 0, even payload: address of
 * {number, arguments…}) and the console's putchar (device 1, command 1).
 */
import type { GuestMemory } from '../../vm/devices/device.ts';

const DEVICE_SYSCALL = 0n;
const DEVICE_CONSOLE = 1n;
const COMMAND_WRITE = 1n;
const SYS_WRITE = 64n;
const SYS_EXIT = 93n;
const ENOSYS = 38n;
const EFAULT = 14n;
/** Longest write by a proxied call (R7). */
const MAX_WRITE_BYTES = 1n << 20n;
/** {number, a0..a6} */
const CALL_BYTES = 64;

export class Htif {
  readonly #memory: GuestMemory;
  readonly #tohost: number;
  readonly #fromhost: number | undefined;
  readonly #print: (bytes: Uint8Array) => void;

  /** Addresses are physical. */
  constructor(
    memory: GuestMemory,
    tohost: number,
    fromhost: number | undefined,
    print: (bytes: Uint8Array) => void,
  ) {
    this.#memory = memory;
    this.#tohost = tohost;
    this.#fromhost = fromhost;
    this.#print = print;
  }

  /** Serves what stands in `tohost`; gives the exit code (0 for success) when the program has ended. */
  poll(): bigint | undefined {
    if (!this.#memory.contains(this.#tohost, 8)) return undefined;
    const value = this.#memory.readU64(this.#tohost);
    if (value === 0n) return undefined;
    const device = value >> 56n;
    const command = (value >> 48n) & 0xffn;
    const payload = value & 0xffff_ffff_ffffn;
    if (device === DEVICE_SYSCALL && (payload & 1n) === 1n) return payload >> 1n;
    this.#write64(this.#tohost, 0n);
    if (device === DEVICE_SYSCALL && command === 0n) return this.#call(payload);
    if (device === DEVICE_CONSOLE && command === COMMAND_WRITE) {
      this.#print(Uint8Array.of(Number(payload & 0xffn)));
      this.#answer((value & ~0xffff_ffff_ffffn) | 0x100n | (payload & 0xffn));
    }
    return undefined;
  }

  #call(address: bigint): bigint | undefined {
    const at = Number(address);
    if (!this.#memory.contains(at, CALL_BYTES)) return undefined;
    const number = this.#memory.readU64(at);
    const argument = (index: number): bigint => this.#memory.readU64(at + 8 + index * 8);
    if (number === SYS_EXIT) return argument(0);
    const result = number === SYS_WRITE ? this.#writeCall(argument(1), argument(2)) : -ENOSYS;
    this.#write64(at, BigInt.asUintN(64, result));
    this.#answer(1n);
    return undefined;
  }

  #writeCall(address: bigint, length: bigint): bigint {
    const count = length < MAX_WRITE_BYTES ? length : MAX_WRITE_BYTES;
    if (!this.#memory.contains(Number(address), Number(count))) return -EFAULT;
    this.#print(this.#memory.view(Number(address), Number(count)).slice());
    return count;
  }

  #answer(value: bigint): void {
    if (this.#fromhost !== undefined) this.#write64(this.#fromhost, value);
  }

  #write64(address: number, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    if (this.#memory.contains(address, 8)) this.#memory.write(address, bytes);
  }
}
