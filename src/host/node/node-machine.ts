/** A machine in a worker thread, as the commands use it. */
import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '../../base/result.ts';
import type { ExplainRequest } from '../../vm/jit/explain.ts';
import type { TranslationStatistics } from '../../vm/jit/translator.ts';
import type { EngineName } from '../../vm/machine/engine.ts';
import { createMachineMemory } from '../../vm/machine/memory.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import { RAM } from '../../vm/layout.ts';
import { AgentClient } from '../agent.ts';
import type { CaptureReport } from '../shared/capture-report.ts';
import { createChannel, HostChannel, type HostInput } from '../shared/channel.ts';
import { COMMAND } from '../shared/control.ts';
import { HostPump } from '../shared/host-pump.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import type { StartState } from '../shared/machine-thread.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';

export interface NodeMachineOptions {
  readonly ramBytes: number;
  readonly engine: EngineName;
  readonly diskPath: string | undefined;
  readonly disk1Path: string | undefined;
  /** Console bytes; a promise holds back further output until it settles. */
  readonly onConsole: (device: string, bytes: Uint8Array) => void | Promise<void>;
  /** What `MachineEnd` is to tell of the translations. */
  readonly explain?: ExplainRequest | undefined;
  /** A capture that was asked for through `channel` has been made. */
  readonly onCaptured?: ((report: CaptureReport) => void) | undefined;
}

/** How a machine ended, and what it did. */
export interface MachineEnd {
  readonly end: LoopEnd;
  /** Instructions of this run. */
  readonly instructions: bigint;
  readonly exceptions: bigint;
  readonly interrupts: bigint;
  /** Absent for the interpreter. */
  readonly translation: TranslationStatistics | undefined;
  readonly explanation: readonly string[] | undefined;
}

const MEGABYTE = 1 << 20;
/**
 * For the thread's new objects. Making the engine lets V8 grow this to tens of MB, which it keeps; what the loop
 * leaves behind, some 10 MB a second, can be collected in smaller portions as cheaply.
 */
const YOUNG_MB = 3;

export class NodeMachine {
  readonly ramBytes: number;
  readonly channel: HostChannel;
  readonly agent: AgentClient;
  readonly #memory: WebAssembly.Memory;
  readonly #worker: Worker;
  readonly #pump: HostPump;
  readonly #onBell: (() => void)[] = [];
  #startedAt = 0n;
  #settleStart: ((result: Result<undefined, HostProblem>) => void) | undefined;
  #settleSave: ((sections: MachineState) => void) | undefined;
  #settleEnd: (result: Result<MachineEnd, HostProblem>) => void = () => undefined;
  /** Settles when the machine halts, is stopped or breaks. Never rejects. */
  readonly ended: Promise<Result<MachineEnd, HostProblem>>;

  private constructor(options: NodeMachineOptions, memory: WebAssembly.Memory) {
    this.ramBytes = options.ramBytes;
    this.#memory = memory;
    const channel = createChannel();
    this.channel = new HostChannel(channel);
    this.agent = new AgentClient((bytes) =>
      this.send({ kind: 'console', device: 'agent0', bytes }),
    );
    this.ended = new Promise((resolve) => {
      this.#settleEnd = resolve;
    });
    const { ramBytes, engine, diskPath, disk1Path, explain } = options;
    const workerData: WorkerSetup = {
      ...{ memory, ramBytes, channel, engine, diskPath, disk1Path, explain },
    };
    this.#worker = new Worker(new URL('./machine-worker.js', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (message: FromWorker) => {
      void this.#take(message);
    });
    this.#worker.on('error', (error) => {
      this.#break(error);
    });
    this.#pump = new HostPump(this.channel, {
      output: (output) => {
        if (output.kind === 'captured') options.onCaptured?.(output.report);
        if (output.kind !== 'console') return undefined;
        if (output.device === 'agent0') this.agent.receive(output.bytes);
        return options.onConsole(output.device, output.bytes);
      },
      bell: () => {
        for (const callback of [...this.#onBell]) callback();
      },
      failed: (error) => {
        this.#break(error);
      },
    });
    this.#pump.start();
  }

  /** Reserves the memory and starts the thread; the machine does nothing yet. */
  static create(options: NodeMachineOptions): Result<NodeMachine, HostProblem> {
    let memory: WebAssembly.Memory;
    try {
      memory = createMachineMemory(options.ramBytes);
    } catch {
      const size = String(Math.round(options.ramBytes / MEGABYTE));
      const message = `This computer cannot give the machine ${size} MB of memory.`;
      return err(problem(message, 'Ask for less with --memory, or close other programs.'));
    }
    return ok(new NodeMachine(options, memory));
  }

  /** The machine's memory, for a copier beside its thread. */
  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Guest RAM. The machine's thread owns it while it runs. */
  get ram(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, RAM, this.ramBytes);
  }

  /** Boots or resumes; RAM must hold the snapshot's pages already. */
  start(state: StartState): Promise<Result<undefined, HostProblem>> {
    return new Promise((resolve) => {
      this.#settleStart = resolve;
      const message: ToWorker = { state, wantDigest: false };
      this.#worker.postMessage(message);
    });
  }

  /** Sends an input; false when too much waits already. */
  send(input: HostInput): boolean {
    return this.channel.send(input);
  }

  /** Resolves when at most `bytes` of input wait for the machine to take them, or it has ended. */
  async drained(bytes: number): Promise<void> {
    while (this.channel.pendingBytes > bytes) {
      const bell = new Promise<void>((resolve) => {
        this.#onBell.push(resolve);
      });
      await Promise.race([bell, this.ended]);
      this.#onBell.length = 0;
      if (this.channel.control.activity === 'stopped') return;
    }
  }

  /** Holds the machine between two instructions and gives its state. It stays at rest until it is stopped. */
  async save(): Promise<MachineState> {
    const saved = new Promise<MachineState>((resolve) => {
      this.#settleSave = resolve;
    });
    this.channel.control.setCommand(COMMAND.pause | COMMAND.save);
    return saved;
  }

  /** Ends the machine and its thread. */
  async stop(): Promise<Result<MachineEnd, HostProblem>> {
    this.channel.control.setCommand(COMMAND.stop);
    const end = await this.ended;
    await this.dispose();
    return end;
  }

  /** Frees the thread at once, whatever it does. */
  async dispose(): Promise<void> {
    await this.#worker.terminate();
    await this.#pump.stop();
  }

  async #take(message: FromWorker): Promise<void> {
    switch (message.kind) {
      case 'refused':
        this.#settleStart?.(err(message.problem));
        break;
      case 'started':
        this.#startedAt = message.instructions;
        this.#settleStart?.(ok(undefined));
        break;
      case 'saved':
        this.#settleSave?.(message.sections);
        break;
      case 'ended': {
        // What it said last is still in the ring.
        await this.#pump.stop();
        this.agent.end('the machine has ended');
        const { end, statistics, explanation } = message;
        const instructions = message.instructions - this.#startedAt;
        this.#settleEnd(ok({ end, instructions, ...statistics, explanation }));
        break;
      }
    }
  }

  #break(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const broken = problem('The machine broke: this is a fault of Tandem.', reason);
    this.agent.end('the machine broke');
    this.#settleStart?.(err(broken));
    this.#settleEnd(err(broken));
  }
}
