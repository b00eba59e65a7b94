import { Code } from './code.ts';
import type { Program } from './code.ts';
import { addi, CSR, csrr, csrw, csrwi, T0, T1, T6, ZERO } from './encode.ts';
import { emitSkippingHandler, emitUserEntry } from './handler.ts';
import { USER_RAM_BYTES } from './user-program.ts';

/**
 * What the generators have found, each cut down to its few instructions: these stay when the
 * generators change and the seeds mean something else.
 */
export interface Pinned {
  readonly name: string;
  readonly mode: 0 | 3;
  readonly emit: Emit;
  readonly f?: readonly bigint[];
}

type Emit = (code: Code) => void;

const emitEach =
  (...instructions: readonly number[]): Emit =>
  (code) => {
    code.emit(...instructions);
  };

/** fcvt.w.s x0, f0, rup. */
const CONVERT_INTO_X0 = 0xc0003053;
/** feq.s x0, f0, f0. */
const COMPARE_INTO_X0 = 0xa0002053;
const BOXED = 0xffffffff00000000n;

export const PINNED: readonly Pinned[] = [
  {
    name: 'a conversion into x0 raises its flags',
    mode: 0,
    emit: emitEach(CONVERT_INTO_X0),
    f: [BOXED | 0x3f000000n],
  },
  {
    name: 'a comparison into x0 raises its flags',
    mode: 0,
    emit: emitEach(COMPARE_INTO_X0),
    f: [BOXED | 0x7f800001n],
  },
  {
    name: 'writing mcountinhibit is itself counted while counting goes on',
    mode: 3,
    emit: emitEach(
      ...[0, 1, 4, 5, 1, 0].flatMap((inhibit) => [
        csrwi(CSR.mcountinhibit, inhibit),
        csrr(T0, CSR.mcycle),
        csrr(T1, CSR.minstret),
      ]),
    ),
  },
  {
    name: 'a reserved dynamic rounding mode is illegal',
    mode: 0,
    emit: emitEach(
      // fadd.s f1, f0, f0, dyn
      ...[5, 6, 7].flatMap((mode) => [addi(T6, ZERO, mode), csrw(CSR.frm, T6), 0x000070d3]),
    ),
  },
];

const ENTRY = 0x80000000;
const HANDLER = 0x80000400;
const BODY = 0x80001000;

/** The snippet, run a number of times so that an engine that translates hot code does so. */
export function pinnedProgram({ mode, emit, f }: Pinned): Program {
  const body = new Code(BODY);
  for (let index = 0; index < 20; index++) emit(body);
  const entry = emitUserEntry(new Code(ENTRY), { handler: HANDLER, body: BODY, mode });
  return {
    seed: 0,
    ramBytes: USER_RAM_BYTES,
    pc: ENTRY,
    x: [],
    f: f ?? [],
    instructions: 400,
    pieces: [
      { address: ENTRY, bytes: entry.bytes },
      { address: HANDLER, bytes: emitSkippingHandler(new Code(HANDLER)).bytes },
      { address: BODY, bytes: body.bytes },
    ],
  };
}
