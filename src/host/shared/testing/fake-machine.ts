import type { Captured } from '../../../vm/machine/capture.ts';
import type { MachineInput, MachineOutput, RunResult } from '../../../vm/machine/inputs.ts';
import type { HostClock } from '../clock.ts';
import type { LoopMachine } from '../machine-loop.ts';

/** What a fake machine does in one slice. */
export type Slice = (machine: FakeMachine, budget: number) => RunResult;

/** A machine that does what its script says, one entry a slice; then it switches itself off. */
export class FakeMachine implements LoopMachine {
  readonly inputs: MachineInput[] = [];
  readonly traps = { exceptions: 3n, interrupts: 4n };
  readonly room = new Map<string, number>();
  readonly devices = { room: (device: string): number => this.room.get(device) ?? 65_536 };
  output: (output: MachineOutput) => void = () => undefined;
  instructions = 0n;
  time = 0n;
  readonly #script: Slice[];

  constructor(script: Slice[]) {
    this.#script = script;
  }

  run(budget: number): RunResult {
    const slice = this.#script.shift();
    if (slice === undefined) return { reason: 'halt', halt: { kind: 'poweroff' } };
    return slice(this, budget);
  }

  input(input: MachineInput): void {
    this.inputs.push(input);
    if (input.kind === 'time' && input.ticks > this.time) this.time = input.ticks;
  }

  captures = 0;
  /** A capture fails so often before it succeeds. */
  captureFailures = 0;

  capture(): Captured | undefined {
    if (this.captureFailures > 0) {
      this.captureFailures -= 1;
      return undefined;
    }
    this.captures += 1;
    const sections = new Map([['cpu', { version: 1, bytes: new Uint8Array(100_000).fill(7) }]]);
    return { sections, instructions: this.instructions, time: this.time };
  }

  print(device: string, text: string): void {
    this.output({ kind: 'console', device, bytes: new TextEncoder().encode(text) });
  }

  /** Inputs of a kind, in order. */
  got<K extends MachineInput['kind']>(kind: K): Extract<MachineInput, { kind: K }>[] {
    return this.inputs.filter(
      (input): input is Extract<MachineInput, { kind: K }> => input.kind === kind,
    );
  }

  /** Text that was typed into a device. */
  typed(device: string): string {
    const parts = this.got('console').filter((input) => input.device === device);
    return parts.map((input) => new TextDecoder().decode(input.bytes)).join('');
  }
}

/** A clock that is turned by hand, and moves by a hair at each look so that nothing waits for ever. */
export class FakeClock implements HostClock {
  milliseconds = 1_000;
  epoch = 1_700_000_000_000;

  now(): number {
    this.milliseconds += 0.001;
    return this.milliseconds;
  }

  wall(): number {
    return this.epoch + this.milliseconds;
  }
}

export const busy: Slice = (machine, budget) => {
  machine.instructions += BigInt(budget);
  return { reason: 'budget' };
};
