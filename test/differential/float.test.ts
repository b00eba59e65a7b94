import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngineUnderTest, engineNames } from '../fuzz/engine.ts';
import { Oracle } from '../oracle/oracle.ts';
import {
  FIRST_OPERAND,
  FLOAT_RUNS,
  floatProgram,
  operandTables,
  RECORD_BYTES,
  RESULT,
  tableBytes,
} from './float-vectors.ts';
import type { FloatRun, Triple } from './float-vectors.ts';
import { buildKernel } from './programs.ts';
import { outputOf } from './qemu.ts';
import { Toolchain } from './toolchain.ts';
import type { Built } from './toolchain.ts';
import { PROGRAM_START, World, WORLD_RAM_BYTES } from './world.ts';

const isLong = process.env['TANDEM_LONG_TESTS'] === '1';
const seed = Number(process.env['TANDEM_FUZZ_SEED'] ?? '1');
/** Triples of operands; what the program writes must fit in the world's RAM. */
const COUNT = 800;
const ROUNDS = isLong ? 100 : 1;
const LIMIT = 100_000_000;
const MODES = ['rne', 'rtz', 'rdn', 'rup', 'rmm'];
const hex = (value: bigint): string => value.toString(16).padStart(16, '0');

interface Result {
  readonly bits: bigint;
  readonly flags: number;
}

/** Result number `index` of run number `run` in what the program has written. */
function resultAt(output: DataView, run: number, index: number): Result {
  const at = (run * COUNT + index) * RECORD_BYTES;
  return { bits: output.getBigUint64(at, true), flags: output.getUint32(at + 8, true) };
}

/** Executes the instruction on the oracle, as an instruction: with decoding and boxing. */
function onOracle(oracle: Oracle, { toInteger, mode }: FloatRun, operands: Triple): Result {
  const { hart } = oracle;
  oracle.pc = 0x80000000n;
  operands.forEach((operand, index) => (hart.f[FIRST_OPERAND + index] = operand));
  hart.setX(FIRST_OPERAND, operands[0]);
  hart.frm = mode;
  hart.fflags = 0;
  if (oracle.step().kind !== 'executed') throw new Error('the oracle trapped');
  const bits = toInteger ? hart.getX(RESULT) : hart.getF(RESULT);
  return { bits, flags: hart.fflags };
}

const describeRun = ({ name, mode }: FloatRun, operands: Triple): string =>
  `${name} ${MODES[mode] ?? ''} of ${operands.map(hex).join(' ')}`;

let toolchain: Toolchain;
let kernel: Built;
const worlds: { program: Built; expected: DataView; tables: ReturnType<typeof operandTables> }[] =
  [];

beforeAll(() => {
  toolchain = new Toolchain();
  kernel = buildKernel(toolchain);
  for (let round = 0; round < ROUNDS; round++) {
    const tables = operandTables(seed + round, COUNT);
    for (const name of ['single', 'double', 'integer'] as const) {
      toolchain.write(`${name}.bin`, tableBytes(tables[name]));
    }
    const source = toolchain.write('vectors.S', Buffer.from(floatProgram(COUNT)));
    const program = toolchain.build(
      `vectors-${round}`,
      import.meta.url,
      ['programs/start.S', source],
      {
        textStart: PROGRAM_START,
        flags: [`-Wa,-I${toolchain.folder}`],
      },
    );
    const output = outputOf(program.path);
    worlds.push({
      program,
      tables,
      expected: new DataView(output.buffer, output.byteOffset, output.length),
    });
  }
});
afterAll(() => {
  toolchain[Symbol.dispose]();
});

describe('every floating-point instruction in every rounding mode, against qemu-riscv64', () => {
  it('gives the same results and flags on the oracle', () => {
    for (const { expected, tables } of worlds) {
      const oracle = new Oracle({ ramBytes: 4096 });
      oracle.hart.mstatus = 1n << 13n;
      FLOAT_RUNS.forEach((run, number) => {
        oracle.writeRam(0x80000000n, new Uint8Array(Uint32Array.of(run.bits).buffer));
        tables[run.table].forEach((operands, index) => {
          const ours = onOracle(oracle, run, operands);
          const theirs = resultAt(expected, number, index);
          if (ours.bits !== theirs.bits || ours.flags !== theirs.flags) {
            expect.fail(
              `${describeRun(run, operands)}: oracle ${hex(ours.bits)} flags ${ours.flags}, ` +
                `QEMU ${hex(theirs.bits)} flags ${theirs.flags}`,
            );
          }
        });
      });
    }
  });

  it.each(engineNames)('gives the same results and flags on the engine %s', (name) => {
    const engine = createEngineUnderTest(name, WORLD_RAM_BYTES);
    for (const { program, expected, tables } of worlds) {
      const world = new World(engine, kernel, program);
      expect(world.runToExit(LIMIT)).toBe(0n);
      const output = new DataView(world.output.slice().buffer);
      expect(output.byteLength).toBe(expected.byteLength);
      FLOAT_RUNS.forEach((run, number) => {
        tables[run.table].forEach((operands, index) => {
          const ours = resultAt(output, number, index);
          const theirs = resultAt(expected, number, index);
          if (ours.bits !== theirs.bits || ours.flags !== theirs.flags) {
            expect.fail(
              `${describeRun(run, operands)}: engine ${hex(ours.bits)} flags ${ours.flags}, ` +
                `QEMU ${hex(theirs.bits)} flags ${theirs.flags}`,
            );
          }
        });
      });
    }
  });
});
