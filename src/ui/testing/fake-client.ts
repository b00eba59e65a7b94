import type {
  ConsoleDevice,
  EnvironmentProblem,
  MachineClient,
  MachineCounters,
  MachineState,
  OutputListener,
  Result,
  StartOptions,
  StateListener,
} from '../../host/browser/types.ts';
import { FakePair } from './fake-pair.ts';

/** Counters of a machine that idles. */
export const IDLE_COUNTERS: MachineCounters = {
  activity: 'idle',
  instructions: 2_400_000_000n,
  mips: 210,
  load: 0.02,
  exceptions: 0n,
  interrupts: 0n,
  guestSeconds: 74.3,
  busyMs: 0,
  idleMs: 0,
  ramBytes: 256 * 1024 * 1024,
};

/** A machine client that does what it is told and notes what was asked of it. For tests and the design page. */
export class FakeClient implements MachineClient {
  readonly written: { readonly device: ConsoleDevice; readonly text: string }[] = [];
  readonly sizes: (readonly [number, number])[] = [];
  readonly restarts: { readonly cold?: boolean }[] = [];
  readonly pair = new FakePair();
  environment: Result<undefined, EnvironmentProblem> = { ok: true, value: undefined };
  present: MachineCounters = IDLE_COUNTERS;
  acceptsInput = true;
  options: StartOptions | undefined;
  disposed = false;
  /** Called when the machine is started or restarted. */
  onStart: (() => void) | undefined;
  /** Called with each text written to the shell. */
  onWrite: ((text: string) => void) | undefined;
  #state: MachineState = { kind: 'idle' };
  readonly #outputListeners = new Set<OutputListener>();
  readonly #stateListeners = new Set<StateListener>();

  get state(): MachineState {
    return this.#state;
  }

  checkEnvironment(): Result<undefined, EnvironmentProblem> {
    return this.environment;
  }

  async start(options: StartOptions): Promise<void> {
    this.options = options;
    await Promise.resolve(this.onStart?.());
  }

  write(device: ConsoleDevice, data: Uint8Array | string): boolean {
    if (!this.acceptsInput) return false;
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    this.written.push({ device, text });
    this.onWrite?.(text);
    return true;
  }

  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }

  onOutput(listener: OutputListener): () => void {
    this.#outputListeners.add(listener);
    return () => {
      this.#outputListeners.delete(listener);
    };
  }

  onState(listener: StateListener): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => {
      this.#stateListeners.delete(listener);
    };
  }

  counters(): MachineCounters {
    return this.present;
  }

  async restart(options: { readonly cold?: boolean } = {}): Promise<void> {
    this.restarts.push(options);
    await Promise.resolve(this.onStart?.());
  }

  dispose(): void {
    this.disposed = true;
  }

  /** The machine says something. Resolves when it may say more. */
  async emit(device: ConsoleDevice, text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (const listener of this.#outputListeners) await listener(device, bytes.slice());
  }

  /** The machine enters a state. */
  enter(state: MachineState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  progress(
    stage: 'manifest' | 'snapshot' | 'kernel' | 'boot',
    bytes = 0,
    totalBytes?: number,
  ): void {
    this.options?.onProgress?.({ stage, bytes, totalBytes });
  }
}
