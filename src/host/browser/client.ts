/** The page's end of a machine: see {@link MachineClient}. */
import type { MachineCounters } from '../shared/counters.ts';
import { checkEnvironment } from './environment.ts';
import { PairDesk } from './pair-desk.ts';
import type { PairClient } from './pair-types.ts';
import { ReplicaRun, type RunListener } from './replica-run.ts';
import type {
  ConsoleDevice,
  MachineClient,
  MachineState,
  OutputListener,
  StartOptions,
  StateListener,
} from './types.ts';

/** Output that nobody listens to yet is kept up to this many bytes; then the oldest goes (R7). */
const EARLY_OUTPUT_BYTES = 1 << 18;

const NO_COUNTERS: MachineCounters = {
  activity: 'stopped',
  instructions: 0n,
  mips: 0,
  load: 0,
  exceptions: 0n,
  interrupts: 0n,
  guestSeconds: 0,
  busyMs: 0,
  idleMs: 0,
  ramBytes: 0,
};

interface Early {
  readonly device: ConsoleDevice;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

class Client implements MachineClient {
  readonly checkEnvironment = checkEnvironment;
  readonly #outputListeners = new Set<OutputListener>();
  readonly #stateListeners = new Set<StateListener>();
  #state: MachineState = { kind: 'idle' };
  readonly #pairDesk = new PairDesk();
  readonly pair: PairClient;
  #run: ReplicaRun | undefined;
  #options: StartOptions | undefined;
  #size: { readonly columns: number; readonly rows: number } | undefined;
  #early: Early[] = [];
  #earlyBytes = 0;

  constructor() {
    const desk = this.#pairDesk;
    this.pair = {
      get state() {
        return desk.state;
      },
      onState: (listener) => desk.onState(listener),
      onSample: (listener) => desk.onSample(listener),
      invitation: (wants) => (desk.state.canInvite ? this.#run?.invitation(wants) : undefined),
      handOver: () => this.#run?.handOver(),
      crash: () => this.#run?.crash(),
    };
    // The page may be kept for later (bfcache), but its machine lives elsewhere then.
    addEventListener('pagehide', () => this.#run?.leave());
  }

  get state(): MachineState {
    return this.#state;
  }

  async start(options: StartOptions): Promise<void> {
    this.#end();
    this.#options = options;
    const environment = checkEnvironment();
    if (!environment.ok) {
      const { message, advice } = environment.error;
      this.#setState({ kind: 'failed', message, advice });
      return;
    }
    // What an earlier run still says is nobody's any more.
    const listener: RunListener = {
      state: (state) => {
        if (this.#run === run) this.#setState(state);
      },
      output: (device, bytes) => (this.#run === run ? this.#output(device, bytes) : undefined),
    };
    this.#pairDesk.clear();
    const run = new ReplicaRun(listener, this.#pairDesk);
    this.#run = run;
    if (this.#size !== undefined) run.resize(this.#size.columns, this.#size.rows);
    await run.start(options);
  }

  write(device: ConsoleDevice, data: Uint8Array | string): boolean {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    return this.#run?.write(device, bytes) ?? false;
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#run?.resize(columns, rows);
  }

  onOutput(listener: OutputListener): () => void {
    const first = this.#outputListeners.size === 0;
    this.#outputListeners.add(listener);
    if (first) {
      for (const { device, bytes } of this.#early) void listener(device, bytes);
      this.#early = [];
      this.#earlyBytes = 0;
    }
    return () => this.#outputListeners.delete(listener);
  }

  onState(listener: StateListener): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  counters(): MachineCounters {
    return this.#run?.counters() ?? NO_COUNTERS;
  }

  async restart(options: { readonly cold?: boolean } = {}): Promise<void> {
    if (this.#options === undefined) return;
    // A machine of one's own, whatever this tab was invited to before.
    const { cold: _before, invitation: _invitation, ...others } = this.#options;
    const { invitation: _joined, ...first } = this.#options;
    const cold = options.cold ?? first.cold ?? false;
    await this.start({ ...others, cold });
    // A cold restart is for once; the next restart is as the first start was.
    this.#options = first;
  }

  dispose(): void {
    this.#end();
    this.#setState({ kind: 'idle' });
  }

  #end(): void {
    const run = this.#run;
    this.#run = undefined;
    this.#early = [];
    this.#earlyBytes = 0;
    run?.dispose();
  }

  #setState(state: MachineState): void {
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener(state);
  }

  #output(device: ConsoleDevice, bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    if (this.#outputListeners.size === 0) {
      this.#keep(device, bytes);
      return undefined;
    }
    const [only] = this.#outputListeners;
    if (this.#outputListeners.size === 1 && only !== undefined)
      return only(device, bytes) ?? undefined;
    // Each listener may keep its array.
    const waits = [...this.#outputListeners].map(async (listener) => {
      await listener(device, bytes.slice());
    });
    return Promise.all(waits).then(() => undefined);
  }

  #keep(device: ConsoleDevice, bytes: Uint8Array<ArrayBuffer>): void {
    this.#early.push({ device, bytes });
    this.#earlyBytes += bytes.length;
    while (this.#earlyBytes > EARLY_OUTPUT_BYTES) {
      this.#earlyBytes -= this.#early.shift()?.bytes.length ?? this.#earlyBytes;
    }
  }
}

/** Makes a client; it owns one machine at a time. */
export const createMachineClient = (): MachineClient => new Client();
