import { xName } from '../oracle/instruction.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { CSR } from './encode.ts';
import type { EngineUnderTest } from './engine.ts';

export const RAM_START = 0x80000000;
const PAGE = 4096;

/** CSRs that are compared. `time` follows from the count; the read-only ones cannot change. */
const COMPARED = [
  'fflags',
  'frm',
  'mstatus',
  'medeleg',
  'mideleg',
  'mie',
  'mip',
  'mtvec',
  'mepc',
  'mcause',
  'mtval',
  'mscratch',
  'mcounteren',
  'menvcfg',
  'mcountinhibit',
  'mcycle',
  'minstret',
  'stvec',
  'sepc',
  'scause',
  'stval',
  'sscratch',
  'scounteren',
  'senvcfg',
  'stimecmp',
  'satp',
  'pmpcfg0',
  'pmpcfg2',
  'pmpaddr0',
] as const satisfies readonly (keyof typeof CSR)[];

/** Something that the oracle and an engine do not agree on. */
export interface Difference {
  readonly what: string;
  readonly oracle: string;
  readonly engine: string;
}

export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Everything that differs between the two, RAM only in the pages the oracle wrote. */
export function* differences(oracle: Oracle, engine: EngineUnderTest): Generator<Difference> {
  const compare = function* (what: string, ours: bigint, theirs: bigint): Generator<Difference> {
    if (ours !== theirs) yield { what, oracle: hex(ours), engine: hex(theirs) };
  };
  yield* compare('pc', oracle.pc, engine.pc);
  yield* compare('privilege', BigInt(oracle.privilege), BigInt(engine.privilege));
  for (let index = 1; index < 32; index++) {
    yield* compare(xName(index), oracle.x[index] ?? 0n, engine.getX(index));
  }
  for (let index = 0; index < 32; index++) {
    yield* compare(`f${index}`, oracle.f[index] ?? 0n, engine.getF(index));
  }
  for (const name of COMPARED) {
    yield* compare(name, oracle.csr(CSR[name]), engine.getCsr(CSR[name]));
  }
  for (const page of oracle.hart.memory.writtenPages) yield* pageDifferences(oracle, engine, page);
}

function* pageDifferences(
  oracle: Oracle,
  engine: EngineUnderTest,
  page: number,
): Generator<Difference> {
  const address = RAM_START + page * PAGE;
  yield* rangeDifferences(oracle, engine, address, PAGE);
  if (!engine.isDirty(page)) {
    yield { what: `dirty mark of page ${hex(address)}`, oracle: 'written', engine: 'clean' };
  }
}

function* rangeDifferences(
  oracle: Oracle,
  engine: EngineUnderTest,
  address: number,
  bytes: number,
): Generator<Difference> {
  const ours = oracle.readRam(BigInt(address), bytes);
  const theirs = engine.readRam(address, bytes);
  if (Buffer.compare(ours, theirs) === 0) return;
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  const word = (from: Uint8Array): string =>
    Buffer.from(from.subarray(at, at + 8))
      .toString('hex')
      .replace(/(..)/g, '$1 ')
      .trim();
  yield { what: `RAM from ${hex(address + at)}`, oracle: word(ours), engine: word(theirs) };
}

/** All of RAM, for writes that only the engine made. */
export const allRamDifferences = (
  oracle: Oracle,
  engine: EngineUnderTest,
  ramBytes: number,
): Generator<Difference> => rangeDifferences(oracle, engine, RAM_START, ramBytes);
