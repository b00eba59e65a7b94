/**
 * A guest small enough to simulate thousands of times: a deterministic function of its state and its
 * inputs that writes to its pages, prints numbered lines on two consoles, and echoes keys. All it
 * knows is in RAM and registers, so that a checkpoint holds all of it. It checks by itself that
 * each keyboard's keys come once and in order.
 */
import { ByteReader, ByteWriter } from '../src/base/bytes.ts';
import { defined } from '../src/base/assert.ts';

export const PAGES = 24;
export const PAGE_BYTES = 4096;
export const RAM_BYTES = PAGES * PAGE_BYTES;
/** Most writes go to a few pages, as real ones do. */
const HOT_PAGES = 4;

export type Lane = 'line' | 'paste';
export const DEVICES = { line: 'console0', paste: 'uart0' } as const;

/** Key number `count` of a keyboard. */
export interface GuestKey {
  readonly keyboard: string;
  readonly count: number;
}

export interface GuestOutput {
  readonly device: string;
  readonly text: string;
}

export class KeyError extends Error {
  override readonly name = 'KeyError';
}

export class Guest {
  readonly #words: DataView;
  /** Called before each write, with the page: the one door (R1). */
  onWrite: (page: number) => void = () => undefined;
  onOutput: (output: GuestOutput) => void = () => undefined;
  // Registers: a checkpoint's sections.
  #instructions = 0;
  #chance = 0x9e3779b9;
  #lines: Record<string, number> = { console0: 0, uart0: 0 };
  #keys = new Map<string, number>();
  /** Sleeps until this many instructions, or a key. Returns to zero: a field that must be restored all the same. */
  #sleepUntil = 0;

  /** @param ram RAM_BYTES of memory */
  constructor(ram: Uint8Array) {
    this.#words = new DataView(ram.buffer, ram.byteOffset, RAM_BYTES);
  }

  get instructions(): number {
    return this.#instructions;
  }

  #next(): number {
    let x = this.#chance;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#chance = x >>> 0;
    return this.#chance;
  }

  #write(page: number, offset: number, value: number): void {
    this.onWrite(page);
    this.#words.setUint32(page * PAGE_BYTES + offset, value, true);
  }

  #print(device: string, text: string): void {
    const line = (this.#lines[device] ?? 0) + 1;
    this.#lines[device] = line;
    this.onOutput({ device, text: `${line} ${text}\n` });
  }

  /** Takes a key: throws KeyError when it is not the next of its keyboard. */
  take({ keyboard, count }: GuestKey, lane: Lane): void {
    const key = `${keyboard}/${lane}`;
    const last = this.#keys.get(key) ?? 0;
    if (count !== last + 1) {
      const what = count <= last ? 'came twice' : `came after ${last}`;
      throw new KeyError(`key ${count} of keyboard ${key} ${what}`);
    }
    this.#keys.set(key, count);
    this.#chance = (this.#chance ^ (count * 0x85ebca6b)) >>> 0 || 1;
    this.#sleepUntil = 0;
    this.#write(this.#next() % PAGES, 0, count);
    this.#print(DEVICES[lane], `${keyboard}:${count}`);
  }

  /** Highest key consumed, by keyboard and lane. */
  get consumed(): ReadonlyMap<string, number> {
    return this.#keys;
  }

  /** Lines printed on a device. */
  lines(device: string): number {
    return this.#lines[device] ?? 0;
  }

  get asleep(): boolean {
    return this.#sleepUntil > this.#instructions;
  }

  /** The timer that ends a sleep. */
  wake(): void {
    this.#sleepUntil = 0;
  }

  /** Runs some instructions; false when it went (or stayed) asleep. */
  run(count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (this.asleep) return false;
      this.#instructions += 1;
      const chance = this.#next();
      const page = chance % 5 < 4 ? (chance >>> 3) % HOT_PAGES : (chance >>> 3) % PAGES;
      // Sometimes zero: a page that becomes zero again must be copied, too.
      const value = chance % 7 === 0 ? 0 : this.#next();
      this.#write(page, ((chance >>> 8) % (PAGE_BYTES / 4)) * 4, value);
      if (chance % 23 === 0) this.#print('console0', value.toString(16));
      if (chance % 61 === 0) this.#print('uart0', `log ${value % 100}`);
      if (chance % 97 === 0) this.#sleepUntil = this.#instructions + 1;
    }
    return true;
  }

  /** Registers, as a section. */
  save(): Uint8Array<ArrayBuffer> {
    const writer = new ByteWriter();
    writer.u32(this.#instructions).u32(this.#chance).u32(this.#sleepUntil);
    for (const device of ['console0', 'uart0']) writer.u32(defined(this.#lines[device], device));
    writer.u32(this.#keys.size);
    for (const [key, count] of this.#keys) writer.text(key).u32(count);
    return writer.finish();
  }

  restore(section: Uint8Array): void {
    const reader = new ByteReader(section);
    this.#instructions = reader.u32();
    this.#chance = reader.u32();
    this.#sleepUntil = reader.u32();
    this.#lines = { console0: reader.u32(), uart0: reader.u32() };
    this.#keys = new Map();
    for (let left = reader.u32(); left > 0; left--) this.#keys.set(reader.text(64), reader.u32());
  }
}
