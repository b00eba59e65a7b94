/** The stock guest, booted with inputs that depend on nothing but the machine. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteSource } from '../../src/vm/devices/device.ts';
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { STOCK } from '../host/program.ts';

export const RAM_BYTES = 128 << 20;
/** Inputs come after so many instructions each, with so much guest time. */
const STEP = 150_000;
const STEP_TICKS = 15_000n;

export interface RootDisk extends ByteSource {
  close(): void;
}

export function openRootDisk(): RootDisk {
  const path = join(STOCK, 'root.erofs');
  const descriptor = openSync(path, 'r');
  return {
    size: statSync(path).size,
    read: (offset, target) => {
      readSync(descriptor, target, 0, target.length, offset);
    },
    close: () => {
      closeSync(descriptor);
    },
  };
}

export function boot(engine: EngineName, disk: ByteSource): Machine {
  const machine = new Machine({ ramBytes: RAM_BYTES, disk, engine });
  const read = (name: string): Uint8Array => readFileSync(join(STOCK, name));
  const loaded = machine.load(
    {
      firmware: read('fw.bin'),
      kernel: read('Image'),
      initrd: read('initrd.img'),
      commandLine: 'console=ttyS0 quiet',
    },
    new Uint8Array(32).fill(7),
  );
  if (!loaded.ok) throw new Error(loaded.error.message);
  machine.input({ kind: 'wall-clock', originNs: 1_700_000_000_000_000_000n });
  return machine;
}

/** Runs to an instruction count; `onStep` is called between two inputs. Gives the guest's output. */
export function advance(
  machine: Machine,
  end: bigint,
  onStep: () => void = () => undefined,
): string {
  let said = '';
  const wanted: { device: string; bytes: number }[] = [];
  machine.onOutput = (output) => {
    if (output.kind === 'console') said += new TextDecoder().decode(output.bytes);
    else if (output.kind === 'entropy-wanted') wanted.push(output);
  };
  while (machine.instructions < end) {
    const left = end - machine.instructions;
    const result = machine.run(left < BigInt(STEP) ? Number(left) : STEP);
    for (const { device, bytes } of wanted.splice(0)) {
      machine.input({ kind: 'entropy', device, bytes: new Uint8Array(bytes).fill(0x55) });
    }
    if (result.reason === 'halt') throw new Error(`the guest halted: ${result.halt.kind}`);
    const ticks = result.reason === 'wait' ? result.until : machine.time + STEP_TICKS;
    machine.input({ kind: 'time', ticks: ticks ?? machine.time + STEP_TICKS });
    onStep();
  }
  return said;
}
