/**
 * The machine's thread of a simulated tab: runs the guest in slices, takes inputs from a ring, puts out what
 * the guest says, and makes captures. What it tells arrives in order, and not at once.
 */
import { defined } from '../src/base/assert.ts';
import type { SeededRandom } from '../src/base/random.ts';
import type { MachineOutput } from '../src/replication/events.ts';
import type { InputItem } from '../src/replication/messages.ts';
import type { Captured } from '../src/vm/machine/capture.ts';
import type { Guest, GuestKey, Lane } from './guest.ts';
import type { SimMemory } from './memory.ts';
import type { Agenda } from './queue.ts';

/** Items of each lane that the guest has taken. */
export type Consumed = Readonly<Record<string, number>>;

/** What the machine tells its replica's thread. */
export type MachineNews =
  | { readonly kind: 'output'; readonly outputs: readonly MachineOutput[] }
  | {
      readonly kind: 'captured';
      readonly epoch: number;
      readonly captured: Captured;
      readonly applied: Consumed;
    }
  | { readonly kind: 'inputs-consumed'; readonly applied: Consumed }
  | { readonly kind: 'changed' | 'machine-beat' | 'guest-started' };

/** A state as it was at a capture: what the oracle compares with. */
export interface Snapshot {
  readonly ram: Uint8Array;
  readonly section: Uint8Array;
}

export interface MachineHooks {
  /** Runs when the party does: a stopped party's machine stands still. */
  readonly after: (delay: number, run: () => void) => void;
  readonly tell: (news: MachineNews) => void;
  readonly onSnapshot: (epoch: number, snapshot: Snapshot) => void;
  /** True when this dirty mark is to be forgotten (a mutation). */
  readonly skipsMark: () => boolean;
}

const SLICE_MS = 1;
const INSTRUCTIONS_A_SLICE = 3;
const SLEEP_MS = 25;
const BEAT_MS = 20;
const KEYS_A_SLICE = 4;
export const SECTION = 'guest';
const encodeText = new TextEncoder();

export const parseKey = (bytes: Uint8Array): GuestKey => {
  const [keyboard = '', count = ''] = new TextDecoder().decode(bytes.slice()).split(':');
  return { keyboard, count: Number(count) };
};

interface WantedCapture {
  readonly epoch: number;
  readonly last: boolean;
}

export class SimMachine {
  readonly guest: Guest;
  readonly #memory: SimMemory;
  readonly #hooks: MachineHooks;
  readonly #random: SeededRandom;
  readonly #agenda: Agenda;
  #running = false;
  #hungUntil = 0;
  #throttled = false;
  #frozen = false;
  #wanted: WantedCapture | undefined;
  readonly #waiting: InputItem[] = [];
  readonly #applied: Record<string, number> = {};
  #outputs: MachineOutput[] = [];
  #sliceDue = false;
  #ringAt = 0;
  #changedSaid = false;
  #beating = false;

  constructor(
    guest: Guest,
    memory: SimMemory,
    agenda: Agenda,
    random: SeededRandom,
    hooks: MachineHooks,
  ) {
    this.guest = guest;
    this.#memory = memory;
    this.#agenda = agenda;
    this.#random = random;
    this.#hooks = hooks;
    guest.onWrite = (page) => {
      if (!hooks.skipsMark()) memory.touch(page);
    };
    guest.onOutput = ({ device, text }) => {
      this.#outputs.push({ device, kind: 'console', bytes: encodeText.encode(text) });
    };
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    this.#running = true;
    this.#later(() => {
      this.#hooks.tell({ kind: 'guest-started' });
    });
    this.#beat();
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    this.#wanted = undefined;
    this.#outputs = [];
  }

  /** The machine's thread stands still; its replica's does not. */
  hang(ms: number): void {
    this.#hungUntil = this.#agenda.now + ms;
  }

  /** The guest pauses for good, its machine does not: so that what is under way can come to an end. */
  freeze(): void {
    this.#frozen = true;
  }

  throttle(on: boolean): void {
    this.#throttled = on;
    this.#plan();
  }

  deliver(items: readonly InputItem[]): void {
    this.#later(() => {
      this.#waiting.push(...items);
      this.#plan();
    });
  }

  /** `last`: the guest stands still afterwards. */
  capture(epoch: number, last: boolean): void {
    this.#later(() => {
      this.#wanted = { epoch, last };
      this.#plan();
    });
  }

  /** A ring in shared memory: in order, fast, but not at once. */
  #later(run: () => void): void {
    const { now } = this.#agenda;
    this.#ringAt = Math.max(this.#ringAt, now + 0.05 + this.#random.below(20) / 100);
    this.#hooks.after(this.#ringAt - now, run);
  }

  #beat(): void {
    if (this.#beating) return;
    this.#beating = true;
    const beat = (): void => {
      if (!this.#running) {
        // It may be started again: after a handover that was called off.
        this.#beating = false;
        return;
      }
      if (this.#agenda.now >= this.#hungUntil) {
        this.#hooks.tell({ kind: 'machine-beat' });
        this.#hooks.tell({ kind: 'inputs-consumed', applied: { ...this.#applied } });
      }
      this.#hooks.after(BEAT_MS, beat);
    };
    beat();
  }

  #plan(): void {
    if (this.#sliceDue || (!this.#running && this.#wanted === undefined)) return;
    this.#sliceDue = true;
    this.#hooks.after(SLICE_MS, () => {
      this.#sliceDue = false;
      this.#slice();
    });
  }

  #slice(): void {
    if (this.#agenda.now < this.#hungUntil) {
      this.#plan();
      return;
    }
    if (this.#running && !this.#throttled && !this.#frozen) this.#runGuest();
    this.#flush();
    if (this.#wanted !== undefined) this.#takeCapture(this.#wanted);
    if (this.#running && !this.guest.asleep) this.#plan();
  }

  #runGuest(): void {
    const { guest } = this;
    const before = guest.instructions;
    let took = false;
    for (const item of this.#waiting.splice(0, KEYS_A_SLICE)) {
      guest.take(parseKey(item.bytes), item.lane as Lane);
      this.#applied[item.lane] = (this.#applied[item.lane] ?? 0) + 1;
      took = true;
    }
    const awake = guest.run(INSTRUCTIONS_A_SLICE);
    if (this.#waiting.length > 0) this.#plan();
    if (!awake) {
      this.#hooks.after(SLEEP_MS, () => {
        guest.wake();
        this.#plan();
      });
    }
    if (!this.#changedSaid && (took || guest.instructions > before)) {
      this.#changedSaid = true;
      this.#hooks.tell({ kind: 'changed' });
    }
  }

  /** Output leaves through the ring that captures are announced in, too: their order holds. */
  #flush(): void {
    if (this.#outputs.length === 0) return;
    const outputs = this.#outputs;
    this.#outputs = [];
    if (this.#running) this.#hooks.tell({ kind: 'output', outputs });
  }

  #takeCapture({ epoch, last }: WantedCapture): void {
    if (!this.#memory.capture()) {
      this.#plan();
      return;
    }
    this.#wanted = undefined;
    const bytes = this.guest.save();
    this.#hooks.onSnapshot(epoch, { ram: this.#memory.ram.slice(), section: bytes });
    this.#changedSaid = false;
    if (last) this.#running = false;
    const captured: Captured = {
      sections: new Map([[SECTION, { version: 1, bytes }]]),
      instructions: BigInt(this.guest.instructions),
      time: BigInt(Math.round(this.#agenda.now * 10_000)),
    };
    this.#hooks.tell({ kind: 'captured', epoch, captured, applied: { ...this.#applied } });
  }
}

/** The guest's registers in a machine's state. */
export const sectionOf = (sections: Captured['sections']): Uint8Array =>
  defined(sections.get(SECTION), SECTION).bytes;
