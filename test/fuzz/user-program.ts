import { SeededRandom } from '../../src/base/random.ts';
import { Code } from './code.ts';
import type { Program } from './code.ts';
import { addi, auipc, GP, jal, sd, SP, T5, T6, ZERO } from './encode.ts';
import { emitSkippingHandler, emitUserEntry, RESUME_OFFSET, SAVE_AREA } from './handler.ts';
import { COMMON_ITEMS, InstructionStream } from './stream.ts';
import { interestingFloat, interestingInteger } from './values.ts';

/**
 * The first generator: a stream of random instructions of all extensions, run in U-mode (or, for some
 * seeds, in M-mode) with a handler that skips whatever traps.
 */

/** RAM that these programs need. */
export const USER_RAM_BYTES = 1 << 20;
const ENTRY = 0x80000000;
const HANDLER = 0x80000400;
const BODY = 0x80001000;
const DATA = 0x80020000;
const DATA_BYTES = 0x10000;
const GP_VALUE = DATA + 0x8000;
const SP_VALUE = DATA + 0x4000;
const BLOCKS = 24;
const ITEMS_PER_BLOCK = 40;

const ITEMS = [...COMMON_ITEMS, [1, 'wildJump'] as const];

/** Code in blocks; each tells the handler first where to go on after a jump to nowhere: at the next block. */
function body(random: SeededRandom): Code {
  const code = new Code(BODY);
  const stream = new InstructionStream(random, code);
  const starts: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    starts.push(code.here);
    code.emit(0, 0);
    code.loadImmediate(T5, BigInt(SAVE_AREA + RESUME_OFFSET)).emit(sd(T6, T5, 0));
    for (let index = 0; index < ITEMS_PER_BLOCK; index++) stream.append(ITEMS);
  }
  const end = code.here;
  // Twelve halfwords of nothing, for those who jump over the end, and round again.
  for (let index = 0; index < 12; index++) code.emit16(0x0001);
  code.emit(jal(ZERO, BODY - code.here));
  starts.forEach((at, index) => {
    const offset = (starts[index + 1] ?? end) - at;
    code.patch(at, auipc(T6, (offset + 0x800) >> 12));
    code.patch(at + 4, addi(T6, T6, offset & 0xfff));
  });
  return code;
}

/** A random program; the same for the same seed. */
export function userProgram(seed: number, instructions: number): Program {
  const random = new SeededRandom(seed);
  const inMachineMode = random.below(4) === 0;
  const data = random.bytes(DATA_BYTES);
  const view = new DataView(data.buffer);
  for (let at = GP_VALUE - DATA; at < GP_VALUE - DATA + 2048; at += 8) {
    view.setBigUint64(at, interestingFloat(random), true);
  }
  const x = Array.from({ length: 32 }, () => interestingInteger(random));
  x[SP] = BigInt(SP_VALUE);
  x[GP] = BigInt(GP_VALUE);
  const entry = emitUserEntry(new Code(ENTRY), {
    handler: HANDLER,
    body: BODY,
    mode: inMachineMode ? 3 : 0,
  });
  return {
    seed,
    ramBytes: USER_RAM_BYTES,
    pc: ENTRY,
    x,
    f: Array.from({ length: 32 }, () => interestingFloat(random)),
    instructions,
    pieces: [
      { address: ENTRY, bytes: entry.bytes },
      { address: HANDLER, bytes: emitSkippingHandler(new Code(HANDLER)).bytes },
      { address: BODY, bytes: body(random).bytes },
      { address: DATA, bytes: data },
    ],
  };
}
