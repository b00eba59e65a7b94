import { ClintBus } from '../oracle/clint.ts';
import { decode } from '../oracle/decode.ts';
import { disassemble, xName } from '../oracle/instruction.ts';
import { Oracle } from '../oracle/oracle.ts';
import { PROFILE } from '../oracle/profile.ts';
import type { Profile } from '../oracle/profile.ts';
import { ramImage } from './code.ts';
import type { Program } from './code.ts';
import type { EngineUnderTest } from './engine.ts';
import { CSR } from './encode.ts';

/** Compare after so many instructions, by seed; a difference is then looked for one by one. */
const CHUNKS = [64, 251, 16, 1024];
const chunkOf = ({ seed }: Program): number => CHUNKS[seed % CHUNKS.length] ?? 64;

const RAM_START = 0x80000000;
const PAGE = 4096;
const STORY_LENGTH = 12;

/** Stop a program that does nothing but trap: nothing new would come. */
const MAX_TRAPS_IN_A_ROW = 40;

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

export interface LockstepResult {
  readonly executed: number;
  /** How often each kind of exception happened, by cause. */
  readonly exceptions: ReadonlyMap<bigint, number>;
  /** What differs, as a text for people; undefined if nothing does. */
  readonly story: string | undefined;
}

interface Difference {
  readonly what: string;
  readonly oracle: string;
  readonly engine: string;
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function startOracle(program: Program, image: Uint8Array, profile: Profile): Oracle {
  const bus = new ClintBus();
  const oracle = new Oracle({ ramBytes: program.ramBytes, bus, profile });
  bus.attach(oracle.hart);
  oracle.writeRam(BigInt(RAM_START), image);
  oracle.pc = BigInt(program.pc);
  for (let index = 1; index < 32; index++) oracle.hart.setX(index, program.x[index] ?? 0n);
  for (let index = 0; index < 32; index++) oracle.f[index] = program.f[index] ?? 0n;
  return oracle;
}

function startEngine(program: Program, image: Uint8Array, engine: EngineUnderTest): void {
  engine.reset(image, BigInt(program.pc));
  for (let index = 1; index < 32; index++) engine.setX(index, program.x[index] ?? 0n);
  for (let index = 0; index < 32; index++) engine.setF(index, program.f[index] ?? 0n);
}

/** Everything that differs between the two, RAM only in the pages the oracle wrote. */
function* differences(oracle: Oracle, engine: EngineUnderTest): Generator<Difference> {
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
  for (const name of COMPARED)
    yield* compare(name, oracle.csr(CSR[name]), engine.getCsr(CSR[name]));
  for (const page of oracle.hart.memory.writtenPages) yield* pageDifferences(oracle, engine, page);
}

function* pageDifferences(
  oracle: Oracle,
  engine: EngineUnderTest,
  page: number,
): Generator<Difference> {
  const address = RAM_START + page * PAGE;
  const ours = oracle.readRam(BigInt(address), PAGE);
  const theirs = engine.readRam(address, PAGE);
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  if (at >= 0) {
    yield {
      what: `RAM at ${hex(address + at)}`,
      oracle: hex(ours[at] ?? 0),
      engine: hex(theirs[at] ?? 0),
    };
  }
  if (!engine.isDirty(page)) {
    yield { what: `dirty mark of page ${hex(address)}`, oracle: 'written', engine: 'clean' };
  }
}

/** All of RAM, for writes that only the engine made. */
function* allRamDifferences(
  oracle: Oracle,
  engine: EngineUnderTest,
  ramBytes: number,
): Generator<Difference> {
  const ours = oracle.readRam(BigInt(RAM_START), ramBytes);
  const theirs = engine.readRam(RAM_START, ramBytes);
  if (Buffer.compare(ours, theirs) === 0) return;
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  yield {
    what: `RAM at ${hex(RAM_START + at)}`,
    oracle: hex(ours[at] ?? 0),
    engine: hex(theirs[at] ?? 0),
  };
}

/** The instruction at the oracle's pc, as text; it may not be there. */
function describeNext(oracle: Oracle): string {
  const { pc, privilege } = oracle;
  const mode = ['U', 'S', '?', 'M'][privilege] ?? '?';
  const bits = oracle.peekInstruction();
  if (bits === undefined) return `${mode} ${hex(pc)}: (cannot be fetched)`;
  const instruction = decode(bits);
  const text = instruction ? disassemble(instruction, pc) : 'illegal';
  return `${mode} ${hex(pc)}: ${bits.toString(16).padStart(8, '0')}  ${text}`;
}

/**
 * The first difference behind `good` instructions. The engine is started afresh for each candidate and
 * given the same slices as in the failing run, because a mistake may hide in how a slice ends.
 */
function findFirst(
  program: Program,
  engine: EngineUnderTest,
  profile: Profile,
  good: number,
): string {
  const image = ramImage(program);
  const oracle = startOracle(program, image, profile);
  const story: string[] = [];
  const chunk = chunkOf(program);
  for (let index = 0; index < good; index++) {
    if (good - index <= STORY_LENGTH) story.push(describeNext(oracle));
    oracle.step();
  }
  oracle.settle();
  for (let count = 1; count <= chunk; count++) {
    story.push(describeNext(oracle));
    oracle.step();
    oracle.settle();
    startEngine(program, image, engine);
    for (let done = 0; done < good; done += chunk) engine.step(chunk);
    engine.step(count);
    const found = [...differences(oracle, engine)];
    if (found.length > 0) return tell(program, engine, good + count - 1, story, found);
  }
  return `${header(program, engine)} the difference between instructions ${good} and ${good + chunk} does not come again`;
}

const header = (program: Program, engine: EngineUnderTest): string =>
  `seed ${program.seed}, engine ${engine.name}:`;

function tell(
  program: Program,
  engine: EngineUnderTest,
  index: number,
  story: readonly string[],
  found: readonly Difference[],
): string {
  return [
    `${header(program, engine)} first difference after instruction ${index}`,
    ...story.slice(-STORY_LENGTH).map((line) => `    ${line}`),
    ...found
      .slice(0, 12)
      .map(
        ({ what, oracle: ours, engine: theirs }) => `  ${what}: oracle ${ours}, engine ${theirs}`,
      ),
  ].join('\n');
}

/** Runs a program on the oracle and on an engine and compares them as they go. */
export function runLockstep(
  program: Program,
  engine: EngineUnderTest,
  profile = PROFILE,
): LockstepResult {
  const image = ramImage(program);
  const oracle = startOracle(program, image, profile);
  startEngine(program, image, engine);
  const exceptions = new Map<bigint, number>();
  const chunk = chunkOf(program);
  let trapsInARow = 0;
  let executed = 0;
  while (executed < program.instructions && trapsInARow < MAX_TRAPS_IN_A_ROW) {
    let count = 0;
    for (; count < chunk; count++) {
      const step = oracle.step();
      if (step.kind === 'waiting') break;
      if (step.kind === 'exception') {
        exceptions.set(step.cause, (exceptions.get(step.cause) ?? 0) + 1);
        trapsInARow++;
      } else {
        trapsInARow = 0;
      }
    }
    oracle.settle();
    // Also a machine that waits at once must be asked, so that it can disagree.
    engine.step(count);
    for (const _difference of differences(oracle, engine)) {
      return { executed, exceptions, story: findFirst(program, engine, profile, executed) };
    }
    oracle.hart.memory.writtenPages.clear();
    executed += count;
    if (count < chunk) break;
  }
  const found = [...allRamDifferences(oracle, engine, program.ramBytes)];
  const story = found.length > 0 ? tell(program, engine, executed, [], found) : undefined;
  return { executed, exceptions, story };
}
