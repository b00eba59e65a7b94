/** One machine from its start to its end: a worker, its channel and what is heard from it. */
import { proxy, wrap } from 'comlink';
import { createChannel, HostChannel, type HostMessage } from '../shared/channel.ts';
import { CounterSampler } from '../shared/counter-sampler.ts';
import type { MachineCounters } from '../shared/counters.ts';
import { haltMessage } from '../shared/halt.ts';
import { HostPump } from '../shared/host-pump.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import {
  isConsoleDevice,
  type ConsoleDevice,
  type MachineState,
  type StartOptions,
} from './types.ts';
import type { MachineWorkerApi } from './machine.worker.ts';

export interface RunListener {
  readonly state: (state: MachineState) => void;
  readonly output: (
    device: ConsoleDevice,
    bytes: Uint8Array<ArrayBuffer>,
  ) => Promise<void> | undefined;
}

const FAULT_ADVICE =
  'Start it again. If that does not help, reload the page, and report what the console says.';

export class MachineRun {
  readonly #listener: RunListener;
  readonly #worker: Worker;
  readonly #buffer = createChannel();
  readonly #channel = new HostChannel(this.#buffer);
  readonly #pump: HostPump;
  readonly #sampler = new CounterSampler(this.#channel.control, () => performance.now());
  #notice: string | undefined;
  #phase: 'starting' | 'booting' | 'running' | 'over' = 'starting';

  constructor(listener: RunListener) {
    this.#listener = listener;
    this.#worker = new Worker(new URL('./machine.worker.ts', import.meta.url), {
      type: 'module',
      name: 'machine',
    });
    this.#worker.addEventListener('error', (event) => {
      this.#fail(`The machine's worker could not be started (${event.message}).`, event);
    });
    this.#pump = new HostPump(this.#channel, {
      output: (output) => this.#take(output),
      failed: (error) => {
        this.#fail('What the machine wrote could not be shown.', error);
      },
    });
    this.#pump.start();
  }

  /** Resolves when the machine runs, or could not be started. */
  async start(options: StartOptions): Promise<void> {
    const cold = options.cold ?? false;
    this.#listener.state({ kind: 'booting', mode: cold ? 'cold' : 'resume', notice: undefined });
    const api = wrap<MachineWorkerApi>(this.#worker);
    const guestUrl = new URL(options.guestUrl, document.baseURI).href;
    const { memoryMB } = options;
    try {
      const prepared = await api.prepare(
        { guestUrl, memoryMB, cold, channel: this.#buffer },
        proxy((progress) => {
          if (this.#phase === 'starting') options.onProgress?.(progress);
        }),
      );
      if (this.#phase !== 'starting') return;
      if (!prepared.ok) {
        const { message, advice } = prepared.error;
        this.#end({ kind: 'failed', message, advice });
        return;
      }
      const { mode, notice, screen } = prepared.value;
      this.#notice = notice;
      this.#phase = 'booting';
      if (mode === 'cold') this.#listener.state({ kind: 'booting', mode, notice });
      else this.#live();
      if (screen.length > 0) await this.#listener.output('console0', screen);
      // Settles when the machine has ended; the worker hears nothing before.
      api.run().then(
        (end) => this.#halted(end),
        (error: unknown) => {
          this.#fail('The machine broke.', error);
        },
      );
    } catch (error) {
      this.#fail('The machine could not be started.', error);
    }
  }

  write(device: ConsoleDevice, bytes: Uint8Array): boolean {
    if (this.#phase === 'over') return false;
    return this.#channel.send({ kind: 'console', device, bytes });
  }

  resize(columns: number, rows: number): void {
    this.#channel.send({ kind: 'resize', device: 'console0', columns, rows });
  }

  counters(): MachineCounters {
    return this.#sampler.read();
  }

  /** Ends everything at once; the listener hears nothing more of importance. */
  dispose(): void {
    this.#phase = 'over';
    this.#worker.terminate();
    void this.#pump.stop();
  }

  #take(output: HostMessage): Promise<void> | undefined {
    if (output.kind !== 'console' || !isConsoleDevice(output.device)) return undefined;
    const { device, bytes } = output;
    // After a cold boot the terminal first speaks when the shell starts.
    if (device === 'console0' && this.#phase === 'booting') this.#live();
    return this.#listener.output(device, bytes);
  }

  #live(): void {
    this.#phase = 'running';
    this.#listener.state({ kind: 'running', notice: this.#notice });
  }

  async #halted(end: LoopEnd): Promise<void> {
    if (end.kind === 'stopped' || this.#phase === 'over') return;
    // The last words come before the news of the end.
    await this.#pump.stop();
    const message = haltMessage(end);
    const reason = end.kind === 'panic' ? end : end.halt;
    this.#end({ kind: 'halted', reason, message });
  }

  #fail(message: string, cause: unknown): void {
    if (this.#phase === 'over') return;
    console.error(message, cause);
    this.#end({ kind: 'failed', message, advice: FAULT_ADVICE });
  }

  /** The last state of this run; its worker has nothing more to do. */
  #end(state: MachineState): void {
    if (this.#phase === 'over') return;
    this.dispose();
    this.#listener.state(state);
  }
}
