import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngineUnderTest, engineNames } from '../fuzz/engine.ts';
import { decode } from '../oracle/decode.ts';
import { disassemble, xName } from '../oracle/instruction.ts';
import { buildKernel, buildProgram, PROGRAMS } from './programs.ts';
import type { ProgramSource } from './programs.ts';
import { outputOf, trace } from './qemu.ts';
import type { TraceState } from './qemu.ts';
import { Toolchain } from './toolchain.ts';
import type { Built } from './toolchain.ts';
import { OracleHart, World, WORLD_RAM_BYTES } from './world.ts';
import type { Hart } from './world.ts';

const LIMIT = 100_000_000;

let toolchain: Toolchain;
let kernel: Built;
beforeAll(() => {
  toolchain = new Toolchain();
  kernel = buildKernel(toolchain);
});
afterAll(() => {
  toolchain[Symbol.dispose]();
});

/** Both at the first instruction of the program, with the registers QEMU starts it with. */
function atStart(hart: Hart, program: Built, start: TraceState): World {
  const world = new World(hart, kernel, program);
  world.stepInProgram();
  for (let index = 1; index < 32; index++) hart.setX(index, start.registers[index] ?? 0n);
  return world;
}

/** What differs from QEMU's state; undefined if nothing does. */
function difference({ hart }: World, expected: TraceState): string | undefined {
  if (hart.pc !== expected.pc) return `pc ${hart.pc.toString(16)}`;
  for (let index = 0; index < 64; index++) {
    const ours = index < 32 ? hart.getX(index) : hart.getF(index - 32);
    const theirs = expected.registers[index] ?? 0n;
    if (ours !== theirs) {
      const name = index < 32 ? xName(index) : `f${index - 32}`;
      return `${name}: ${hart.name} ${ours.toString(16)}, QEMU ${theirs.toString(16)}`;
    }
  }
  return undefined;
}

function instructionText({ hart }: World, pc: bigint): string {
  const bytes = hart.readRam(Number(pc), 4);
  const bits = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const instruction = decode(bits);
  return `${pc.toString(16)}: ${instruction ? disassemble(instruction, pc) : bits.toString(16)}`;
}

describe('instruction by instruction with qemu-riscv64', () => {
  it.each(PROGRAMS)('$name', async (source) => {
    const program = buildProgram(toolchain, source, 1);
    const oracle = new OracleHart();
    const engine = createEngineUnderTest('interpreter', WORLD_RAM_BYTES);
    let worlds: readonly World[] = [];
    let before = 0n;
    let count = 0;
    for await (const state of trace(program.path)) {
      if (count === 0) worlds = [oracle, engine].map((hart) => atStart(hart, program, state));
      else for (const world of worlds) world.stepInProgram();
      for (const world of worlds) {
        const found = difference(world, state);
        if (found !== undefined) {
          expect.fail(`after ${count} instructions, ${instructionText(world, before)}\n${found}`);
        }
      }
      before = state.pc;
      count++;
    }
    for (const world of worlds) {
      world.stepInProgram();
      expect(world.exit).toBe(0n);
    }
    // A trace that is cut short would prove nothing.
    expect(count).toBeGreaterThan(1000);
  });
});

const large = new Map<string, { readonly program: Built; readonly output: Buffer }>();

/** The program with much work, and what it writes on QEMU; made once for all engines. */
function largeProgram(source: ProgramSource): { readonly program: Built; readonly output: Buffer } {
  const known = large.get(source.name);
  if (known) return known;
  const program = buildProgram(toolchain, source, source.scale);
  const made = { program, output: outputOf(program.path) };
  large.set(source.name, made);
  return made;
}

describe.each(engineNames)('the same output as qemu-riscv64 on the engine %s', (name) => {
  it.each(PROGRAMS)('$name', (source) => {
    const { program, output } = largeProgram(source);
    const world = new World(createEngineUnderTest(name, WORLD_RAM_BYTES), kernel, program);
    expect(world.runToExit(LIMIT)).toBe(0n);
    expect(Buffer.compare(world.output, output)).toBe(0);
  });
});
