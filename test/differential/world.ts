import { ClintBus } from '../oracle/clint.ts';
import { Oracle } from '../oracle/oracle.ts';
import type { EngineUnderTest } from '../fuzz/engine.ts';
import type { ElfImage } from '../../src/vm/machine/elf.ts';
import type { Built } from './toolchain.ts';
import { symbols } from './toolchain.ts';

/** RAM of the bare machine that the user programs run on. */
export const WORLD_RAM_BYTES = 24 << 20;
export const KERNEL_START = 0x80000000;
export const PROGRAM_START = 0x80101000;
const RAM_START = 0x80000000;
/** As in kernel.S. */
const OUTPUT = 0x80800000;
const USER = 0;
const STEPS_IN_KERNEL = 100_000;

/** A hart that executes: the oracle or an engine, seen alike. */
export type Hart = Pick<
  EngineUnderTest,
  'getX' | 'setX' | 'getF' | 'pc' | 'privilege' | 'readRam' | 'step' | 'reset' | 'name'
>;

/** The oracle behind the interface of an engine. */
export class OracleHart implements Hart {
  readonly name = 'oracle';
  #oracle = new Oracle({ ramBytes: 0 });

  get oracle(): Oracle {
    return this.#oracle;
  }

  reset(image: Uint8Array, pc: bigint): void {
    const bus = new ClintBus();
    this.#oracle = new Oracle({ ramBytes: image.length, bus });
    bus.attach(this.#oracle.hart);
    this.#oracle.writeRam(BigInt(RAM_START), image);
    this.#oracle.pc = pc;
  }

  getX(index: number): bigint {
    return this.#oracle.x[index] ?? 0n;
  }

  setX(index: number, value: bigint): void {
    this.#oracle.hart.setX(index, value);
  }

  getF(index: number): bigint {
    return this.#oracle.f[index] ?? 0n;
  }

  get pc(): bigint {
    return this.#oracle.pc;
  }

  get privilege(): number {
    return this.#oracle.privilege;
  }

  step(count: number): boolean {
    for (let index = 0; index < count; index++) this.#oracle.step();
    this.#oracle.settle();
    return !this.#oracle.hart.waiting;
  }

  readRam(address: number, length: number): Uint8Array {
    return this.#oracle.readRam(BigInt(address), length);
  }
}

function place(image: Uint8Array, { segments }: ElfImage): void {
  for (const { address, bytes } of segments) image.set(bytes, address - RAM_START);
}

/** A user program on the kernel, on one hart. */
export class World {
  readonly hart: Hart;
  readonly #tohost: number;
  readonly #written: number;

  constructor(hart: Hart, kernel: Built, program: Built) {
    this.hart = hart;
    const addresses = symbols(kernel.path);
    const addressOf = (name: string): number => {
      const address = addresses.get(name);
      if (address === undefined) throw new Error(`kernel.S has no ${name}`);
      return address;
    };
    this.#tohost = addressOf('tohost');
    this.#written = addressOf('written');
    const image = new Uint8Array(WORLD_RAM_BYTES);
    place(image, kernel.image);
    place(image, program.image);
    const entry = new DataView(image.buffer, addressOf('entry') - RAM_START);
    entry.setBigUint64(0, BigInt(program.image.entry), true);
    hart.reset(image, BigInt(kernel.image.entry));
  }

  #word(address: number): bigint {
    const bytes = this.hart.readRam(address, 8);
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }

  /** The exit status, undefined while the program runs. */
  get exit(): bigint | undefined {
    const tohost = this.#word(this.#tohost);
    return tohost === 0n ? undefined : tohost >> 1n;
  }

  /** What the program wrote. */
  get output(): Uint8Array {
    return this.hart.readRam(OUTPUT, Number(this.#word(this.#written)));
  }

  /** Executes one instruction at least, and whatever the kernel does until it is back in the program or done. */
  stepInProgram(): void {
    this.hart.step(1);
    for (let count = 0; this.hart.privilege !== USER; count++) {
      if (count === STEPS_IN_KERNEL) throw new Error('the kernel does not come back');
      if (this.exit !== undefined) return;
      this.hart.step(1);
    }
  }

  /** Runs to the program's exit; its status. Throws after `limit` instructions. */
  runToExit(limit: number): bigint {
    const slice = 100_000;
    for (let done = 0; done < limit; done += slice) {
      this.hart.step(slice);
      const { exit } = this;
      if (exit !== undefined) return exit;
    }
    throw new Error(`no exit within ${limit} instructions`);
  }
}
