/** This page's part in one machine, from its start (or joining) to its end: a worker, and the meeting of tabs. */
import { proxy, transfer, wrap, type Remote } from 'comlink';
import { channelNames } from '../../transport/link.ts';
import {
  createInvitation,
  formatInvitation,
  parseInvitation,
  type Invitation,
} from '../../transport/invitation.ts';
import { randomBytes, toBase64Url } from '../../transport/encoding.ts';
import { ControlBlock } from '../shared/control.ts';
import { CounterSampler } from '../shared/counter-sampler.ts';
import type { MachineCounters } from '../shared/counters.ts';
import { haltMessage } from '../shared/halt.ts';
import type { GuestEnd } from '../shared/loop-end.ts';
import type { PairStatus } from '../shared/pair/sample.ts';
import { createScreenRing, ScreenReader } from '../shared/screen-ring.ts';
import type { PairDesk } from './pair-desk.ts';
import { Rendezvous } from './rendezvous.ts';
import type { ReplicaEvents, ReplicaWorkerApi } from './replica.worker.ts';
import {
  isConsoleDevice,
  type ConsoleDevice,
  type MachineState,
  type StartOptions,
} from './types.ts';

export interface RunListener {
  readonly state: (state: MachineState) => void;
  readonly output: (
    device: ConsoleDevice,
    bytes: Uint8Array<ArrayBuffer>,
  ) => Promise<void> | undefined;
}

const FAULT_ADVICE =
  'Start it again. If that does not help, reload the page, and report what the console says.';
/** Keys that the worker has not taken yet; more are refused, aloud (R7). */
const PENDING_KEY_BYTES = 4 << 20;
/** Behind an invitation's fragment, for those who only watch. */
const WATCH = '&watch';
const NODE_BYTES = 16;

type Phase = 'starting' | 'booting' | 'running' | 'remote' | 'over';

export class ReplicaRun {
  readonly #listener: RunListener;
  readonly #pair: PairDesk;
  readonly #worker: Worker;
  readonly #api: Remote<ReplicaWorkerApi>;
  readonly #screen = createScreenRing();
  readonly #reader: ScreenReader;
  #rendezvous: Promise<Rendezvous> | undefined;
  #invitation: Invitation | undefined;
  #sampler: CounterSampler | undefined;
  #notice: string | undefined;
  #phase: Phase = 'starting';
  #pendingBytes = 0;
  #watches = false;
  #size: { readonly columns: number; readonly rows: number } | undefined;
  /** The machine has been told the size. */
  #hasSize = false;
  #runsHere = false;
  #halt: GuestEnd | undefined;

  constructor(listener: RunListener, pair: PairDesk) {
    this.#listener = listener;
    this.#pair = pair;
    this.#worker = new Worker(new URL('./replica.worker.ts', import.meta.url), {
      type: 'module',
      name: 'replica',
    });
    this.#worker.addEventListener('error', (event) => {
      this.#fail(`The machine's worker could not be started (${event.message}).`, event);
    });
    this.#api = wrap<ReplicaWorkerApi>(this.#worker);
    this.#reader = new ScreenReader(this.#screen, (device, bytes) => this.#show(device, bytes));
    this.#call(this.#reader.run());
  }

  /** Resolves when the machine runs or is joined, or could not be. */
  async start(options: StartOptions): Promise<void> {
    try {
      await (options.invitation === undefined
        ? this.#begin(options)
        : this.#join(options.invitation));
    } catch (error) {
      this.#fail('The machine could not be started.', error);
    }
  }

  write(device: ConsoleDevice, bytes: Uint8Array): boolean {
    const isTooMuch = this.#pendingBytes + bytes.length > PENDING_KEY_BYTES;
    if (this.#phase === 'over' || this.#phase === 'starting' || isTooMuch) return false;
    this.#pendingBytes += bytes.length;
    this.#api.key(device, bytes).then(
      () => {
        this.#pendingBytes -= bytes.length;
      },
      (error: unknown) => {
        this.#fail('Keys could not be given to the machine.', error);
      },
    );
    return true;
  }

  /** The size of this tab's terminal: the machine's, once it runs here, or when it changes in any tab. */
  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#hasSize = false;
    this.#sendSize();
  }

  #sendSize(): void {
    const size = this.#size;
    // Who only watches has no say in the machine's size, and a machine that has not begun cannot take it.
    const isHeard = this.#runsHere || (this.#phase === 'remote' && !this.#watches);
    if (size === undefined || this.#hasSize || !isHeard) return;
    this.#hasSize = true;
    this.#call(this.#api.resize(size.columns, size.rows));
  }

  /** Undefined while the machine runs elsewhere. */
  counters(): MachineCounters | undefined {
    return this.#sampler?.read();
  }

  handOver(): void {
    this.#call(this.#api.handOver());
  }

  /** The workers end without a word, as in a crash. */
  crash(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#worker.terminate();
    this.#reader.stop();
    this.#pair.over();
    this.#listener.state({
      kind: 'failed',
      message: 'This tab’s part in the machine has crashed, as it was asked to.',
      advice: 'If another tab protected the machine, it goes on there.',
    });
  }

  /** Address of this machine for another tab. */
  invitation(wants: 'standby' | 'watch'): string | undefined {
    if (this.#invitation === undefined) return undefined;
    const url = new URL(document.baseURI);
    url.hash = `${formatInvitation(this.#invitation)}${wants === 'watch' ? WATCH : ''}`;
    return url.href;
  }

  /** The page goes away: says good-bye as far as there is time. */
  leave(): void {
    if (this.#phase === 'over') return;
    this.#call(this.#api.leave());
    void this.#rendezvous?.then((rendezvous) => {
      rendezvous.close('The tab was closed.');
    });
  }

  /** Ends everything at once; the listener hears nothing more of importance. */
  dispose(): void {
    if (this.#phase === 'over') return;
    this.leave();
    this.#phase = 'over';
    this.#worker.terminate();
    this.#reader.stop();
  }

  async #begin(options: StartOptions): Promise<void> {
    const { guestUrl, memoryMB, cold = false } = options;
    this.#listener.state({ kind: 'booting', mode: cold ? 'cold' : 'resume', notice: undefined });
    const invitation = createInvitation();
    this.#meet(invitation);
    const begun = await this.#api.begin(
      { ...this.#names(invitation), guestUrl, memoryMB, cold },
      this.#events(options),
    );
    if (this.#phase !== 'starting') return;
    if (!begun.ok) {
      const { message, advice } = begun.error;
      this.#end({ kind: 'failed', message, advice });
      return;
    }
    const { mode, notice } = begun.value;
    this.#notice = notice;
    this.#phase = 'booting';
    if (mode === 'cold') this.#listener.state({ kind: 'booting', mode, notice });
    else this.#live();
  }

  async #join(fragment: string): Promise<void> {
    this.#watches = fragment.endsWith(WATCH);
    const parsed = parseInvitation(fragment);
    if (!parsed.ok) {
      const advice = 'Ask for the invitation again, or open the page without it.';
      this.#end({ kind: 'failed', message: parsed.error.sentence, advice });
      return;
    }
    this.#phase = 'remote';
    this.#listener.state({ kind: 'remote' });
    this.#meet(parsed.value);
    const wants = this.#watches ? 'watch' : 'standby';
    await this.#api.join({ ...this.#names(parsed.value), wants }, this.#events(undefined));
  }

  #names({ session }: Invitation) {
    return {
      machine: session,
      node: toBase64Url(randomBytes(NODE_BYTES)),
      page: document.baseURI,
      screen: this.#screen,
    };
  }

  #meet(invitation: Invitation): void {
    this.#invitation = invitation;
    this.#rendezvous = Rendezvous.open(invitation, {
      attach: (attempt, channels) =>
        this.#api.attach(
          attempt,
          transfer(
            channels,
            channelNames.map((name) => channels[name]),
          ),
        ),
      established: (attempt) => {
        this.#call(this.#api.established(attempt));
      },
      disconnected: (attempt, sentence) => {
        this.#call(this.#api.disconnected(attempt, sentence));
      },
      stranger: (sentence) => {
        this.#call(this.#api.stranger(sentence));
      },
    });
  }

  #events(options: StartOptions | undefined): ReplicaEvents {
    const pair = this.#pair;
    const meeting = (use: (rendezvous: Rendezvous) => void): void => {
      if (this.#phase !== 'over') this.#call(this.#rendezvous?.then(use));
    };
    return proxy<ReplicaEvents>({
      progress: (progress) => {
        if (this.#phase === 'starting') options?.onProgress?.(progress);
      },
      status: (status) => {
        this.#takeStatus(status);
      },
      copy: (copy) => {
        pair.update({ copy });
      },
      sample: (sample) => {
        pair.sample(sample);
      },
      takeovers: (takeovers) => {
        pair.update({ takeovers });
      },
      notice: (notice) => {
        pair.update({ notice });
      },
      refused: (sentence) => {
        pair.update({ notice: { level: 'warning', sentence } });
      },
      machine: (channel) => {
        this.#takeMachine(channel);
      },
      findPrimary: () => {
        meeting((rendezvous) => {
          rendezvous.findPrimary();
        });
      },
      announce: (term) => {
        meeting((rendezvous) => {
          rendezvous.announce(term);
        });
      },
      linkClosed: (attempt) => {
        meeting((rendezvous) => {
          rendezvous.linkClosed(attempt);
        });
      },
      halted: (end) => {
        this.#halt = end;
      },
      ended: (sentence) => {
        this.#ended(sentence);
      },
      failed: (reason) => {
        this.#fail('The machine broke.', reason);
      },
    });
  }

  #show(device: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    if (this.#phase === 'over' || !isConsoleDevice(device)) return undefined;
    // After a cold boot the terminal first speaks when the shell starts.
    if (device === 'console0' && this.#phase === 'booting') this.#live();
    return this.#listener.output(device, bytes);
  }

  #takeStatus(status: PairStatus): void {
    this.#pair.update({ status, canInvite: true });
    const runsHere = status.role === 'primary' && status.word !== 'starting';
    // Whoever takes over has another terminal than the one before.
    if (runsHere && !this.#runsHere) this.#hasSize = false;
    this.#runsHere = runsHere;
    if (runsHere) this.#sendSize();
    if (status.role === 'primary') {
      this.#rememberInvitation(status.word === 'protected');
      if (this.#phase === 'remote') this.#live();
    } else if (this.#phase === 'running' && status.word !== 'ended') {
      this.#phase = 'remote';
      this.#listener.state({ kind: 'remote' });
    }
  }

  /**
   * What a reload of this tab shall do: join the machine again, if another tab goes on with it meanwhile, or
   * start a new one.
   */
  #rememberInvitation(isProtected: boolean): void {
    if (this.#invitation === undefined) return;
    const url = new URL(location.href);
    url.hash = isProtected ? formatInvitation(this.#invitation) : '';
    if (url.href !== location.href) history.replaceState(history.state, '', url);
  }

  #takeMachine(channel: SharedArrayBuffer | undefined): void {
    this.#sampler =
      channel === undefined
        ? undefined
        : new CounterSampler(new ControlBlock(channel, 0), () => performance.now());
  }

  #live(): void {
    this.#phase = 'running';
    this.#listener.state({ kind: 'running', notice: this.#notice });
  }

  /** The machine's life is over, or this tab's part in it. */
  #ended(sentence: string): void {
    // Its last words were written before this one.
    this.#reader.finish();
    const end = this.#halt;
    if (end === undefined) {
      const advice = 'Start a machine of your own here, or reload the page to try again.';
      this.#end({ kind: 'failed', message: sentence, advice });
      return;
    }
    const reason = end.kind === 'panic' ? end : end.halt;
    this.#end({ kind: 'halted', reason, message: haltMessage(end) });
  }

  #call(called: Promise<unknown> | undefined): void {
    called?.catch((error: unknown) => {
      this.#fail('The machine broke.', error);
    });
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
    this.#pair.over();
    this.#listener.state(state);
  }
}
