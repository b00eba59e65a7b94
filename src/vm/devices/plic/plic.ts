import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { assert } from '../../../base/assert.ts';
import type { Device, DeviceContext } from '../device.ts';
import * as reg from './registers.ts';

interface Context {
  readonly line: number;
  readonly enables: Uint32Array;
  threshold: number;
  /** What the line was driven to last; undefined when the hart must be told in any case. */
  driven: boolean | undefined;
}

/**
 * The platform-level interrupt controller (`sifive,plic-1.0.0`): sources 1..95, contexts M and S of
 * hart 0. All sources are level-triggered. The gateway of a source passes one request at a time:
 * from claim to completion it is closed, and at completion it requests again if the line is high.
 * A request whose line falls before the claim stays pending (PLIC specification 1.0.0, "Interrupt
 * Gateways").
 */
export class Plic implements Device {
  readonly version = 1;
  readonly #context: DeviceContext;
  readonly #priorities = new Uint8Array(reg.SOURCES + 1);
  readonly #lines = new Uint32Array(reg.WORDS);
  readonly #pending = new Uint32Array(reg.WORDS);
  readonly #claimed = new Uint32Array(reg.WORDS);
  readonly #contexts: readonly Context[] = reg.CONTEXT_LINES.map((line) => ({
    line,
    enables: new Uint32Array(reg.WORDS),
    threshold: 0,
    driven: undefined,
  }));
  /** What is saved. The lines are not: each device drives its own when it is restored. */
  readonly #bitmaps: readonly Uint32Array[] = [
    ...[this.#pending, this.#claimed],
    ...this.#contexts.map(({ enables }) => enables),
  ];

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  setLine(source: number, raised: boolean): void {
    assert(source >= 1 && source <= reg.SOURCES, `interrupt source ${source}`);
    if (test(this.#lines, source) === raised) return;
    set(this.#lines, source, raised);
    if (raised && this.#request(source)) this.#update();
  }

  /** The gateway: makes a source pending if its line is high and it is not being served. */
  #request(source: number): boolean {
    if (!test(this.#lines, source) || test(this.#claimed, source)) return false;
    if (test(this.#pending, source)) return false;
    set(this.#pending, source, true);
    return true;
  }

  read(offset: number, size: 1 | 2 | 4): number {
    if (size !== 4 || (offset & 3) !== 0) return 0;
    if (offset < reg.PENDING_BASE) return this.#priorities[offset >>> 2] ?? 0;
    if (offset < reg.ENABLE_BASE) return this.#pending[(offset - reg.PENDING_BASE) >>> 2] ?? 0;
    if (offset < reg.CONTEXT_BASE) {
      return this.#enables(offset)?.[enableWord(offset)] ?? 0;
    }
    const context = this.#contexts[contextIndex(offset)];
    if (context === undefined) return 0;
    switch (offset & (reg.CONTEXT_STRIDE - 1)) {
      case reg.THRESHOLD:
        return context.threshold;
      case reg.CLAIM:
        return this.#claim(context);
      default:
        return 0;
    }
  }

  /** Registers are 32 bits wide; other accesses are ignored. */
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size !== 4 || (offset & 3) !== 0) return;
    if (offset < reg.PENDING_BASE) {
      const source = offset >>> 2;
      if (source >= 1 && source <= reg.SOURCES) {
        this.#priorities[source] = value & reg.PRIORITY_MASK;
        this.#update();
      }
    } else if (offset >= reg.ENABLE_BASE && offset < reg.CONTEXT_BASE) {
      this.#writeEnables(offset, value);
    } else if (offset >= reg.CONTEXT_BASE) {
      this.#writeContext(offset, value);
    }
  }

  #enables(offset: number): Uint32Array | undefined {
    const index = Math.floor((offset - reg.ENABLE_BASE) / reg.ENABLE_STRIDE);
    return this.#contexts[index]?.enables;
  }

  #writeEnables(offset: number, value: number): void {
    const enables = this.#enables(offset);
    const word = enableWord(offset);
    if (enables === undefined || word >= reg.WORDS) return;
    enables[word] = word === 0 ? value & ~1 : value;
    this.#update();
  }

  #writeContext(offset: number, value: number): void {
    const context = this.#contexts[contextIndex(offset)];
    if (context === undefined) return;
    switch (offset & (reg.CONTEXT_STRIDE - 1)) {
      case reg.THRESHOLD:
        context.threshold = value & reg.PRIORITY_MASK;
        this.#update();
        break;
      case reg.CLAIM:
        this.#complete(context, value);
        break;
      default:
        break;
    }
  }

  /** The pending, enabled source of the highest priority above `above`; the lowest number wins a tie. */
  #best(context: Context, above: number): number {
    let best = 0;
    let bestPriority = above;
    for (let word = 0; word < reg.WORDS; word++) {
      let candidates = (this.#pending[word] ?? 0) & (context.enables[word] ?? 0);
      while (candidates !== 0) {
        const bit = 31 - Math.clz32(candidates & -candidates);
        candidates &= candidates - 1;
        const source = word * 32 + bit;
        const priority = this.#priorities[source] ?? 0;
        if (priority > bestPriority) {
          best = source;
          bestPriority = priority;
        }
      }
    }
    return best;
  }

  /** "Interrupt Claim Process": not affected by the threshold. */
  #claim(context: Context): number {
    const source = this.#best(context, 0);
    if (source === 0) return 0;
    set(this.#pending, source, false);
    set(this.#claimed, source, true);
    this.#update();
    return source;
  }

  /** "Interrupt Completion": ignored for a source that is not enabled for the context. */
  #complete(context: Context, source: number): void {
    if (source < 1 || source > reg.SOURCES || !test(context.enables, source)) return;
    set(this.#claimed, source, false);
    if (this.#request(source)) this.#update();
  }

  #update(): void {
    for (const context of this.#contexts) {
      const raised = this.#best(context, context.threshold) !== 0;
      if (raised === context.driven) continue;
      context.driven = raised;
      this.#context.setHartLine(context.line, raised);
    }
  }

  /** Every device lowers its line in its own reset, so the lines are low here already. */
  reset(): void {
    this.#priorities.fill(0);
    this.#lines.fill(0);
    for (const words of this.#bitmaps) words.fill(0);
    for (const context of this.#contexts) context.threshold = 0;
    this.#driveAnew();
  }

  /** The hart's lines after a reset or a restore, whatever they were before. */
  #driveAnew(): void {
    for (const context of this.#contexts) context.driven = undefined;
    this.#update();
  }

  save(writer: ByteWriter): void {
    writer.raw(this.#priorities);
    for (const words of this.#bitmaps) for (const word of words) writer.u32(word);
    for (const context of this.#contexts) writer.u8(context.threshold);
  }

  restore(reader: ByteReader): void {
    this.#priorities.set(reader.raw(this.#priorities.length).map((p) => p & reg.PRIORITY_MASK));
    for (const words of this.#bitmaps) {
      for (let word = 0; word < reg.WORDS; word++) words[word] = reader.u32();
      words[0] = (words[0] ?? 0) & ~1;
    }
    for (const context of this.#contexts) context.threshold = reader.u8() & reg.PRIORITY_MASK;
    this.#driveAnew();
  }
}

function enableWord(offset: number): number {
  return ((offset - reg.ENABLE_BASE) % reg.ENABLE_STRIDE) >>> 2;
}

function contextIndex(offset: number): number {
  return Math.floor((offset - reg.CONTEXT_BASE) / reg.CONTEXT_STRIDE);
}

function test(bitmap: Uint32Array, source: number): boolean {
  return (((bitmap[source >>> 5] ?? 0) >>> (source & 31)) & 1) !== 0;
}

function set(bitmap: Uint32Array, source: number, value: boolean): void {
  const word = bitmap[source >>> 5] ?? 0;
  const bit = 1 << (source & 31);
  bitmap[source >>> 5] = value ? word | bit : word & ~bit;
}
