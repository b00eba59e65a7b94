/** The machine of a simulated tab, or its copy: carries out what a replica wants of it, with the real checkpoint code. */
import { defined } from '../src/base/assert.ts';
import type { SeededRandom } from '../src/base/random.ts';
import { Applier } from '../src/checkpoint/applier.ts';
import type { Rollback } from '../src/checkpoint/rollback.ts';
import type { MachineFacts } from '../src/replication/config.ts';
import type { Effect, EffectOf } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';
import type { CheckpointMaker } from '../src/host/shared/pair/checkpoint-maker.ts';
import { makeCheckpointer } from './checkpointer.ts';
import { Guest, KeyError, RAM_BYTES } from './guest.ts';
import { SimMachine, sectionOf, type MachineNews } from './machine.ts';
import type { SimMemory } from './memory.ts';
import { Violation } from './oracle.ts';
import type { World } from './world.ts';

/** The same machine everywhere: its baseline is zeroed RAM. */
export const MACHINE: MachineFacts = {
  ramBytes: RAM_BYTES,
  baseline: new Uint8Array(0),
  description: new Uint8Array(0),
};

/** An event without its time: the party's own clock adds it. */
export type Happening = ReplicaEvent extends infer E
  ? E extends ReplicaEvent
    ? Omit<E, 'now'>
    : never
  : never;

/** What the machine needs of its tab. */
export interface PartyLife {
  readonly now: () => number;
  readonly term: () => number;
  /** Later, if the tab still lives then; a stopped one does it when it goes on. */
  readonly after: (delay: number, run: () => void) => void;
  readonly happen: (happening: Happening) => void;
}

/** A machine that runs ahead of its takeover. */
interface Ahead {
  readonly machine: SimMachine;
  readonly rollback: Rollback;
  /** RAM at its first instruction. */
  readonly ram: Uint8Array;
  /** What it has said, which nobody has heard yet. */
  readonly held: (() => void)[];
}

export class PartyMachine {
  /** Undefined while it is a copy, or none. */
  running: SimMachine | undefined;
  readonly #world: World;
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #party: PartyLife;
  /** RAM of the machine that runs here, or of its copy. */
  #memory: SimMemory | undefined;
  #applier: Applier | undefined;
  #checkpointer: CheckpointMaker | undefined;
  #ahead: Ahead | undefined;
  /** Of a speculation that has been called off; RAM is as it was once this is undone. */
  #undone: Rollback | undefined;
  #ringAt = 0;

  constructor(world: World, name: string, party: PartyLife) {
    this.#world = world;
    this.#name = name;
    this.#random = world.random;
    this.#party = party;
  }

  perform(effect: Effect): void {
    switch (effect.kind) {
      case 'start-guest':
        this.#start(effect.cause, effect.epoch);
        break;
      case 'arm-guest':
        // Nothing is gained by it here; but a party may die or be stopped at it.
        break;
      case 'speculate':
        this.#speculate();
        break;
      case 'roll-back':
        this.#undone = this.#ahead?.rollback;
        this.#ahead?.machine.stop();
        this.#ahead = undefined;
        break;
      case 'stop-guest':
        this.running?.stop();
        break;
      case 'forget-machine':
        this.running?.stop();
        this.#ahead?.machine.stop();
        [this.running, this.#ahead, this.#undone] = [undefined, undefined, undefined];
        this.#memory = undefined;
        this.#applier = undefined;
        this.#checkpointer = undefined;
        break;
      case 'capture':
        this.#checkpointer?.capture(effect);
        break;
      case 'copy':
        this.#checkpointer?.copy(effect);
        break;
      case 'forget-dirty':
        this.#checkpointer?.forget(effect.epoch);
        break;
      case 'merge-dirty':
        this.#checkpointer?.merge(effect.epochs);
        break;
      case 'deliver-inputs':
        this.running?.deliver(effect.items);
        break;
      case 'throttle':
        this.running?.throttle(effect.on);
        break;
      case 'prepare':
        this.#prepare();
        break;
      case 'stage':
        this.#stage(effect);
        break;
      case 'discard-staging':
        this.#applier?.discard(effect.epochs);
        break;
      case 'apply':
        this.#apply(effect.epoch);
        break;
      default:
        throw new Error(`the simulation does not know the effect ${effect.kind}`);
    }
  }

  #stage({ epoch, part, bytes, direct }: EffectOf<'stage'>): void {
    // What is wrong with a part comes out when it is applied.
    defined(this.#applier, 'applier').stage(epoch, part, bytes, direct);
  }

  /** Applying takes a moment, but nothing of it is seen before it is done. */
  #apply(epoch: number): void {
    const applier = defined(this.#applier, 'applier');
    this.#party.after(this.#random.below(20) / 10, () => {
      if (this.#applier !== applier) return;
      this.#finishRollback();
      const applied = applier.apply(epoch);
      if (!applied.ok) {
        this.#party.happen({ kind: 'apply-failed', epoch, sentence: applied.error.sentence });
        return;
      }
      const { ram } = defined(this.#memory, 'memory');
      const section = sectionOf(applied.value.sections);
      this.#world.oracle.applied(this.#name, this.#party.term(), epoch, ram, section);
      this.#party.happen({ kind: 'applied', epoch });
    });
  }

  #prepare(): void {
    const memory = this.#world.memories.take();
    this.#memory = memory;
    this.#applier = new Applier({
      ...{ memory: memory.memory, ramBytes: RAM_BYTES, baseline: MACHINE.baseline },
      compressor: this.#world.compressor,
    });
    this.#party.after(5 + this.#random.below(20), () => {
      if (this.#memory === memory)
        this.#party.happen({ kind: 'prepared', baseline: MACHINE.baseline });
    });
  }

  /** Runs the guest ahead: from the last checkpoint, and so that it can be taken back. */
  #speculate(): void {
    this.#finishRollback();
    const memory = defined(this.#memory, 'memory');
    const guest = new Guest(memory.ram);
    guest.restore(this.#section);
    const ram = memory.ram.slice();
    const machine = this.#makeMachine(guest, memory);
    this.#ahead = { machine, rollback: memory.beginRollback(), ram, held: [] };
    machine.start();
  }

  /** A machine's thread takes one thing after the other: nothing else is done before this. */
  #finishRollback(): void {
    this.#undone?.undo();
    this.#undone = undefined;
  }

  /** The guest's registers in the last checkpoint. */
  get #section(): Uint8Array {
    return sectionOf(defined(this.#applier?.applied, 'checkpoint').sections);
  }

  #start(cause: 'begin' | 'takeover' | 'resume', epoch: number): void {
    if (cause === 'resume') {
      defined(this.running, 'machine').start();
      return;
    }
    this.#finishRollback();
    const memory = this.#memory ?? this.#world.memories.take();
    this.#memory = memory;
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const ram = ahead?.ram ?? memory.ram;
    if (cause === 'takeover')
      this.#world.oracle.tookOver(this.#name, this.#copyTerm, epoch, ram, this.#section);
    const machine = ahead?.machine ?? this.#makeMachine(new Guest(memory.ram), memory);
    if (cause === 'takeover' && ahead === undefined) machine.guest.restore(this.#section);
    this.#applier = undefined;
    this.running = machine;
    this.#makeCheckpointer(memory, machine);
    if (ahead === undefined) {
      machine.start();
      return;
    }
    ahead.rollback.keep();
    for (const arrive of ahead.held) arrive();
  }

  #makeMachine(guest: Guest, memory: SimMemory): SimMachine {
    const { agenda } = this.#world;
    const machine: SimMachine = new SimMachine(guest, memory, agenda, this.#random, {
      after: (delay, run) => {
        this.#party.after(delay, () => {
          this.#guard(run);
        });
      },
      tell: (news) => {
        this.#ring(machine, () => {
          this.#hear(news);
        });
      },
      onSnapshot: (number, snapshot) => {
        if (this.running === machine)
          this.#world.oracle.captured(this.#party.term(), number, snapshot);
      },
      skipsMark: () => this.#world.mutation.skipsMark(this.#random),
    });
    return machine;
  }

  #makeCheckpointer(memory: SimMemory, machine: SimMachine): void {
    this.#checkpointer = makeCheckpointer(memory, machine, this.#world.compressor, {
      now: () => this.#party.now(),
      later: (run) => {
        this.#party.after(0.05 + this.#random.below(20) / 100, () => {
          if (this.running === machine) run();
        });
      },
      tell: (news) => {
        this.#ring(machine, () => {
          this.#party.happen(news);
        });
      },
    });
  }

  /** What the machine's thread says, as the replica is told it. */
  #hear(news: MachineNews): void {
    if (news.kind !== 'captured') {
      this.#party.happen(news);
      return;
    }
    const { epoch, captured, applied } = news;
    this.#checkpointer?.captured(epoch, captured);
    const { instructions, time: guestTime } = captured;
    const facts = { pauseMs: 0.05, instructions, guestTime, applied };
    this.#party.happen({ kind: 'captured', epoch, facts });
  }

  /** The term that this party's copy was made in: the one before the term that it just won. */
  get #copyTerm(): number {
    return this.#party.term() - 1;
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof KeyError) throw new Violation('key lost or doubled', error.message);
      throw error;
    }
  }

  /** The ring from the machine's thread: in order, and not after the machine was dropped. */
  #ring(machine: SimMachine, arrive: () => void): void {
    const { agenda } = this.#world;
    this.#ringAt = Math.max(this.#ringAt, agenda.now + 0.02 + this.#random.below(30) / 100);
    this.#party.after(this.#ringAt - agenda.now, () => {
      if (this.running === machine) arrive();
      else if (this.#ahead?.machine === machine) this.#ahead.held.push(arrive);
    });
  }
}
