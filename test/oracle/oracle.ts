import { fetch } from './access.ts';
import { inspectCsr } from './csr.ts';
import { decode } from './decode.ts';
import { atomicInstructions } from './execute/atomic.ts';
import { floatInstructions } from './execute/float.ts';
import { integerInstructions } from './execute/integer.ts';
import type { Execute } from './execute/integer.ts';
import { memoryInstructions } from './execute/memory.ts';
import { systemInstructions } from './execute/system.ts';
import { Hart } from './hart.ts';
import type { Instruction } from './instruction.ts';
import { deliverableInterrupt, takeTrap } from './interrupts.ts';
import { RAM_START } from './memory.ts';
import type { Bus } from './memory.ts';
import { PROFILE } from './profile.ts';
import type { Profile } from './profile.ts';
import { MTIP, STIP } from './status.ts';
import type { Privilege } from './status.ts';
import { Cause, Exception, IllegalInstruction } from './trap.ts';

const EXECUTE = new Map<string, Execute>([
  ...integerInstructions,
  ...memoryInstructions,
  ...atomicInstructions,
  ...floatInstructions,
  ...systemInstructions,
]);

/** Names of all the instructions the oracle can execute. */
export const executableNames = (): ReadonlySet<string> => new Set(EXECUTE.keys());

export interface OracleOptions {
  readonly ramBytes: number;
  readonly bus?: Bus;
  readonly profile?: Profile;
}

/** What one step did. */
export type Step =
  | { readonly kind: 'executed'; readonly instruction: Instruction }
  | { readonly kind: 'exception'; readonly cause: bigint }
  | { readonly kind: 'waiting' };

/**
 * A slow, obvious RV64GC machine, written from the manuals without a look at the instruction table:
 * where the two disagree, one of them has misread. Test-only.
 */
export class Oracle {
  readonly hart: Hart;
  /** Decoding is a pure function of the bits, so its results can be kept. */
  readonly #decoded = new Map<number, Instruction | undefined>();

  constructor(options: OracleOptions) {
    this.hart = new Hart(options.profile ?? PROFILE, options.ramBytes, options.bus);
    this.hart.pc = RAM_START;
  }

  get x(): bigint[] {
    return this.hart.x;
  }

  get f(): bigint[] {
    return this.hart.f;
  }

  get pc(): bigint {
    return this.hart.pc;
  }

  set pc(value: bigint) {
    this.hart.pc = value;
  }

  get privilege(): Privilege {
    return this.hart.privilege;
  }

  /** The value of a CSR, whatever the privilege. */
  csr(number: number): bigint {
    return inspectCsr(this.hart, number);
  }

  /** A copy of `bytes` of RAM from a physical address. */
  readRam(address: bigint, bytes: number): Uint8Array {
    const offset = Number(address - RAM_START);
    return this.hart.memory.ram.slice(offset, offset + bytes);
  }

  writeRam(address: bigint, bytes: Uint8Array): void {
    this.hart.memory.ram.set(bytes, Number(address - RAM_START));
  }

  /**
   * Takes a deliverable interrupt, if there is one, then executes one instruction or takes the
   * exception it raises. Counts one instruction unless the hart waits.
   */
  step(): Step {
    this.settle();
    if (this.hart.waiting) return { kind: 'waiting' };
    return this.#instruction();
  }

  /**
   * Ends a wait that has found its interrupt, and takes the interrupt that is deliverable now, if any.
   * The next step would do the same: this is for comparing between two instructions.
   */
  settle(): void {
    const { hart } = this;
    if (hart.waiting && (hart.pending & hart.mie) !== 0n) hart.waiting = false;
    const interrupt = deliverableInterrupt(hart);
    if (interrupt !== undefined) takeTrap(hart, interrupt, 0n, true);
  }

  /** A time input: from now on guest time counts from `ticks`. */
  setTime(ticks: bigint): void {
    this.hart.timeBase = ticks;
    this.hart.timeCount = this.hart.count;
  }

  /** Guest time of the next timer that mie listens to; undefined if there is none. */
  timerDeadline(): bigint | undefined {
    const { hart } = this;
    const candidates = [
      (hart.mie & MTIP) === 0n ? undefined : hart.mtimecmp,
      (hart.mie & STIP) === 0n || !hart.hasSupervisorTimer ? undefined : hart.stimecmp,
    ].filter((compare) => compare !== undefined && compare > hart.time);
    return candidates.reduce(
      (a, b) => (a === undefined || (b !== undefined && b < a) ? b : a),
      undefined,
    );
  }

  /** The bits of the instruction at pc, undefined if it cannot be fetched. Nothing changes. */
  peekInstruction(): number | undefined {
    try {
      return fetch(this.hart, this.hart.pc, false);
    } catch (thrown) {
      if (thrown instanceof Exception) return undefined;
      throw thrown;
    }
  }

  #instruction(): Step {
    const { hart } = this;
    const inhibitedBefore = hart.mcountinhibit;
    let bits = 0;
    // While it executes, an instruction sees a time that already counts it.
    hart.count += 1n;
    try {
      bits = fetch(hart, hart.pc);
      const instruction = this.#decode(bits);
      const execute = instruction && EXECUTE.get(instruction.name);
      if (instruction === undefined || execute === undefined) throw new IllegalInstruction();
      hart.nextPc = BigInt.asUintN(64, hart.pc + BigInt(instruction.length));
      execute(hart, instruction);
      hart.pc = hart.nextPc;
      this.#count(true, inhibitedBefore);
      return { kind: 'executed', instruction };
    } catch (thrown) {
      const { cause_: cause, tval } = this.#asException(thrown, bits);
      takeTrap(hart, cause, tval, false);
      this.#count(false, inhibitedBefore);
      return { kind: 'exception', cause };
    }
  }

  #asException(thrown: unknown, bits: number): Exception {
    if (thrown instanceof Exception) return thrown;
    if (thrown instanceof IllegalInstruction)
      return new Exception(Cause.illegalInstruction, BigInt(bits));
    throw thrown;
  }

  /**
   * Advances the counters after an instruction; one that trapped has not retired. One that changes
   * mcountinhibit is counted only if neither the old nor the new value stops the counter.
   */
  #count(retired: boolean, inhibitedBefore: bigint): void {
    const { hart } = this;
    const inhibited = hart.mcountinhibit | inhibitedBefore;
    const counts = (inhibit: bigint, written: boolean): boolean =>
      (inhibited & inhibit) === 0n && !written;
    if (counts(1n, hart.cycleWritten)) hart.mcycle = BigInt.asUintN(64, hart.mcycle + 1n);
    const instret = retired || hart.profile.trapsRetire;
    if (instret && counts(4n, hart.instretWritten)) {
      hart.minstret = BigInt.asUintN(64, hart.minstret + 1n);
    }
    hart.cycleWritten = false;
    hart.instretWritten = false;
  }

  #decode(bits: number): Instruction | undefined {
    if (this.#decoded.has(bits)) return this.#decoded.get(bits);
    const instruction = decode(bits);
    this.#decoded.set(bits, instruction);
    return instruction;
  }
}
