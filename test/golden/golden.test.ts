/**
 * The WebAssembly made of the patterns that matter, as text: a change of the translator shows as a
 * diff of these files. `npx vitest run test/golden -u` writes them anew.
 */
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { formPage } from '../../src/vm/jit/page.ts';
import { translatePage } from '../../src/vm/jit/page-code.ts';
import { formRegion } from '../../src/vm/jit/region.ts';
import { translateRegion } from '../../src/vm/jit/region-code.ts';
import { Code } from '../fuzz/code.ts';
import {
  add,
  addi,
  beq,
  bne,
  CSR,
  csrrs,
  ECALL,
  jal,
  jalr,
  ld,
  RA,
  sd,
  T0,
  T1,
  T2,
  ZERO,
} from '../fuzz/encode.ts';

const PAGE = 4096;
/** Where the tests pretend that the page's records are. */
const recordsOf = (page: number): number => 0x400000 + page * 0x8010;
/** fadd.d f1, f2, f3, rne. */
const FADD_D = 0x023100d3;

/** The region of code at 0, as if all of it had run once; `targets` by offset of a computed jump. */
async function textOf(
  emit: (code: Code) => void,
  targets: Readonly<Record<number, readonly number[]>> = {},
): Promise<string> {
  const code = new Code(0);
  emit(code);
  const halfwords = new Uint16Array(code.bytes.buffer);
  const region = formRegion(
    {
      pageAt: (distance) => (distance * PAGE < code.bytes.length ? distance : undefined),
      halfword: (page, offset) => halfwords[(page * PAGE + offset) / 2] ?? 0,
      arrivals: () => 1,
      targets: (offset) => targets[offset] ?? [],
    },
    0,
    100,
  );
  if (!region) throw new Error('the code cannot be translated');
  return printed(translateRegion(region, recordsOf).bytes);
}

/** The page of code at 0, all of it decoded; control comes to `entries` from elsewhere. */
async function pageTextOf(
  emit: (code: Code) => void,
  entries: readonly number[] = [0],
): Promise<string> {
  const code = new Code(0);
  emit(code);
  const halfwords = new Uint16Array(code.bytes.buffer);
  const intervals = formPage({
    halfword: (offset) => halfwords[offset / 2] ?? 0,
    // No instruction here is a compressed one.
    isDecoded: (offset) => offset < code.bytes.length && offset % 4 === 0,
    entries,
  });
  return printed(translatePage(intervals).bytes);
}

async function printed(bytes: Uint8Array): Promise<string> {
  const tools = await wabt();
  const module = tools.readWasm(bytes, { threads: true, tail_call: true });
  module.applyNames();
  const text = module.toText({ foldExprs: true, inlineExport: false });
  module.destroy();
  return text;
}

const PATTERNS: readonly {
  readonly name: string;
  readonly emit: (code: Code) => void;
  readonly targets?: Readonly<Record<number, readonly number[]>>;
}[] = [
  {
    name: 'loop',
    emit: (code) => code.emit(add(T0, T0, T1), addi(T1, T1, -1), bne(T1, ZERO, -8)),
  },
  { name: 'load-and-store', emit: (code) => code.emit(ld(T0, T1, 8), sd(T0, T2, 16)) },
  {
    name: 'near-accesses',
    emit: (code) => code.emit(sd(RA, T1, 24), bne(T0, ZERO, 12), sd(T0, T1, -8), ld(T2, T1, 16)),
  },
  {
    name: 'diamond',
    emit: (code) =>
      code.emit(beq(T0, ZERO, 12), addi(T1, T1, 1), jal(ZERO, 8), addi(T1, T1, 2), jal(ZERO, -16)),
  },
  {
    name: 'call-and-return',
    emit: (code) => code.emit(jal(RA, 12), addi(T0, T0, 1), jal(ZERO, -8), jalr(ZERO, RA, 0)),
  },
  {
    name: 'other-page',
    emit: (code) => {
      code.emit(jal(ZERO, PAGE));
      while (code.here < PAGE) code.emit(0);
      code.emit(addi(T0, T0, 1), jal(ZERO, -PAGE - 4));
    },
  },
  {
    name: 'computed-jump',
    emit: (code) => code.emit(jalr(ZERO, T0, 0), addi(T1, T1, 1), jal(ZERO, -8)),
    targets: { 0: [4] },
  },
  { name: 'csr', emit: (code) => code.emit(csrrs(T0, CSR.sstatus, T1), addi(T0, T0, 1)) },
  { name: 'float', emit: (code) => code.emit(FADD_D) },
  {
    name: 'irreducible',
    emit: (code) =>
      code.emit(
        beq(T0, ZERO, 12),
        addi(T1, T1, 1),
        jal(ZERO, 8),
        addi(T1, T1, 2),
        beq(T1, T2, -4),
        jal(ZERO, -12),
      ),
  },
];

const PAGE_PATTERNS: readonly {
  readonly name: string;
  readonly emit: (code: Code) => void;
  readonly entries?: readonly number[];
}[] = [
  // A loop is one function: registers are locals in it.
  {
    name: 'page-loop',
    emit: (code) => code.emit(addi(T1, T1, -1), add(T0, T0, T1), bne(T1, ZERO, -8)),
  },
  // The second begins where control comes from the first and from elsewhere.
  {
    name: 'page-tail-call',
    emit: (code) => code.emit(addi(T0, T0, 1), addi(T1, T1, 1), jalr(ZERO, T2, 0)),
    entries: [0, 4],
  },
  // The function that is called and the place to return to are entries.
  {
    name: 'page-call-and-return',
    emit: (code) => code.emit(jal(RA, 12), addi(T0, T0, 1), jal(ZERO, -8), jalr(ZERO, RA, 0)),
  },
  // The engine's way in: one case an interval.
  {
    name: 'page-entries',
    emit: (code) => code.emit(ECALL, ECALL, ECALL, ECALL),
    entries: [0, 4, 8, 12],
  },
];

describe('translated code', () => {
  it.each(PATTERNS)('of $name', async ({ name, emit, targets }) => {
    await expect(await textOf(emit, targets)).toMatchFileSnapshot(`${name}.wat`);
  });

  it.each(PAGE_PATTERNS)('of $name', async ({ name, emit, entries }) => {
    await expect(await pageTextOf(emit, entries)).toMatchFileSnapshot(`${name}.wat`);
  });
});
