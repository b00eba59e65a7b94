import { bit, field, merge } from './bits.ts';
import { MACHINE } from './status.ts';
import type { Privilege } from './status.ts';
import type { Access } from './trap.ts';

/** Physical memory protection (privileged manual, section "Physical Memory Protection"). */

const OFF = 0n;
const TOR = 1n;
const NAPOT = 3n;
const LOCKED = 7;
const ADDRESS_MASK = (1n << 54n) - 1n;
/** R, W, X, A, L; bits 5 and 6 are zero. */
const CONFIG_MASK = 0x9fn;

/** An entry that is not off: its physical range [low, high) and configuration. */
interface Rule {
  readonly low: bigint;
  readonly high: bigint;
  readonly configuration: bigint;
}

export class Pmp {
  readonly #entries: number;
  readonly #grainBits: number;
  readonly #configuration: bigint[];
  readonly #addresses: bigint[];
  /** The entries that match something, in their order; made anew whenever a register changes. */
  #rules: readonly Rule[] = [];

  constructor(entries: number, grainBits: number) {
    this.#entries = entries;
    this.#grainBits = grainBits;
    this.#configuration = new Array<bigint>(entries).fill(0n);
    this.#addresses = new Array<bigint>(entries).fill(0n);
  }

  #mode(index: number): bigint {
    return field(this.#configuration[index] ?? 0n, 4, 3);
  }

  #isLocked(index: number): boolean {
    return bit(this.#configuration[index] ?? 0n, LOCKED);
  }

  /** pmpcfgN: eight entries a register; only even N exist on RV64. */
  readConfiguration(register: number): bigint {
    let value = 0n;
    for (let index = 7; index >= 0; index--) {
      value = (value << 8n) | (this.#configuration[register * 4 + index] ?? 0n);
    }
    return value;
  }

  writeConfiguration(register: number, value: bigint): void {
    for (let index = 0; index < 8; index++) {
      const entry = register * 4 + index;
      if (entry >= this.#entries || this.#isLocked(entry)) continue;
      const configuration = field(value, 8 * index + 7, 8 * index) & CONFIG_MASK;
      this.#configuration[entry] = this.#legalize(entry, configuration);
    }
    this.#updateRules();
  }

  #legalize(entry: number, configuration: bigint): bigint {
    let legal = configuration;
    // W without R is reserved.
    if (bit(legal, 1) && !bit(legal, 0)) legal &= ~2n;
    // NA4 cannot be selected with a grain above 4 bytes: the field keeps its value.
    if (field(legal, 4, 3) === 2n && this.#grainBits > 2) {
      legal = merge(legal, this.#configuration[entry] ?? 0n, 0x18n);
    }
    return legal;
  }

  /** pmpaddrN as software sees it: the bits below the grain read as zeros, or ones in NAPOT mode. */
  readAddress(index: number): bigint {
    const value = this.#addresses[index] ?? 0n;
    const grain = BigInt(this.#grainBits - 2);
    if (grain === 0n) return value;
    const low = (1n << grain) - 1n;
    return this.#mode(index) >= 2n ? value | (low >> 1n) : value & ~low;
  }

  writeAddress(index: number, value: bigint): void {
    if (index >= this.#entries || this.#isLocked(index)) return;
    const nextGuards =
      index + 1 < this.#entries && this.#isLocked(index + 1) && this.#mode(index + 1) === TOR;
    if (!nextGuards) this.#addresses[index] = value & ADDRESS_MASK;
    this.#updateRules();
  }

  /** The physical range [low, high) of an entry that is not off. */
  #range(index: number): readonly [bigint, bigint] {
    const address = this.readAddress(index);
    if (this.#mode(index) === TOR) {
      const grain = BigInt(this.#grainBits - 2);
      const whole = (value: bigint): bigint => ((value >> grain) << grain) << 2n;
      const below = index === 0 ? 0n : (this.#addresses[index - 1] ?? 0n);
      return [whole(below), whole(address)];
    }
    if (this.#mode(index) === NAPOT) {
      // The trailing ones tell the size: yyyy...y01...1 with n ones is a range of 2^(n+3) bytes.
      let ones = 0n;
      while (bit(address, Number(ones))) ones++;
      const size = 1n << (ones + 3n);
      const base = (address << 2n) & ~(size - 1n);
      return [base, base + size];
    }
    return [address << 2n, (address << 2n) + 4n];
  }

  #updateRules(): void {
    const rules: Rule[] = [];
    for (let index = 0; index < this.#entries; index++) {
      if (this.#mode(index) === OFF) continue;
      const [low, high] = this.#range(index);
      rules.push({ low, high, configuration: this.#configuration[index] ?? 0n });
    }
    this.#rules = rules;
  }

  /** Whether an access of `bytes` at a physical address is allowed. */
  allows(address: bigint, bytes: number, access: Access, privilege: Privilege): boolean {
    const end = address + BigInt(bytes);
    for (const { low, high, configuration } of this.#rules) {
      if (end <= low || address >= high) continue;
      // The lowest-numbered entry that matches any byte decides, and it must match all of them.
      if (address < low || end > high) return false;
      if (privilege === MACHINE && !bit(configuration, LOCKED)) return true;
      return bit(configuration, { load: 0, store: 1, fetch: 2 }[access]);
    }
    return privilege === MACHINE || this.#entries === 0;
  }
}
