import { describe, expect, it } from 'vitest';
import { Code } from '../../../test/fuzz/code.ts';
import {
  ECALL,
  RA,
  T0,
  T1,
  ZERO,
  addi,
  auipc,
  beq,
  bne,
  csrrs,
  jal,
  jalr,
} from '../../../test/fuzz/encode.ts';
import { SeededRandom } from '../../base/random.ts';
import { decode, lengthOf } from '../isa/decoder.ts';
import { MAX_BLOCK_INSTRUCTIONS, controlFlowOf } from './control-flow.ts';
import type { CodeBlock } from './graph-code.ts';
import { type Interval, formPage } from './page.ts';

const PAGE = 4096;
const MOST_INSTRUCTIONS = 192;
const SATP = 0x180;
const C_NOP = 0x0001;
/** c.j .+4 */
const C_J = 0xa011;

interface Decoding {
  readonly halfwords: Uint16Array;
  /** Offsets that the interpreter has decoded. */
  readonly decoded: ReadonlySet<number>;
  readonly entries?: readonly number[] | undefined;
}

/** By default control comes to the first instruction from elsewhere. */
const entriesOf = ({ decoded, entries = [Math.min(...decoded)] }: Decoding): readonly number[] =>
  entries;

const form = ({ halfwords, decoded, entries }: Decoding): readonly Interval[] =>
  formPage({
    halfword: (offset) => halfwords[offset / 2] ?? 0,
    isDecoded: (offset) => decoded.has(offset),
    entries: entriesOf({ halfwords, decoded, entries }),
  });

/** All of it, decoded from one instruction to the next. */
function linear(code: Code, start = 0): Decoding {
  const halfwords = new Uint16Array(PAGE);
  halfwords.set(new Uint16Array(code.bytes.buffer), start / 2);
  const decoded = new Set<number>();
  for (let at = start; at < start + code.bytes.length; at += lengthOf(halfwords[at / 2] ?? 0))
    decoded.add(at);
  return { halfwords, decoded };
}

const page = (emit: (code: Code) => void, entries = [0]): readonly Interval[] => {
  const code = new Code(0);
  emit(code);
  return form({ ...linear(code), entries });
};

/** Where the blocks of each interval begin, the entry first. */
const startsOf = (intervals: readonly Interval[]): number[][] =>
  intervals.map((interval) => interval.map(({ start }) => start)).sort(([a = 0], [b = 0]) => a - b);

const lengthsOf = (intervals: readonly Interval[]): number[] =>
  intervals.flatMap((interval) => interval.map(({ instructions }) => instructions.length));

describe('the intervals of a page', () => {
  it('hold what is reached through their entry alone', () => {
    // if (t0) t1 += 1 else t1 += 2; and then a loop, whose start both the code above and itself lead to.
    const intervals = page((code) =>
      code.emit(
        beq(T0, ZERO, 12),
        addi(T1, T1, 1),
        jal(ZERO, 8),
        addi(T1, T1, 2),
        addi(T0, T0, -1),
        bne(T0, ZERO, -4),
        jalr(ZERO, RA, 0),
      ),
    );
    expect(startsOf(intervals)).toEqual([
      [0, 4, 12],
      [16, 24],
    ]);
  });

  it('begin where a call returns to and where a function that is called begins', () => {
    const intervals = page((code) =>
      code.emit(jal(RA, 12), addi(T0, T0, 1), jal(ZERO, -8), addi(T1, T1, 1), jalr(ZERO, RA, 0)),
    );
    expect(startsOf(intervals)).toEqual([[0], [4], [12]]);
  });

  it('begin where a call of a computed address returns to', () => {
    const intervals = page((code) => code.emit(jalr(RA, T0, 0), addi(T0, T0, 1)));
    expect(startsOf(intervals)).toEqual([[0], [4]]);
  });

  it('begin behind what may change pages or privilege', () => {
    const intervals = page((code) =>
      code.emit(ECALL, addi(T0, T0, 1), csrrs(ZERO, SATP, T0), addi(T0, T0, 1)),
    );
    expect(startsOf(intervals)).toEqual([[0], [4], [12]]);
  });

  it('begin where control was seen to come from elsewhere', () => {
    const emit = (code: Code): void => void code.emit(addi(T0, T0, 1), addi(T0, T0, 1));
    expect(startsOf(page(emit))).toEqual([[0]]);
    expect(startsOf(page(emit, [0, 4]))).toEqual([[0], [4]]);
    // An entry that was not decoded is none.
    expect(startsOf(page(emit, [0, 4, 400]))).toEqual([[0], [4]]);
  });

  it('follow a far jump inside the page', () => {
    const intervals = page((code) =>
      code.emit(auipc(T0, 0), jalr(ZERO, T0, 12), addi(T1, T1, 1), addi(T1, T1, 2)),
    );
    expect(startsOf(intervals)).toEqual([[0, 12]]);
    expect(intervals.flat().find(({ start }) => start === 0)?.end).toEqual({
      kind: 'jump',
      target: 12,
      returnTo: undefined,
    });
  });

  it('leave out what no place that control was seen to come to leads to', () => {
    // A branch, a call of a function behind, and a function that ran, but seldom.
    const emit = (code: Code): void =>
      void code
        .emit(beq(T0, ZERO, 8), jal(RA, 12), jalr(ZERO, RA, 0))
        .emit(addi(T1, T1, 1), addi(T1, T1, 2), jalr(ZERO, RA, 0));
    expect(startsOf(page(emit))).toEqual([[0, 4], [8], [16]]);
    expect(startsOf(page(emit, [12]))).toEqual([[12]]);
    expect(page(emit, [])).toEqual([]);
  });

  it('hold a loop at their entry', () => {
    expect(startsOf(page((code) => code.emit(bne(T0, ZERO, 0))))).toEqual([[0]]);
    expect(startsOf(page((code) => code.emit(addi(T0, T0, -1), bne(T0, ZERO, -4))))).toEqual([[0]]);
  });

  it('leave out what the interpreter has not decoded, and what no instruction is', () => {
    const code = new Code(0)
      .emit(addi(T0, T0, 1))
      .emit16(0)
      .emit16(C_NOP)
      .emit(addi(T0, T0, 1));
    const whole = linear(code);
    expect(startsOf(form({ ...whole, entries: [0, 4, 6] }))).toEqual([[0], [6]]);
    const decoded = new Set([...whole.decoded].filter((offset) => offset !== 6));
    expect(startsOf(form({ ...whole, decoded, entries: [0, 6, 8] }))).toEqual([[0], [8]]);
  });

  it('end with the page, and ask for nothing of its neighbours', () => {
    const halfwords = new Uint16Array(2 * PAGE);
    halfwords.set(new Uint16Array(new Code(0).emit(beq(T0, ZERO, -8)).bytes.buffer), PAGE / 2 - 2);
    const asked: number[] = [];
    const intervals = formPage({
      halfword: (offset) => halfwords[offset / 2] ?? 0,
      isDecoded: (offset) => {
        asked.push(offset);
        return true;
      },
      entries: [PAGE - 4],
    });
    expect(intervals.flat().some(({ start }) => start >= PAGE)).toBe(false);
    expect(asked.filter((offset) => offset < 0 || offset >= PAGE)).toEqual([]);
  });

  it('leave out an instruction that crosses the end of the page', () => {
    const at = PAGE - 6;
    const whole = linear(new Code(at).emit(addi(T0, T0, 1), addi(T1, T1, 1)), at);
    expect([...whole.decoded]).toEqual([at, PAGE - 2]);
    const intervals = form(whole);
    expect(startsOf(intervals)).toEqual([[at]]);
    expect(intervals[0]?.[0]?.end).toEqual({ kind: 'next', next: PAGE - 2 });
    // One that ends there is taken.
    expect(startsOf(form(linear(new Code(PAGE - 2).emit16(C_NOP), PAGE - 2)))).toEqual([
      [PAGE - 2],
    ]);
  });

  it('are cut where blocks and functions would become too long', () => {
    const long = 5 * MAX_BLOCK_INSTRUCTIONS + 7;
    const intervals = page((code) => {
      for (let i = 0; i < long; i++) code.emit(addi(T0, T0, 1));
    });
    expect(lengthsOf(intervals).sort((a, b) => b - a)).toEqual([64, 64, 64, 64, 64, 7]);
    expect(startsOf(intervals)).toEqual([
      [0, 256, 512],
      [768, 1024, 1280],
    ]);
  });
});

// ---- random code -------------------------------------------------------------------------------

const ROUNDS = 60;

/** Code that jumps about within a page, with what was decoded of it: most of it, and some in its midst. */
function randomPage(random: SeededRandom): Decoding {
  const code = new Code(0);
  const size = 64 + random.below(PAGE - 64);
  const near = (): number => 2 * (random.below(120) - 60);
  const anywhere = (): number => 2 * random.below(size / 2) - code.here;
  while (code.here < size) {
    const kind = random.below(20);
    if (kind < 7) code.emit(addi(T0, T0, 1));
    else if (kind < 9) code.emit16(C_NOP);
    else if (kind < 13) code.emit(beq(T0, T1, near()));
    else if (kind < 14) code.emit(jal(ZERO, anywhere()));
    else if (kind < 15) code.emit(jal(RA, anywhere()));
    else if (kind < 16) code.emit(jalr(random.pick([ZERO, RA]), random.pick([RA, T0]), 0));
    else if (kind < 17) code.emit(random.pick([ECALL, csrrs(ZERO, SATP, T0)]));
    else if (kind < 18) code.emit(auipc(T0, 0), jalr(ZERO, T0, near() & ~1));
    else if (kind < 19) code.emit16(C_J);
    else code.emit16(random.below(0x10000));
  }
  const whole = linear(code);
  const decoded = new Set([...whole.decoded].filter(() => random.below(12) > 0));
  for (let i = random.below(6); i > 0; i--) decoded.add(2 * random.below(size / 2));
  const entries = Array.from({ length: 1 + random.below(12) }, () => 2 * random.below(size / 2));
  return { halfwords: whole.halfwords, decoded, entries };
}

/** What can be translated: decoded, an instruction, and wholly in the page. */
function translatable({ halfwords, decoded }: Decoding): Set<number> {
  const whole = [...decoded].filter((offset) => {
    const lower = halfwords[offset / 2] ?? 0;
    if (lengthOf(lower) === 2) return decode(lower) !== undefined;
    if (offset === PAGE - 2) return false;
    return decode(((halfwords[offset / 2 + 1] ?? 0) << 16) | lower) !== undefined;
  });
  return new Set(whole);
}

const targetsOf = ({ end }: CodeBlock): number[] => {
  if (end.kind === 'branch') return [end.taken, end.next];
  if (end.kind === 'jump') return [end.target];
  return end.kind === 'next' ? [end.next] : [];
};

/** Places that control comes to from elsewhere, as far as a block's end tells. */
const outsideOf = ({ end }: CodeBlock): number[] => {
  if (end.kind === 'leave') return [end.next];
  if (end.kind === 'jump' && end.returnTo !== undefined) return [end.returnTo, end.target];
  return end.kind === 'indirect' && end.returnTo !== undefined ? [end.returnTo] : [];
};

/** What is wrong with a block by itself. */
function faultOfBlock({ start, instructions, end }: CodeBlock): string | undefined {
  let offset = start;
  for (const [index, instruction] of instructions.entries()) {
    if (instruction.offset !== offset) return 'a gap';
    const flow = controlFlowOf(offset, instruction.decoded, instructions[index - 1]);
    offset += instruction.decoded.length;
    const isLast = index === instructions.length - 1;
    if (flow && !isLast) return 'goes on behind its end';
    if (isLast && JSON.stringify(flow ?? { kind: 'next', next: offset }) !== JSON.stringify(end))
      return 'another end than its last instruction has';
  }
  if (instructions.length === 0) return 'empty';
  return instructions.length > MAX_BLOCK_INSTRUCTIONS ? 'too long' : undefined;
}

/** True when some cycle among the members avoids the entry. */
function cyclesBesideEntry(interval: Interval): boolean {
  const left = new Map(interval.slice(1).map((block) => [block.start, targetsOf(block)]));
  for (let shrunk = true; shrunk;) {
    shrunk = false;
    for (const [start, targets] of left) {
      if (targets.some((to) => left.has(to))) continue;
      left.delete(start);
      shrunk = true;
    }
  }
  return left.size > 0;
}

/** Members that control does not reach from the entry inside. */
function unreached(interval: Interval): number[] {
  const blocks = new Map(interval.map((block) => [block.start, block]));
  const seen = new Set<number>();
  const waiting = [interval[0]?.start ?? -1];
  for (const at of waiting) {
    const block = blocks.get(at);
    if (!block || seen.has(at)) continue;
    seen.add(at);
    waiting.push(...targetsOf(block));
  }
  return [...blocks.keys()].filter((start) => !seen.has(start));
}

/** Everything that must not be, in words. */
function faultsOf(decoding: Decoding): string[] {
  const intervals = form(decoding);
  const blocks = intervals.flat();
  const faults = blocks.flatMap((block) => faultOfBlock(block) ?? []);
  const starts = new Set(blocks.map(({ start }) => start));
  if (starts.size !== blocks.length) faults.push('a block is in two intervals');
  const covered = new Set(blocks.flatMap(({ instructions: all }) => all.map((one) => one.offset)));
  const wanted = translatable(decoding);
  if ([...covered].some((offset) => !wanted.has(offset))) faults.push('an instruction is new');
  const leaders = [
    ...blocks.flatMap((block) => [...targetsOf(block), ...outsideOf(block)]),
    ...entriesOf(decoding),
  ];
  if ([...starts].some((start) => !leaders.includes(start))) faults.push('nothing leads there');
  if (leaders.some((to) => wanted.has(to) && !starts.has(to))) faults.push('no block at a leader');
  const outside = new Set([...blocks.flatMap(outsideOf), ...entriesOf(decoding)]);
  const intervalOf = new Map(intervals.flatMap((all) => all.map(({ start }) => [start, all])));
  const isInner = (to: number): boolean =>
    intervalOf.has(to) && intervalOf.get(to)?.[0]?.start !== to;
  if ([...outside].some(isInner)) faults.push('entered from elsewhere, but not first');
  for (const block of blocks)
    for (const to of targetsOf(block))
      if (isInner(to) && intervalOf.get(to) !== intervalOf.get(block.start))
        faults.push('a second way in');
  for (const interval of intervals) {
    if (cyclesBesideEntry(interval)) faults.push('a cycle beside the entry');
    if (unreached(interval).length > 0) faults.push('a member that the entry does not lead to');
    const size = interval.reduce((sum, { instructions }) => sum + instructions.length, 0);
    if (size > MOST_INSTRUCTIONS) faults.push('too long a function');
  }
  return faults;
}

describe('the intervals of random code', () => {
  it('hold every block once, and all ways into them go through their entries (seed 11)', () => {
    const random = new SeededRandom(11);
    let merged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const decoding = randomPage(random);
      expect({ round, faults: faultsOf(decoding) }).toEqual({ round, faults: [] });
      merged += form(decoding).filter((interval) => interval.length > 2).length;
    }
    // Intervals of one block each would have all these properties, too.
    expect(merged).toBeGreaterThan(ROUNDS);
  });
});
