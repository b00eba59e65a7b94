/** Runs real RISC-V instructions under qemu-riscv64 (user mode). */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Operands } from './operands.ts';

/** Resolved rounding modes, by their numbers in the manual. */
export const ROUNDING_MODES = ['RNE', 'RTZ', 'RDN', 'RUP', 'RMM'] as const;

const HEADER_BYTES = 24;
const OPERAND_BYTES = 24;
const OUTCOME_BYTES = 48;
const FLAGS_OFFSET = 40;

/** What one instruction gave; index by rounding mode. */
export interface Outcome {
  result(mode: number): bigint;
  flags(mode: number): number;
}

export class Oracle implements Disposable {
  readonly #directory: string;
  readonly #program: string;

  /** Compiles the program. Throws when riscv64-linux-gnu-gcc is missing. */
  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), 'tandem-softfloat-'));
    this.#program = join(this.#directory, 'oracle');
    const source = fileURLToPath(new URL('oracle.c', import.meta.url));
    const options = ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', this.#program, source];
    execFileSync('riscv64-linux-gnu-gcc', options, { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  /** Executes one instruction on each of the operands, in all rounding modes. */
  run(mnemonic: string, batch: readonly Operands[]): Outcome[] {
    const input = Buffer.alloc(HEADER_BYTES + batch.length * OPERAND_BYTES);
    input.write(mnemonic, 0, 'latin1');
    input.writeBigUInt64LE(BigInt(batch.length), 16);
    batch.forEach(({ a, b, c }, index) => {
      const at = HEADER_BYTES + index * OPERAND_BYTES;
      input.writeBigUInt64LE(a, at);
      input.writeBigUInt64LE(b, at + 8);
      input.writeBigUInt64LE(c, at + 16);
    });
    const { stdout, stderr, status, error } = spawnSync('qemu-riscv64', [this.#program], {
      input,
      maxBuffer: batch.length * OUTCOME_BYTES + 65536,
    });
    if (error !== undefined) throw error;
    if (status !== 0)
      throw new Error(`the oracle failed (${String(status)}): ${stderr.toString()}`);
    if (stdout.length !== batch.length * OUTCOME_BYTES) {
      throw new Error(`the oracle wrote ${stdout.length} bytes for ${batch.length} operands`);
    }
    return batch.map((_, index) => ({
      result: (mode) => stdout.readBigUInt64LE(index * OUTCOME_BYTES + mode * 8),
      flags: (mode) => stdout.readUInt8(index * OUTCOME_BYTES + FLAGS_OFFSET + mode),
    }));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
