import { RAM_PHYSICAL } from '../../layout.ts';
import type { Halt, MachineOutput } from '../../machine/inputs.ts';
import { RamMemory } from '../../memory/guest-memory.ts';
import type { ByteSource, DeviceContext, MachineServices } from '../device.ts';

export const TEST_RAM_BYTES = 1 << 20;

/** A machine's services over a plain memory, recording what devices do. */
export class TestServices implements MachineServices {
  readonly ram: Uint8Array;
  readonly memory: RamMemory;
  /** 1 for each byte of RAM that was announced as written (R1). */
  readonly announced: Uint8Array;
  outputs: MachineOutput[] = [];
  halts: Halt[] = [];
  readonly hartLines = new Map<number, boolean>();
  now = 0n;
  mtimecmp = 0n;
  timerChanges = 0;

  constructor(ramBytes = TEST_RAM_BYTES) {
    this.ram = new Uint8Array(ramBytes);
    this.announced = new Uint8Array(ramBytes);
    const written = (physical: number, length: number): void => {
      const offset = physical - RAM_PHYSICAL;
      this.announced.fill(1, offset, offset + length);
    };
    this.memory = new RamMemory(this.ram.buffer, ramBytes, written, 0);
  }

  time(): bigint {
    return this.now;
  }

  output(output: MachineOutput): void {
    this.outputs.push(output);
  }

  halt(halt: Halt): void {
    this.halts.push(halt);
  }

  setHartLine(bit: number, raised: boolean): void {
    this.hartLines.set(bit, raised);
  }

  timerChanged(): void {
    this.timerChanges += 1;
  }

  getMtimecmp(): bigint {
    return this.mtimecmp;
  }

  setMtimecmp(ticks: bigint): void {
    this.mtimecmp = ticks;
  }

  /** All console bytes put out by a device so far, as text. */
  consoleText(device: string): string {
    return this.outputs
      .filter((output) => output.kind === 'console' && output.device === device)
      .flatMap((output) => (output.kind === 'console' ? [...output.bytes] : []))
      .map((byte) => String.fromCharCode(byte))
      .join('');
  }
}

/** The context of one device on its own: its interrupt line is a field. */
export class TestContext extends TestServices implements DeviceContext {
  readonly name: string;
  line = false;

  constructor(name: string) {
    super();
    this.name = name;
  }

  setInterrupt(raised: boolean): void {
    this.line = raised;
  }
}

/** A disk in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, target) => {
      if (offset + target.length > bytes.length) throw new RangeError('read past the end');
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

/** A disk whose every byte tells where it is. */
export function patternBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 9)) & 0xff);
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Whether two byte strings are the same; `toEqual` takes seconds for a megabyte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
