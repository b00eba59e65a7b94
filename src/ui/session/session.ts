import type {
  ConsoleDevice,
  MachineClient,
  MachineCounters,
  MachineState,
  StartOptions,
} from '../../host/browser/types.ts';
import type { GuestFacts } from '../state/guest-slice.ts';
import { figuresOf, figuresOfSample } from '../state/figures-slice.ts';
import type { UiStore } from '../state/store.ts';
import { ConsoleRouter } from './console-router.ts';
import { InputPump, type Schedule } from './input-pump.ts';
import { KernelLog } from './kernel-log.ts';
import { PairDesk, type TabPort } from './pair-desk.ts';
import { TerminalFeed, type TerminalSink } from './terminal-feed.ts';

/** Figures are read this often: four times a second is calm to look at, and far below R12's 10 Hz. */
const FIGURES_PERIOD_MS = 250;
const ACTIVITY_PERIOD_MS = 1000;

/** What a session needs of a terminal. */
export interface TerminalPort extends TerminalSink {
  /** Forgets screen, scrollback and modes: another machine speaks now. */
  reset(): void;
  /** Keys and pastes as bytes for the guest. The returned function unsubscribes. */
  onInput(listener: (bytes: Uint8Array) => void): () => void;
  /** A new size in characters, once at rest. The returned function unsubscribes. */
  onResize(listener: (columns: number, rows: number) => void): () => void;
}

/** The world's clock, so that tests turn it by hand. */
export interface SessionClock {
  /** Milliseconds from any fixed moment. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Calls back every `ms`; the returned function ends it. */
  every(callback: () => void, ms: number): () => void;
  /** Calls back once after `ms`; the returned function calls it off. */
  readonly after: Schedule;
}

export interface SessionParts {
  readonly client: MachineClient;
  readonly store: UiStore;
  readonly terminal: TerminalPort;
  readonly clock: SessionClock;
  readonly tabs: TabPort;
  readonly options: Pick<StartOptions, 'guestUrl' | 'memoryMB' | 'cold' | 'invitation'>;
  /** Reads the guest's names; undefined when they cannot be had. */
  readonly readGuest: (guestUrl: string) => Promise<GuestFacts | undefined>;
}

/**
 * Carries words between one machine and the page: states and figures into the store, output to
 * the terminal and the kernel log, keys and sizes to the machine. Holds no DOM and no React.
 */
export class Session {
  readonly kernelLog = new KernelLog();
  readonly pair: PairDesk;
  readonly #parts: SessionParts;
  readonly #router = new ConsoleRouter();
  readonly #feed: TerminalFeed;
  readonly #pump: InputPump;
  readonly #cleanups: (() => void)[] = [];
  readonly #readers = new Set<(bytes: Uint8Array) => void>();
  #kernelLogChanged = false;
  /** Undefined unless the machine is starting. */
  #bootMode: 'resume' | 'cold' | undefined;

  constructor(parts: SessionParts) {
    const { client, store, clock, tabs } = parts;
    this.#parts = parts;
    this.pair = new PairDesk({ pair: client.pair, store, tabs, clock });
    this.#feed = new TerminalFeed(parts.terminal);
    this.#pump = new InputPump({
      offer: (bytes) => client.write('console0', bytes),
      schedule: clock.after,
      onRefused: (refused) => {
        store.getState().setHint(refused ? 'input-refused' : undefined);
      },
    });
  }

  /** Whether this page was opened by an invitation to another tab's machine. */
  get invited(): boolean {
    return this.#parts.options.invitation !== undefined;
  }

  /** Checks the page, then starts the machine. What came of it is in the store. */
  async start(): Promise<void> {
    const { client, store, options, clock } = this.#parts;
    const environment = client.checkEnvironment();
    if (!environment.ok) {
      store.getState().setUnsupported(environment.error);
      return;
    }
    this.#connect();
    this.#parts.readGuest(options.guestUrl).then(
      (guest) => {
        if (guest !== undefined) store.getState().setGuest(guest);
      },
      (error: unknown) => {
        console.warn('The names of the guest could not be read:', error);
      },
    );
    await this.#orFail(
      client.start({
        ...options,
        onProgress: (progress) => {
          store.getState().setProgress(progress, clock.now());
        },
      }),
    );
  }

  /** Throws the machine away and starts another. */
  async restart(options: { readonly cold?: boolean } = {}): Promise<void> {
    await this.#orFail(this.#parts.client.restart(options));
  }

  /** Types into the shell, as if by hand. */
  type(text: string): void {
    this.#send(new TextEncoder().encode(text));
  }

  /** Reads the shell's output as it comes, before the terminal has it. The returned function unsubscribes. */
  onOutput(reader: (bytes: Uint8Array) => void): () => void {
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }

  /** Ends the machine and lets go of everything. */
  dispose(): void {
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup();
    this.#pump.clear();
    this.#parts.client.dispose();
  }

  /** A client that rejects is broken; a page that starts for ever would hide it. */
  async #orFail(starting: Promise<void>): Promise<void> {
    try {
      await starting;
    } catch (error) {
      console.error('The machine could not be started:', error);
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The machine could not be started: ${reason}`;
      const advice = 'Reload the page. If that does not help, please report what it says here.';
      const { store, clock } = this.#parts;
      store.getState().setMachineState({ kind: 'failed', message, advice }, clock.now());
    }
  }

  #connect(): void {
    const { client, terminal, clock } = this.#parts;
    this.#cleanups.push(
      ...this.pair.connect(),
      client.onState((state) => {
        this.#onState(state);
      }),
      client.onOutput((device, bytes) => this.#onOutput(device, bytes)),
      terminal.onInput((bytes) => {
        this.#send(bytes);
      }),
      terminal.onResize((columns, rows) => {
        this.#parts.store.getState().setTerminalSize(columns, rows);
        client.resize(columns, rows);
      }),
      clock.every(() => {
        this.#sample();
      }, FIGURES_PERIOD_MS),
      clock.every(() => {
        this.#sampleActivity();
      }, ACTIVITY_PERIOD_MS),
    );
  }

  #onState(state: MachineState): void {
    const { store, clock } = this.#parts;
    if (state.kind === 'remote') this.#onRemote();
    if (state.kind === 'booting') this.#onBooting(state.mode);
    else this.#bootMode = undefined;
    const lives = state.kind === 'booting' || state.kind === 'running' || state.kind === 'remote';
    if (lives) store.getState().setCrashed(undefined);
    if (state.kind === 'running') this.#rememberBoot();
    if (state.kind === 'halted' || state.kind === 'failed') this.#pump.clear();
    store.getState().setMachineState(state, clock.now());
  }

  #onBooting(mode: 'resume' | 'cold'): void {
    if (this.#bootMode === undefined) this.#begin();
    if (this.#bootMode !== mode) this.#router.begin(mode);
    this.#bootMode = mode;
  }

  /** A machine that was running here goes on elsewhere: its screen stays. Any other is new to this terminal. */
  #onRemote(): void {
    const { kind } = this.#parts.store.getState().machine;
    if (kind === 'running' || kind === 'remote') return;
    if (this.#bootMode === undefined) this.#begin();
    this.#router.begin('resume');
  }

  /** A machine starts: nothing of the one before may be mistaken for its own. */
  #begin(): void {
    const { store, terminal } = this.#parts;
    terminal.reset();
    this.#pump.clear();
    this.kernelLog.clear();
    this.#kernelLogChanged = false;
    const state = store.getState();
    state.setTerminalTitle('');
    state.setHint(undefined);
    state.setKernelLog(0);
    state.clearFigures();
  }

  #rememberBoot(): void {
    const { store, clock } = this.#parts;
    const { machine, setUsualBootSeconds } = store.getState();
    if (machine.kind !== 'starting' || machine.mode !== 'cold' || machine.stage !== 'boot') return;
    setUsualBootSeconds(Math.max(1, Math.round((clock.now() - machine.stageStartedMs) / 1000)));
  }

  #onOutput(device: ConsoleDevice, bytes: Uint8Array): Promise<void> | undefined {
    const route = this.#router.route(device);
    if (device === 'console0') for (const reader of this.#readers) reader(bytes);
    if (route.kernelLog) {
      this.kernelLog.append(bytes);
      this.#kernelLogChanged = true;
    }
    return route.terminal ? this.#feed.push(bytes) : undefined;
  }

  #send(bytes: Uint8Array): void {
    const { kind } = this.#parts.store.getState().machine;
    if (kind === 'running' || kind === 'remote' || kind === 'starting') this.#pump.send(bytes);
  }

  /** Present figures, as the host counts them. */
  counters(): MachineCounters {
    return this.#parts.client.counters();
  }

  #sample(): void {
    const { client, store, clock } = this.#parts;
    const state = store.getState();
    this.pair.showNewest();
    if (state.machine.kind === 'running') state.setFigures(figuresOf(client.counters()));
    if (state.machine.kind === 'remote') {
      const newest = this.pair.samples.newest;
      if (newest !== undefined) state.setFigures(figuresOfSample(newest.sample));
    }
    if (state.machine.kind === 'starting') state.tickBoot(clock.now(), state.usualBootSeconds);
    if (this.#kernelLogChanged) {
      this.#kernelLogChanged = false;
      state.setKernelLog(this.kernelLog.lineCount);
    }
  }

  #sampleActivity(): void {
    const { client, store } = this.#parts;
    const state = store.getState();
    if (state.machine.kind === 'running') state.pushActivity(client.counters().load);
    if (state.machine.kind === 'remote') state.pushActivity(this.#remoteLoad());
  }

  /** Samples come only while something runs: an old one says nothing about now. */
  #remoteLoad(): number {
    const newest = this.pair.samples.newest;
    const age = newest === undefined ? Infinity : this.#parts.clock.wall() - newest.wallMs;
    return newest === undefined || age > ACTIVITY_PERIOD_MS ? 0 : newest.sample.load;
  }
}
