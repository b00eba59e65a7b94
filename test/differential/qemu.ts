import { execFileSync, spawn } from 'node:child_process';

/** The trace of qemu-riscv64: what it prints of the hart before every instruction. */

const QEMU = 'qemu-riscv64';
const BLOCK_START = '\n pc ';

/** Registers before an instruction. */
export interface TraceState {
  readonly pc: bigint;
  /** 64 values: x0..x31, f0..f31; overwritten by the next state. */
  readonly registers: BigUint64Array;
}

/** The option to translate one instruction at a time; its name changed in QEMU 8.1. */
function singleStepOption(): string {
  const help = execFileSync(QEMU, ['--help'], { encoding: 'utf8' });
  return help.includes('-one-insn-per-tb') ? '-one-insn-per-tb' : '-singlestep';
}

const VALUE_DIGITS = 16;

/**
 * Reads blocks. All have the same layout, so the places of the values are found once, in the first; and
 * a value whose digits have not changed since the block before is not converted again.
 */
class BlockReader {
  #pcAt = -1;
  readonly #valueAt = new Array<number>(64).fill(-1);
  readonly #registers = new BigUint64Array(64);
  #before = '';

  read(block: string): TraceState {
    if (this.#pcAt < 0) this.#findValues(block);
    for (const [index, at] of this.#valueAt.entries()) {
      const digits = block.slice(at, at + VALUE_DIGITS);
      if (this.#before.startsWith(digits, at)) continue;
      this.#registers[index] = BigInt(`0x${digits}`);
    }
    this.#before = block;
    const pc = BigInt(`0x${block.slice(this.#pcAt, this.#pcAt + VALUE_DIGITS)}`);
    return { pc, registers: this.#registers };
  }

  #findValues(block: string): void {
    for (const match of block.matchAll(/\b(pc|x|f)(\d*)(?:\/\w+)?\s+(?=[0-9a-f]{16}\b)/g)) {
      const [text, kind = '', index = ''] = match;
      const at = match.index + text.length;
      if (kind === 'pc') this.#pcAt = at;
      else this.#valueAt[Number(index) + (kind === 'f' ? 32 : 0)] = at;
    }
    if (this.#pcAt < 0 || this.#valueAt.includes(-1)) throw new Error(`not a trace: ${block}`);
  }
}

/** Runs a program and yields its state before each instruction. */
export async function* trace(path: string): AsyncGenerator<TraceState> {
  const child = spawn(QEMU, [singleStepOption(), '-d', 'nochain,cpu,fpu', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const reader = new BlockReader();
  let text = '\n';
  for await (const chunk of child.stderr) {
    text += (chunk as Buffer).toString('latin1');
    let from = text.indexOf(BLOCK_START);
    for (;;) {
      const next = text.indexOf(BLOCK_START, from + 1);
      if (next < 0) break;
      yield reader.read(text.slice(from, next));
      from = next;
    }
    text = text.slice(from);
  }
  if (text.startsWith(BLOCK_START)) yield reader.read(text);
  await ended;
}

/** What a program writes to standard output. Throws when it does not exit with 0. */
export function outputOf(path: string): Buffer {
  return execFileSync(QEMU, [path], { maxBuffer: 1 << 28 });
}
