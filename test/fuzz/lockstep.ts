import { ClintBus } from '../oracle/clint.ts';
import { decode } from '../oracle/decode.ts';
import { disassemble } from '../oracle/instruction.ts';
import { Oracle } from '../oracle/oracle.ts';
import { PROFILE } from '../oracle/profile.ts';
import type { Profile } from '../oracle/profile.ts';
import { ramImage } from './code.ts';
import type { Program } from './code.ts';
import { allRamDifferences, differences, hex, RAM_START } from './differences.ts';
import type { Difference } from './differences.ts';
import type { EngineUnderTest } from './engine.ts';

/** Compare after so many instructions, by seed; a difference is then looked for one by one. */
const CHUNKS = [64, 251, 16, 1024];
const STORY_LENGTH = 16;

/** Stop a program that does nothing but trap: nothing new would come. */
const MAX_TRAPS_IN_A_ROW = 3000;

export interface LockstepResult {
  readonly executed: number;
  /** How often each kind of exception happened, by cause. */
  readonly exceptions: ReadonlyMap<bigint, number>;
  /** How often each privilege level executed an instruction. */
  readonly privileges: ReadonlyMap<number, number>;
  /** What differs, as a text for people; undefined if nothing does. */
  readonly story: string | undefined;
}

/** What the engine is given between two comparisons, to be repeated in the search for a difference. */
interface Slice {
  readonly count: number;
  /** A time input afterwards. */
  readonly time: bigint | undefined;
}

/** The oracle and the engine with the same program at the same place. */
class Pair {
  readonly oracle: Oracle;
  readonly #program: Program;
  readonly #image: Uint8Array;
  readonly #engine: EngineUnderTest;

  constructor(program: Program, engine: EngineUnderTest, profile: Profile) {
    this.#program = program;
    this.#engine = engine;
    this.#image = ramImage(program);
    const bus = new ClintBus();
    this.oracle = new Oracle({ ramBytes: program.ramBytes, bus, profile });
    bus.attach(this.oracle.hart);
    this.oracle.writeRam(BigInt(RAM_START), this.#image);
    this.oracle.pc = BigInt(program.pc);
    for (let index = 1; index < 32; index++) this.oracle.hart.setX(index, program.x[index] ?? 0n);
    for (let index = 0; index < 32; index++) this.oracle.f[index] = program.f[index] ?? 0n;
    this.restartEngine();
  }

  restartEngine(): void {
    const engine = this.#engine;
    engine.reset(this.#image, BigInt(this.#program.pc));
    for (let index = 1; index < 32; index++) engine.setX(index, this.#program.x[index] ?? 0n);
    for (let index = 0; index < 32; index++) engine.setF(index, this.#program.f[index] ?? 0n);
  }

  runEngine({ count, time }: Slice): void {
    this.#engine.step(count);
    if (time !== undefined) this.#engine.setTime(time);
  }
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
 * The first difference behind the `good` slices. The engine is started afresh for each candidate and
 * given the same slices as in the failing run, because a mistake may hide in how a slice ends.
 */
function findFirst(
  program: Program,
  engine: EngineUnderTest,
  profile: Profile,
  good: readonly Slice[],
  last: Slice,
): string {
  const pair = new Pair(program, engine, profile);
  const { oracle } = pair;
  const story: string[] = [];
  let executed = 0;
  for (const { count, time } of good) {
    for (let index = 0; index < count; index++) {
      story.push(describeNext(oracle));
      oracle.step();
      executed++;
    }
    story.splice(0, Math.max(0, story.length - STORY_LENGTH));
    if (time !== undefined) oracle.setTime(time);
  }
  for (let count = 1; count <= last.count; count++) {
    oracle.settle();
    story.push(describeNext(oracle));
    oracle.step();
    oracle.settle();
    pair.restartEngine();
    for (const slice of good) pair.runEngine(slice);
    engine.step(count);
    const found = [...differences(oracle, engine)];
    if (found.length > 0) return tell(program, engine, executed + count - 1, story, found);
  }
  return `${header(program, engine)} the difference behind instruction ${executed} does not come again`;
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
      .map(({ what, oracle, engine: theirs }) => `  ${what}: oracle ${oracle}, engine ${theirs}`),
  ].join('\n');
}

/** Figures about a run. */
class Census {
  readonly exceptions = new Map<bigint, number>();
  readonly privileges = new Map<number, number>();
  trapsInARow = 0;

  note(cause: bigint | undefined, privilege: number): void {
    this.privileges.set(privilege, (this.privileges.get(privilege) ?? 0) + 1);
    this.trapsInARow = cause === undefined ? 0 : this.trapsInARow + 1;
    if (cause !== undefined) this.exceptions.set(cause, (this.exceptions.get(cause) ?? 0) + 1);
  }
}

/** Steps the oracle until a slice is over: its length is reached, or WFI waits. */
function nextSlice(oracle: Oracle, length: number, census: Census): Slice | 'stuck' {
  let count = 0;
  for (; count < length; count++) {
    oracle.settle();
    const { privilege } = oracle;
    const step = oracle.step();
    if (step.kind === 'waiting') break;
    census.note(step.kind === 'exception' ? step.cause : undefined, privilege);
  }
  oracle.settle();
  if (!oracle.hart.waiting) return { count, time: undefined };
  const time = oracle.timerDeadline();
  return time === undefined && count === 0 ? 'stuck' : { count, time };
}

/** Runs a program on the oracle and on an engine and compares them as they go. */
export function runLockstep(
  program: Program,
  engine: EngineUnderTest,
  profile = PROFILE,
): LockstepResult {
  const pair = new Pair(program, engine, profile);
  const { oracle } = pair;
  const census = new Census();
  const { exceptions, privileges } = census;
  const length = CHUNKS[program.seed % CHUNKS.length] ?? 64;
  const slices: Slice[] = [];
  let executed = 0;
  while (executed < program.instructions && census.trapsInARow < MAX_TRAPS_IN_A_ROW) {
    const slice = nextSlice(oracle, length, census);
    if (slice === 'stuck') break;
    engine.step(slice.count);
    if (!differences(oracle, engine).next().done) {
      const story = findFirst(program, engine, profile, slices, slice);
      return { executed, exceptions, privileges, story };
    }
    if (slice.time !== undefined) {
      oracle.setTime(slice.time);
      engine.setTime(slice.time);
    }
    slices.push(slice);
    oracle.hart.memory.writtenPages.clear();
    executed += slice.count;
  }
  const found = [...allRamDifferences(oracle, engine, program.ramBytes)];
  const story = found.length > 0 ? tell(program, engine, executed, [], found) : undefined;
  return { executed, exceptions, privileges, story };
}
