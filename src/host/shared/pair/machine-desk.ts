/** The machine of a replica: its memory and thread, what is asked of it, and what it says. */
import { PAGE_BYTES } from '../../../checkpoint/capture-area.ts';
import type { Compressor } from '../../../checkpoint/compression.ts';
import { Applier, type AppliedCheckpoint } from '../../../checkpoint/applier.ts';
import { assert, defined } from '../../../base/assert.ts';
import type { EffectOf } from '../../../replication/effects.ts';
import type { InputItem } from '../../../replication/messages.ts';
import { decodeHotList, type HotPage } from '../../../vm/jit/hot-list.ts';
import type { MachineState } from '../../../vm/machine/state.ts';
import { createChannel, HostChannel } from '../channel.ts';
import type { HostInput, HostMessage } from '../channel.ts';
import { COMMAND } from '../control.ts';
import { HostPump } from '../host-pump.ts';
import type { LoopEnd } from '../loop-end.ts';
import { countsByLane, inputOf } from './lanes.ts';

/** A machine whose thread waits for the word to run. */
export interface ParkedMachine {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly channel: SharedArrayBuffer;
  /** Names what RAM holds; empty: zeros. */
  readonly baseline: Uint8Array;
  /** Loads these sections, so that `run` needs none; what was loaded before is forgotten. */
  readonly load: (sections: MachineState) => Promise<void>;
  /** Runs the machine as it was prepared or loaded, or from these sections. Settles when it has ended. */
  readonly run: (sections: MachineState | undefined) => Promise<LoopEnd>;
  /**
   * Runs the machine from these sections, on another channel, in a way that can be taken back: see `speculation.ts`.
   * Settles when it has ended, or when it was told to stop and RAM is as before.
   */
  readonly speculate: (
    sections: MachineState,
    channel: SharedArrayBuffer,
  ) => Promise<LoopEnd | 'rolled-back'>;
  /** Has this code translated before it runs here: see `hot-list.ts`. Does nothing while it runs. */
  readonly foresee: (pages: readonly HotPage[]) => Promise<void>;
  /** Ends the thread at once. */
  readonly terminate: () => void;
}

/** This tab's first machine, and what stands on the terminal already. */
export interface FirstMachine {
  readonly parked: ParkedMachine;
  readonly screen: Uint8Array;
}

/** A machine that runs ahead of its takeover. */
interface Speculation {
  readonly applied: AppliedCheckpoint;
  readonly channel: SharedArrayBuffer;
  readonly end: Promise<LoopEnd | 'rolled-back'>;
}

/** A guest that sleeps again after so long has hardly run. */
const BRIEF_MS = 4;
/** Two checkpoints a second for a shell at rest: it wakes six times a second to look at its clock. */
const QUIET_PERIOD_MS = 500;

export interface DeskListener {
  /** A promise holds back everything else that the machine says. */
  readonly message: (message: HostMessage) => void | Promise<void>;
  /** The guest has run since {@link MachineDesk.askForChange}. */
  readonly changed: () => void;
  /** The thread broke, or ended without being told to. */
  readonly failed: (error: unknown) => void;
}

export class MachineDesk {
  readonly parked: ParkedMachine;
  readonly #listener: DeskListener;
  #buffer: SharedArrayBuffer;
  #channel: HostChannel;
  #pump: HostPump;
  #applier: Applier | undefined;
  /** What the machine is loaded with, or about to be. */
  #armed: { readonly applied: AppliedCheckpoint; readonly loading: Promise<void> } | undefined;
  #speculation: Speculation | undefined;
  /** Settles when RAM is as it was before a speculation that has been called off. */
  #rollback: Promise<unknown> | undefined;
  /** What the channel has no room for: each tab's keys are limited as it is, but there are several. */
  readonly #undelivered: HostInput[] = [];
  /** The capture that was asked for newest is to be the last. */
  #isToPause = false;
  #awaitsChange = false;
  #changeTimer: ReturnType<typeof setTimeout> | undefined;
  /** While the guest does next to nothing, a checkpoint waits until then. */
  #quietUntil: number | undefined;
  #beats = 0;
  #taken = '';
  #over = false;

  /** @param compressor set for a standby: checkpoints will be applied */
  constructor(parked: ParkedMachine, compressor: Compressor | undefined, listener: DeskListener) {
    this.parked = parked;
    this.#listener = listener;
    if (compressor !== undefined) {
      const { memory, ramBytes, baseline } = parked;
      this.#applier = new Applier({ memory, ramBytes, baseline, compressor });
    }
    this.#buffer = parked.channel;
    this.#channel = new HostChannel(this.#buffer);
    this.#pump = this.#listen();
  }

  /** To the machine that runs, or is to run. */
  get channel(): HostChannel {
    return this.#channel;
  }

  /** The same, for others to read its counters. */
  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  #listen(): HostPump {
    const pump = new HostPump(this.#channel, {
      output: (message) => (this.#over ? undefined : this.#listener.message(message)),
      bell: () => {
        this.#deliverMore();
        this.#lookForChange();
      },
      failed: (error) => {
        this.#fail(error);
      },
    });
    pump.start();
    return pump;
  }

  /** Loads the checkpoint that was applied last, for a takeover that is likely. */
  arm(): void {
    const applied = defined(this.#applier?.applied, 'a checkpoint');
    if (this.#armed?.applied === applied) return;
    const loading = this.parked.load(applied.sections);
    // Told when it is to run; if it never is, nobody misses it.
    loading.catch(() => undefined);
    this.#armed = { applied, loading };
  }

  /** Runs the checkpoint that was applied last, for a takeover that may come. Nobody hears of it. */
  speculate(): void {
    const applied = defined(this.#applier?.applied, 'a checkpoint');
    const channel = createChannel();
    const end = this.parked.speculate(applied.sections, channel);
    const speculation = { applied, channel, end };
    this.#speculation = speculation;
    this.#armed = undefined;
    end.catch(() => {
      // What is wrong with the machine is told when it is to run in earnest, if it ever is.
      if (this.#speculation === speculation) this.#speculation = undefined;
    });
  }

  /** No takeover: RAM becomes what it was. */
  rollBack(): void {
    if (this.#speculation === undefined) return;
    const { channel, end } = this.#speculation;
    this.#speculation = undefined;
    new HostChannel(channel).control.setCommand(COMMAND.stop);
    const rollback = Promise.allSettled([end]).then(() => {
      if (this.#rollback === rollback) this.#rollback = undefined;
    });
    this.#rollback = rollback;
  }

  /** Undefined when RAM is as the checkpoint left it that was applied last, else settles as soon as it is. */
  get rollback(): Promise<unknown> | undefined {
    return this.#rollback;
  }

  /** Runs the machine; after a takeover from the checkpoint that was applied last. */
  start(isTakeover: boolean): void {
    const { applied } = this.#applier ?? {};
    assert(!isTakeover || applied !== undefined, 'nothing to take over');
    this.#applier = undefined;
    // If another was applied behind what is loaded, RAM is no longer that one's.
    const armed = this.#armed?.applied === applied ? this.#armed : undefined;
    this.#armed = undefined;
    const sections = isTakeover && armed === undefined ? applied?.sections : undefined;
    const end = this.#keepSpeculation() ?? this.parked.run(sections);
    Promise.all([end, armed?.loading]).then(
      ([ended]) => {
        if (ended === 'rolled-back' || ended.kind === 'stopped')
          this.#fail(new Error('the machine stopped by itself'));
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /** The machine that runs ahead is the machine from now on: what it has said so far is heard. */
  #keepSpeculation(): Speculation['end'] | undefined {
    if (this.#speculation === undefined) return undefined;
    const { channel, end } = this.#speculation;
    this.#speculation = undefined;
    void this.#pump.stop();
    this.#buffer = channel;
    this.#channel = new HostChannel(channel);
    this.#channel.control.setCommand(COMMAND.keep);
    this.#pump = this.#listen();
    return end;
  }

  /** Lets a machine go on that was held after its last capture, or is about to be. */
  goOn(): void {
    this.#isToPause = false;
    this.channel.control.clearCommand(COMMAND.pause | COMMAND.last);
  }

  /** A capture has been made. */
  captured(): void {
    // Its thread may have been in the middle of the last one when it was told to go on.
    if (!this.#isToPause) this.channel.control.clearCommand(COMMAND.pause);
  }

  /** Ends the machine for good, and at once. */
  drop(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#changeTimer);
    this.channel.control.setCommand(COMMAND.stop);
    this.parked.terminate();
    void this.#pump.stop();
  }

  askCapture(epoch: number, last: boolean): void {
    this.#isToPause = last;
    this.channel.control.askCapture(epoch, last);
  }

  /** Has `changed` called once when the guest next runs. */
  askForChange(): void {
    clearTimeout(this.#changeTimer);
    this.#quietUntil = undefined;
    this.#awaitsChange = true;
    this.channel.control.askForChange();
  }

  hold(why: 'gate' | 'staging', on: boolean): void {
    const bit = why === 'gate' ? COMMAND.holdForGate : COMMAND.holdForStaging;
    if (on) this.channel.control.setCommand(bit);
    else this.channel.control.clearCommand(bit);
  }

  deliver(items: readonly InputItem[]): void {
    for (const item of items) {
      const input = inputOf(item);
      // Of a program that knows more lanes than this one.
      if (input !== undefined) this.#undelivered.push(input);
    }
    this.#deliverMore();
  }

  #deliverMore(): void {
    let sent = 0;
    for (const input of this.#undelivered) {
      if (!this.channel.send(input)) break;
      sent += 1;
    }
    this.#undelivered.splice(0, sent);
  }

  /** True when the machine's thread has given a sign of life since the last call. */
  takeBeat(): boolean {
    const { beats } = this.channel.control;
    const isNew = beats !== this.#beats;
    this.#beats = beats;
    return isNew;
  }

  /** Items taken of each lane, when there are more than at the last call. */
  takeConsumed(lanes: number): Record<string, number> | undefined {
    const taken = this.channel.control.taken(lanes);
    const spelled = taken.join(' ');
    if (spelled === this.#taken) return undefined;
    this.#taken = spelled;
    return countsByLane(taken);
  }

  // A standby's copy

  stage({ epoch, part, bytes, direct }: EffectOf<'stage'>): void {
    // What is wrong with a part comes out when the checkpoint is applied.
    defined(this.#applier, 'an applier').stage(epoch, part, bytes, direct);
  }

  discardStaged(epochs: readonly number[]): void {
    this.#applier?.discard(epochs);
  }

  /** The primary's machine has hot code; what makes no sense is no advice. */
  foresee(advice: Uint8Array): void {
    const pages = decodeHotList(advice, this.parked.ramBytes / PAGE_BYTES);
    if (pages === undefined) return;
    this.parked.foresee(pages).catch((error: unknown) => {
      this.#fail(error);
    });
  }

  /** Undefined when it went well, else why not: then nothing has changed. */
  apply(epoch: number): string | undefined {
    const applied = defined(this.#applier, 'an applier').apply(epoch);
    return applied.ok ? undefined : applied.error.sentence;
  }

  /**
   * The guest has run. One that is busy is to be checkpointed soon; one that only looked at its clock and sleeps again
   * has little to lose, so that a checkpoint now and then does.
   */
  #lookForChange(): void {
    if (!this.#awaitsChange || this.channel.control.waitsForChange) return;
    this.#awaitsChange = false;
    this.#quietUntil ??= performance.now() + QUIET_PERIOD_MS;
    clearTimeout(this.#changeTimer);
    this.#changeTimer = setTimeout(() => {
      this.#judgeChange();
    }, BRIEF_MS);
  }

  #judgeChange(): void {
    if (this.#over || this.#quietUntil === undefined) return;
    if (this.channel.control.activity === 'idle' && performance.now() < this.#quietUntil) {
      // Heard of again when it next runs, or when it has been quiet for long enough.
      const left = this.#quietUntil - performance.now();
      this.#changeTimer = setTimeout(() => {
        this.#change();
      }, left);
      this.#awaitsChange = true;
      this.channel.control.askForChange();
      return;
    }
    this.#change();
  }

  #change(): void {
    clearTimeout(this.#changeTimer);
    this.#quietUntil = undefined;
    this.#awaitsChange = false;
    if (!this.#over) this.#listener.changed();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#listener.failed(error);
  }
}
