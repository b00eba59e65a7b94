/**
 * A machine's thread without a thread: it speaks through the channel as the run loop does, captures with the real
 * leaves, and keeps the state of its guest in RAM alone. What the guest does next is said by the test. For tests only.
 */
import { defined } from '../../../../base/assert.ts';
import { CaptureArea } from '../../../../checkpoint/capture-area.ts';
import { Rollback } from '../../../../checkpoint/rollback.ts';
import type { HotPage } from '../../../../vm/jit/hot-list.ts';
import type { MachineState } from '../../../../vm/machine/state.ts';
import { encodeCaptureReport } from '../../capture-report.ts';
import { createChannel, INPUT_LANES, laneOf, WorkerChannel } from '../../channel.ts';
import { CELL, COMMAND, holds, type ControlBlock } from '../../control.ts';
import type { GuestEnd, LoopEnd } from '../../loop-end.ts';
import type { ParkedMachine } from '../machine-desk.ts';
import { PAGE_BYTES, TestMemory } from './test-memory.ts';

/** Where the guest keeps what it knows. */
const COUNT_AT = 0;
const SIZE_AT = 8;
const TYPED_AT = PAGE_BYTES;
const WORK_AT = 4 * PAGE_BYTES;
const WORK_PAGES = 100;
/** Signs of life, and looks at whether a capture can be made now. */
const NAP_MS = 10;
/** RAM of larger machines is not kept. */
const MOST_KEPT_BYTES = 4 << 20;

type WaitAsync = (cells: Int32Array, at: number, seen: number, ms: number) => { value: unknown };

export class GuestActor {
  readonly memory: TestMemory;
  readonly parked: ParkedMachine;
  /** RAM at each capture, by epoch. */
  readonly pauses = new Map<number, Uint8Array>();
  /** Instructions executed at each capture, and at the start. */
  readonly executed = new Map<number, bigint>();
  startCount = -1n;
  /** RAM at the first instruction. */
  atStart: Uint8Array | undefined;
  /** Neither works nor gives signs of life, like a stopped process. */
  frozen = false;
  terminated = false;
  /** Times that it was given the state of a checkpoint. */
  loads = 0;
  /** Times that it ran ahead of a takeover, and that all of it was taken back. */
  speculations = 0;
  rollbacks = 0;
  /** Code that is hot where its copy comes from. */
  readonly foreseen: HotPage[] = [];
  /** What is wrong with such a state. */
  loadError: Error | undefined;
  /** False: the guest takes no input. */
  reads = true;
  /** Bytes typed into this machine. */
  typedBytes = 0;
  #worker: WorkerChannel;
  readonly #look: () => void;
  #end: ((end: LoopEnd) => void) | undefined;
  /** While it runs ahead; with RAM and instructions as they were when that began. */
  #ahead: { rollback: Rollback; ram: Uint8Array; instructions: bigint } | undefined;
  #halted = false;
  #instructions = 0n;
  /** What the guest does next. */
  #steps: (() => void)[] = [];
  /** What has no room in the ring, in order. */
  readonly #unsent: (() => boolean)[] = [];

  /** @param look called whenever something has happened here */
  constructor(ramBytes: number, baseline: Uint8Array, look: () => void) {
    this.memory = new TestMemory(ramBytes);
    this.#look = look;
    const channel = createChannel();
    this.#worker = new WorkerChannel(channel);
    this.parked = {
      ...{ memory: this.memory.memory, ramBytes, channel, baseline },
      load: (sections) => {
        this.#load(sections);
        return this.loadError === undefined ? Promise.resolve() : Promise.reject(this.loadError);
      },
      run: (sections) => this.#run(sections),
      speculate: (sections, ownChannel) => this.#speculate(sections, ownChannel),
      foresee: (pages) => {
        this.foreseen.push(...pages);
        return Promise.resolve();
      },
      terminate: () => {
        this.terminated = true;
        this.#worker.control.ringWorker();
      },
    };
  }

  get control(): ControlBlock {
    return this.#worker.control;
  }

  get running(): boolean {
    return this.atStart !== undefined && !this.terminated;
  }

  /** The number that the guest has counted to. */
  get count(): number {
    return this.memory.read(COUNT_AT);
  }

  /** Everything that was typed into the guest, ever. */
  get typed(): string {
    const length = this.memory.read(TYPED_AT);
    return new TextDecoder().decode(this.memory.ram.slice(TYPED_AT + 4, TYPED_AT + 4 + length));
  }

  /** The terminal's size, as the guest was told. */
  get size(): string {
    return `${String(this.memory.read(SIZE_AT))}x${String(this.memory.read(SIZE_AT + 4))}`;
  }

  /** The guest does something, as soon as it may. */
  do(step: () => void): void {
    this.#steps.push(step);
    this.control.ringWorker();
  }

  /** The guest counts on, and prints the numbers. */
  counts(times = 1): void {
    for (let i = 0; i < times; i++) {
      this.do(() => {
        const count = this.count + 1;
        this.memory.write(COUNT_AT, count);
        this.memory.write(WORK_AT + (count % WORK_PAGES) * PAGE_BYTES, count);
        this.print(`${String(count)} `);
      });
    }
  }

  halts(end: GuestEnd = { kind: 'halt', halt: { kind: 'poweroff' } }): void {
    this.do(() => {
      this.#halted = true;
      this.#send(() => this.#worker.sendLife({ kind: 'halted', end }));
    });
  }

  /** To be called in a step. */
  print(text: string | Uint8Array, device = 'console0'): void {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    this.#send(() => this.#worker.send('console', device, bytes));
  }

  /** The thread ends without being told to. */
  breaks(): void {
    this.do(() => {
      this.#end?.({ kind: 'stopped' });
    });
  }

  thaw(): void {
    this.frozen = false;
    this.control.ringWorker();
  }

  #load(sections: MachineState): void {
    this.loads += 1;
    this.#instructions = BigInt(defined(sections.get('guest'), 'a section').version);
  }

  #run(sections: MachineState | undefined): Promise<LoopEnd> {
    if (sections !== undefined) this.#load(sections);
    this.atStart = this.memory.ram.slice();
    this.startCount = this.#instructions;
    return this.#begin();
  }

  #begin(): Promise<LoopEnd> {
    this.#send(() => this.#worker.sendLife({ kind: 'started' }));
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#loop().catch(reject);
    });
  }

  async #speculate(
    sections: MachineState,
    channel: SharedArrayBuffer,
  ): Promise<LoopEnd | 'rolled-back'> {
    this.#load(sections);
    if (this.loadError !== undefined) throw this.loadError;
    this.speculations += 1;
    const own = this.#worker;
    this.#worker = new WorkerChannel(channel);
    const rollback = new Rollback(new CaptureArea(this.memory.memory, this.memory.ramBytes));
    rollback.begin(() => this.memory.leaves.capture_begin() === 1);
    const ram = this.memory.ram.slice();
    const ahead = { rollback, ram, instructions: this.#instructions };
    this.#ahead = ahead;
    const end = await this.#begin();
    if (this.#ahead !== ahead) return end;
    rollback.undo();
    this.rollbacks += 1;
    this.#ahead = undefined;
    this.#worker = own;
    this.#unsent.splice(0);
    return 'rolled-back';
  }

  /** What it did ahead of its takeover counts. */
  #keep(): void {
    const { rollback, ram, instructions } = defined(this.#ahead, 'a speculation');
    this.#ahead = undefined;
    rollback.keep();
    [this.atStart, this.startCount] = [ram, instructions];
    this.control.clearCommand(COMMAND.keep);
  }

  async #loop(): Promise<void> {
    const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };
    while (!this.terminated) {
      const { workerBell, commands } = this.control;
      if (this.#ahead !== undefined && (commands & COMMAND.stop) !== 0) {
        this.#end?.({ kind: 'stopped' });
        return;
      }
      if (!this.frozen) this.#turn();
      this.#look();
      await waitAsync(this.control.cells, CELL.workerBell, workerBell, NAP_MS).value;
    }
  }

  #turn(): void {
    this.control.beat();
    this.#flush();
    const { commands } = this.control;
    if ((commands & COMMAND.keep) !== 0) this.#keep();
    if ((commands & COMMAND.capture) !== 0) this.#capture((commands & COMMAND.last) !== 0);
    const isHeld = holds(this.control.commands) || this.#unsent.length > 0 || this.#halted;
    if (!isHeld) this.#work();
    this.control.activity = this.#unsent.length > 0 ? 'blocked' : isHeld ? 'paused' : 'running';
  }

  #work(): void {
    let ran = this.reads && this.#takeInputs();
    while (this.#unsent.length === 0 && !this.#halted) {
      const step = this.#steps.shift();
      if (step === undefined) break;
      step();
      this.#instructions += 1n;
      ran = true;
    }
    if (ran && this.control.takeChangeWish()) this.control.ringHost();
    // Commands may wait behind a piece of work.
    if (this.#steps.length > 0) this.control.ringWorker();
  }

  #takeInputs(): boolean {
    let ran = false;
    for (let input = this.#worker.receive(); input; input = this.#worker.receive()) {
      ran = true;
      const lane = laneOf(input);
      if (input.kind === 'resize') {
        this.memory.write(SIZE_AT, input.columns);
        this.memory.write(SIZE_AT + 4, input.rows);
      } else if (input.kind === 'console') {
        this.#type(input.bytes);
      }
      if (lane !== undefined) this.control.countTaken(INPUT_LANES.indexOf(lane));
    }
    return ran;
  }

  #type(bytes: Uint8Array): void {
    this.typedBytes += bytes.length;
    // A paste is only counted.
    if (bytes.length > PAGE_BYTES / 4) return;
    const length = this.memory.read(TYPED_AT);
    this.memory.writeBytes(TYPED_AT + 4 + length, bytes);
    this.memory.write(TYPED_AT, length + bytes.length);
    this.print(`<${new TextDecoder().decode(bytes)}> `);
  }

  #capture(last: boolean): void {
    const { control, memory } = this;
    // The copy of the last one may still be under way.
    if (memory.leaves.capture_begin() === 0) return;
    const { captureEpoch } = control;
    if (memory.ramBytes <= MOST_KEPT_BYTES) this.pauses.set(captureEpoch, memory.ram.slice());
    this.executed.set(captureEpoch, this.#instructions);
    const version = Number(this.#instructions);
    const sections = new Map([['guest', { version, bytes: Uint8Array.of(1, 2, 3) }]]);
    const captured = { sections, instructions: this.#instructions, time: this.#instructions };
    const taken = control.taken(INPUT_LANES.length);
    const report = encodeCaptureReport(captureEpoch, captured, taken, () => 0.05);
    if (last) control.setCommand(COMMAND.pause);
    control.clearCommand(COMMAND.capture | COMMAND.last);
    this.#send(() => this.#worker.sendCaptured(report, false));
  }

  #send(write: () => boolean): void {
    this.#unsent.push(write);
    this.#flush();
  }

  /** As the loop's `insist`: says that it is blocked before the second try. */
  #flush(): void {
    while (this.#unsent.length > 0) {
      const write = defined(this.#unsent[0], 'a message');
      if (!write()) {
        this.control.activity = 'blocked';
        if (!write()) break;
      }
      this.#unsent.shift();
    }
    this.control.ringHost();
  }
}
