/**
 * The host's half of a simulated machine: a worker that runs the guest in slices, rings to and from it that
 * take a moment, dirty maps, capture with copy on write, and a copier that hands over a few pages at a time.
 */
import { defined } from '../src/base/assert.ts';
import { ByteWriter } from '../src/base/bytes.ts';
import type { SeededRandom } from '../src/base/random.ts';
import type { CaptureFacts, MachineOutput, StagedFacts } from '../src/replication/events.ts';
import type { InputItem } from '../src/replication/messages.ts';
import { PAGES, PAGE_BYTES, type Guest, type GuestKey, type Lane } from './guest.ts';
import type { Agenda } from './queue.ts';

/** What the machine tells its replica. */
export type MachineNews =
  | { readonly kind: 'output'; readonly outputs: readonly MachineOutput[] }
  | { readonly kind: 'captured'; readonly epoch: number; readonly facts: CaptureFacts }
  | {
      readonly kind: 'chunk';
      readonly epoch: number;
      readonly part: 'pages' | 'sections';
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'staged'; readonly epoch: number; readonly facts: StagedFacts }
  | { readonly kind: 'inputs-consumed'; readonly applied: Readonly<Record<string, number>> }
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
const PAGES_A_CHUNK = 3;
const encodeText = new TextEncoder();

export const parseKey = (bytes: Uint8Array): GuestKey => {
  const [keyboard = '', count = ''] = new TextDecoder().decode(bytes.slice()).split(':');
  return { keyboard, count: Number(count) };
};

interface Copy {
  readonly epoch: number;
  readonly section: Uint8Array;
  /** Pages to copy, those copied on write with their bytes. */
  readonly pages: Map<number, Uint8Array | undefined>;
  abandoned: boolean;
}

interface WantedCapture {
  readonly epoch: number;
  readonly scope: 'first' | 'dirty';
  readonly last: boolean;
}

export class SimMachine {
  readonly guest: Guest;
  readonly #hooks: MachineHooks;
  readonly #random: SeededRandom;
  #running = false;
  #hungUntil = 0;
  #throttled = false;
  #frozen = false;
  readonly #agenda: Agenda;
  #dirty = new Set<number>();
  readonly #ever = new Set<number>();
  readonly #captured = new Map<number, readonly number[]>();
  #copy: Copy | undefined;
  #wanted: WantedCapture | undefined;
  readonly #waiting: InputItem[] = [];
  readonly #applied: Record<string, number> = {};
  #outputs: MachineOutput[] = [];
  #sliceDue = false;
  #ringAt = 0;
  #changedSaid = false;
  #beating = false;

  constructor(guest: Guest, agenda: Agenda, random: SeededRandom, hooks: MachineHooks) {
    this.guest = guest;
    this.#agenda = agenda;
    this.#random = random;
    this.#hooks = hooks;
    guest.onWrite = (page) => {
      this.#onWrite(page);
    };
    guest.onOutput = ({ device, text }) => {
      this.#outputs.push({ device, kind: 'console', bytes: encodeText.encode(text) });
    };
    // Whatever a restored machine holds differs from the baseline of zeros.
    for (let page = 0; page < PAGES; page++) {
      if (this.#page(page).some((byte) => byte !== 0)) this.#ever.add(page);
    }
  }

  #page(page: number): Uint8Array {
    return this.guest.ram.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  }

  #onWrite(page: number): void {
    const copy = this.#copy;
    if (copy?.pages.has(page) === true && copy.pages.get(page) === undefined) {
      copy.pages.set(page, this.#page(page).slice());
    }
    if (this.#hooks.skipsMark()) return;
    this.#dirty.add(page);
    this.#ever.add(page);
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
    this.#outputs = [];
  }

  /** The machine's worker stands still; its replica does not. */
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

  capture(epoch: number, scope: 'first' | 'dirty', last: boolean): void {
    this.#later(() => {
      this.#wanted = { epoch, scope, last };
      this.#plan();
    });
  }

  forget(epoch: number): void {
    this.#captured.delete(epoch);
  }

  merge(epochs: readonly number[]): void {
    for (const epoch of epochs) {
      for (const page of this.#captured.get(epoch) ?? []) this.#dirty.add(page);
      this.#captured.delete(epoch);
      if (this.#copy?.epoch === epoch) this.#copy.abandoned = true;
    }
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
      if (!this.#running) return;
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
    for (const item of this.#waiting.splice(0, 4)) {
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

  #takeCapture({ epoch, scope, last }: WantedCapture): void {
    this.#wanted = undefined;
    const pages = [...(scope === 'first' ? this.#ever : this.#dirty)].sort((a, b) => a - b);
    this.#dirty = new Set();
    this.#captured.set(epoch, pages);
    const section = this.guest.save();
    this.#copy = {
      ...{ epoch, section, abandoned: false },
      pages: new Map(pages.map((page) => [page, undefined])),
    };
    this.#hooks.onSnapshot(epoch, { ram: this.guest.ram.slice(), section });
    this.#changedSaid = false;
    if (last) this.#running = false;
    const facts = {
      pauseMs: 0.05,
      instructions: BigInt(this.guest.instructions),
      guestTime: BigInt(Math.round(this.#agenda.now * 10_000)),
      applied: { ...this.#applied },
    };
    this.#hooks.tell({ kind: 'captured', epoch, facts });
    this.#later(() => {
      this.#copyOn(0);
    });
  }

  /** A few pages, then the next few: the guest runs meanwhile. */
  #copyOn(chunks: number): void {
    const copy = defined(this.#copy, 'copy');
    const { epoch, pages } = copy;
    if (!copy.abandoned && pages.size > 0) {
      const writer = new ByteWriter();
      for (const [page, cow] of [...pages].slice(0, PAGES_A_CHUNK)) {
        writer.u32(page).raw(cow ?? this.#page(page));
        pages.delete(page);
      }
      this.#hooks.tell({ kind: 'chunk', epoch, part: 'pages', bytes: writer.finish() });
      this.#later(() => {
        this.#copyOn(chunks + 1);
      });
      return;
    }
    if (!copy.abandoned) {
      this.#hooks.tell({ kind: 'chunk', epoch, part: 'sections', bytes: copy.section });
    }
    this.#copy = undefined;
    const dirtyPages = this.#captured.get(epoch)?.length ?? 0;
    const facts = { dirtyPages, zeroPages: 0, rawBytes: dirtyPages * PAGE_BYTES, copyMs: chunks };
    this.#hooks.tell({ kind: 'staged', epoch, facts });
  }
}
