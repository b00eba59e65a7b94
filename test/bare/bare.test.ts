import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OracleHart } from '../differential/world.ts';
import { Toolchain } from '../differential/toolchain.ts';
import { engineNames } from '../fuzz/engine.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import type { ElfImage } from '../../src/vm/machine/elf.ts';

const RAM_START = 0x80000000;
const RAM_BYTES = 16 << 20;
const SLICE = 5_000;
const LIMIT = 2_000_000;
const PASS = 1n;
const folder = fileURLToPath(new URL('programs', import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.S'))
  .map((name) => name.replace('.S', ''));

let toolchain: Toolchain;
const images = new Map<string, ElfImage>();
beforeAll(() => {
  toolchain = new Toolchain();
  for (const name of names) {
    const { image } = toolchain.build(name, import.meta.url, [`programs/${name}.S`], {
      textStart: RAM_START,
      flags: ['-Wl,-n', `-Wa,-I${folder}`],
    });
    images.set(name, image);
  }
});
afterAll(() => {
  toolchain[Symbol.dispose]();
});

function imageOf(name: string): { readonly image: ElfImage; readonly tohost: number } {
  const image = images.get(name);
  if (image?.tohost === undefined) throw new Error(`${name} has no tohost`);
  return { image, tohost: image.tohost };
}

const word = (bytes: Uint8Array): bigint =>
  new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);

/** 1 is a pass; 2n + 1 says that test n has failed. */
const verdict = (tohost: bigint): string =>
  tohost === PASS ? 'pass' : tohost === 0n ? 'no end' : `test ${tohost >> 1n} failed`;

function onMachine(machine: Machine, tohost: number): string {
  for (let done = 0; done < LIMIT; done += SLICE) {
    const result = machine.run(SLICE);
    if (result.reason === 'wait') {
      if (result.until === undefined) return 'waits for ever';
      machine.input({ kind: 'time', ticks: result.until });
    }
    const value = word(machine.readRam(tohost, 8));
    if (value !== 0n) return verdict(value);
  }
  return verdict(0n);
}

function onOracle(hart: OracleHart, tohost: number): string {
  for (let done = 0; done < LIMIT; done += SLICE) {
    for (let index = 0; index < SLICE && !hart.oracle.hart.waiting; index++) hart.oracle.step();
    hart.oracle.settle();
    if (hart.oracle.hart.waiting) {
      const until = hart.oracle.timerDeadline();
      if (until === undefined) return 'waits for ever';
      hart.oracle.setTime(until);
      hart.oracle.settle();
    }
    const value = word(hart.readRam(tohost, 8));
    if (value !== 0n) return verdict(value);
  }
  return verdict(0n);
}

describe.each(engineNames)('bare programs on the engine %s', (engine) => {
  it.each(names)('%s', (name) => {
    const { image, tohost } = imageOf(name);
    const machine = new Machine({ ramBytes: RAM_BYTES, engine });
    expect(machine.loadElf(image).ok).toBe(true);
    expect(onMachine(machine, tohost)).toBe('pass');
  });
});

describe('bare programs on the oracle', () => {
  it.each(names)('%s', (name) => {
    const { image, tohost } = imageOf(name);
    const ram = new Uint8Array(RAM_BYTES);
    for (const { address, bytes } of image.segments) ram.set(bytes, address - RAM_START);
    const hart = new OracleHart();
    hart.reset(ram, BigInt(image.entry));
    expect(onOracle(hart, tohost)).toBe('pass');
  });
});
