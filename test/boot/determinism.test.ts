/** R6: the machine is a function of its state and its inputs, on either engine and across a snapshot. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ByteSource } from '../../src/vm/devices/device.ts';
import { RAM } from '../../src/vm/layout.ts';
import { ENGINE_NAMES, type EngineName } from '../../src/vm/machine/engine.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { STOCK } from '../host/program.ts';

const RAM_BYTES = 128 << 20;
/** Of the guest's instructions: far enough for user programs, short enough for a test. */
const MIDDLE = 200_000_000n;
const END = 330_000_000n;
/** Inputs come after so many instructions each, with so much guest time. */
const STEP = 150_000;
const STEP_TICKS = 15_000n;

let descriptor = -1;
let disk: ByteSource;
beforeAll(() => {
  const path = join(STOCK, 'root.erofs');
  descriptor = openSync(path, 'r');
  disk = {
    size: statSync(path).size,
    read: (offset, target) => {
      readSync(descriptor, target, 0, target.length, offset);
    },
  };
});
afterAll(() => {
  closeSync(descriptor);
});

function boot(engine: EngineName): Machine {
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

/** Runs to an instruction count, with inputs that depend on nothing but the machine. Gives its output. */
function advance(machine: Machine, end: bigint): string {
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
  }
  return said;
}

it('the same inputs give the same digest, on every engine, and from a saved state', () => {
  const first = boot('interpreter');
  let said = advance(first, MIDDLE);
  const middle = { digest: first.digest(), instructions: first.instructions };
  const state = first.save();
  const ram = new Uint8Array(first.memory.buffer, RAM, RAM_BYTES).slice();
  said += advance(first, END);
  const last = { digest: first.digest(), instructions: first.instructions };
  expect(said).toMatch(/OpenSBI/);

  const resumed = new Machine({ ramBytes: RAM_BYTES, disk, engine: 'interpreter' });
  new Uint8Array(resumed.memory.buffer, RAM, RAM_BYTES).set(ram);
  resumed.restore(state);
  expect(resumed.digest()).toBe(middle.digest);
  advance(resumed, END);
  expect({ digest: resumed.digest(), instructions: resumed.instructions }).toEqual(last);

  for (const engine of ENGINE_NAMES) {
    // `jit` translates everything at once: a test engine, too slow for a boot.
    if (engine === 'interpreter' || engine === 'jit') continue;
    const other = boot(engine);
    advance(other, MIDDLE);
    expect({ engine, digest: other.digest() }).toEqual({ engine, digest: middle.digest });
    advance(other, END);
    expect({ engine, digest: other.digest() }).toEqual({ engine, digest: last.digest });
  }
});
