/** One simulated tab: the real replica, a simulated machine, and the host between them. */
import { defined } from '../src/base/assert.ts';
import type { SeededRandom } from '../src/base/random.ts';
import { Applier } from '../src/checkpoint/applier.ts';
import type { MachineFacts, ReplicaConfig } from '../src/replication/config.ts';
import type { Effect, EffectOf } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';
import { channelOf, decodeFrame, encodeFrame } from '../src/replication/frame.ts';
import type { Channel } from '../src/replication/messages.ts';
import { deadlineOf, startPrimary, startStandby, step } from '../src/replication/replica.ts';
import type { ReplicaState } from '../src/replication/state.ts';
import type { CheckpointMaker } from '../src/host/shared/pair/checkpoint-maker.ts';
import { makeCheckpointer } from './checkpointer.ts';
import { Guest, KeyError, RAM_BYTES, type Lane } from './guest.ts';
import { SimMachine, sectionOf, type MachineNews } from './machine.ts';
import type { SimMemory } from './memory.ts';
import { Violation } from './oracle.ts';
import type { World } from './world.ts';

/** An event without its time: the party's own clock adds it. */
export type Happening = ReplicaEvent extends infer E
  ? E extends ReplicaEvent
    ? Omit<E, 'now'>
    : never
  : never;

export class Party {
  readonly index: number;
  readonly name: string;
  state: ReplicaState;
  alive = true;
  paused = false;
  machine: SimMachine | undefined;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #config: ReplicaConfig;
  /** Clocks of different tabs do not agree. */
  readonly #clockOffset: number;
  #inbox: (() => void)[] = [];
  /** RAM of the machine that runs here, or of its copy. */
  #memory: SimMemory | undefined;
  #applier: Applier | undefined;
  #checkpointer: CheckpointMaker | undefined;
  #searching = false;
  #tickAt = Infinity;
  #ringAt = 0;
  readonly typed = new Map<Lane, number>();

  constructor(world: World, index: number, role: 'primary' | 'standby' | 'watch') {
    this.#world = world;
    this.index = index;
    this.name = String.fromCharCode(65 + index);
    this.#random = world.random;
    this.#clockOffset = this.#random.below(1_000_000);
    this.#config = world.configOf(this.name);
    const start =
      role === 'primary'
        ? startPrimary(this.#config, MACHINE, this.#now())
        : startStandby(this.#config, role, this.#now());
    this.state = start.state;
    this.#perform(start.effects);
    this.#planTick();
  }

  #now(): number {
    return this.#world.agenda.now + this.#clockOffset;
  }

  /** Something for this party: now, or when it runs again; never when it is dead. */
  hand(run: () => void): void {
    if (!this.alive) return;
    if (this.paused) this.#inbox.push(run);
    else run();
  }

  after(delay: number, run: () => void): void {
    this.#world.agenda.after(delay, () => {
      this.hand(run);
    });
  }

  kill(): void {
    this.alive = false;
    this.#inbox = [];
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const inbox = this.#inbox;
    this.#inbox = [];
    // What is done may stop or kill it again: then the rest waits, or is void.
    for (const run of inbox) this.hand(run);
  }

  /** One event through the real state machine. */
  happen(happening: Happening): void {
    if (!this.alive) return;
    const event = { ...happening, now: this.#now() } as ReplicaEvent;
    const world = this.#world;
    world.told(this, event);
    const before = this.state;
    const { state, effects } = world.mutation.step(before, event, this.#config, step);
    this.state = state;
    if (state.kind !== before.kind || state.term !== before.term) world.turned(this, before);
    this.#perform(effects);
    this.#planTick();
  }

  #planTick(): void {
    const deadline = deadlineOf(this.state);
    if (deadline === undefined) return;
    const at = deadline - this.#clockOffset;
    const { agenda } = this.#world;
    if (this.#tickAt <= at && this.#tickAt > agenda.now) return;
    this.#tickAt = at;
    this.after(Math.max(0, at - agenda.now), () => {
      if (this.#tickAt !== at) return;
      this.#tickAt = Infinity;
      this.happen({ kind: 'tick' });
    });
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      // A party may be killed or stopped between any two of its effects.
      this.#world.point(this, effect.kind);
      if (!this.alive) return;
      if (this.paused) {
        this.#inbox.push(() => {
          this.#do(effect);
        });
      } else this.#do(effect);
    }
  }

  #do(effect: Effect): void {
    const world = this.#world;
    const { network } = world;
    switch (effect.kind) {
      case 'send': {
        const bytes = encodeFrame(effect.term, effect.message);
        network.send(effect.peer, this.index, channelOf(effect.message), bytes);
        break;
      }
      case 'close':
        network.close(effect.peer);
        break;
      case 'ask-witness':
        world.askWitness(this, effect.expected, effect.claimant);
        break;
      case 'find-primary':
        this.#search();
        break;
      case 'show-output':
        world.oracle.showed(this.name, this.state.viewer.term, effect.items, effect.lost);
        break;
      case 'announce':
        world.oracle.runs(this.name, effect.term);
        break;
      case 'notice':
      case 'state-changed':
      case 'report':
      case 'failover':
      case 'discard-output':
      case 'input-refused':
      case 'telemetry':
        world.noted(this, effect);
        break;
      default:
        this.#doMachine(effect);
    }
  }

  #doMachine(effect: Effect): void {
    switch (effect.kind) {
      case 'start-guest':
        this.#start(effect.cause, effect.epoch);
        break;
      case 'arm-guest':
        // Nothing is gained by it here; but a party may die or be stopped at it.
        break;
      case 'stop-guest':
        this.machine?.stop();
        break;
      case 'forget-machine':
        this.machine?.stop();
        this.machine = undefined;
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
        this.machine?.deliver(effect.items);
        break;
      case 'throttle':
        this.machine?.throttle(effect.on);
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
    this.after(this.#random.below(20) / 10, () => {
      if (this.#applier !== applier) return;
      const applied = applier.apply(epoch);
      if (!applied.ok) {
        this.happen({ kind: 'apply-failed', epoch, sentence: applied.error.sentence });
        return;
      }
      const { ram } = defined(this.#memory, 'memory');
      const section = sectionOf(applied.value.sections);
      this.#world.oracle.applied(this.name, this.state.term, epoch, ram, section);
      this.happen({ kind: 'applied', epoch });
    });
  }

  #prepare(): void {
    const memory = this.#world.memories.take();
    this.#memory = memory;
    this.#applier = new Applier({
      ...{ memory: memory.memory, ramBytes: RAM_BYTES, baseline: MACHINE.baseline },
      compressor: this.#world.compressor,
    });
    this.after(5 + this.#random.below(20), () => {
      if (this.#memory === memory) this.happen({ kind: 'prepared', baseline: MACHINE.baseline });
    });
  }

  #start(cause: 'begin' | 'takeover' | 'resume', epoch: number): void {
    if (cause === 'resume') {
      defined(this.machine, 'machine').start();
      return;
    }
    const memory = this.#memory ?? this.#world.memories.take();
    this.#memory = memory;
    const guest = new Guest(memory.ram);
    if (cause === 'takeover') {
      const section = sectionOf(defined(this.#applier?.applied, 'checkpoint').sections);
      this.#world.oracle.tookOver(this.name, this.#copyTerm, epoch, memory.ram, section);
      guest.restore(section);
    }
    this.#applier = undefined;
    const { agenda, compressor } = this.#world;
    const machine: SimMachine = new SimMachine(guest, memory, agenda, this.#random, {
      after: (delay, run) => {
        this.after(delay, () => {
          this.#guard(run);
        });
      },
      tell: (news) => {
        this.#ring(machine, () => {
          this.#hear(news);
        });
      },
      onSnapshot: (number, snapshot) => {
        if (this.machine === machine)
          this.#world.oracle.captured(this.state.term, number, snapshot);
      },
      skipsMark: () => this.#world.mutation.skipsMark(this.#random),
    });
    this.machine = machine;
    this.#checkpointer = makeCheckpointer(memory, machine, compressor, {
      now: () => this.#now(),
      later: (run) => {
        this.after(0.05 + this.#random.below(20) / 100, () => {
          if (this.machine === machine) run();
        });
      },
      tell: (news) => {
        this.#ring(machine, () => {
          this.happen(news);
        });
      },
    });
    machine.start();
  }

  /** What the machine's thread says, as the replica is told it. */
  #hear(news: MachineNews): void {
    if (news.kind !== 'captured') {
      this.happen(news);
      return;
    }
    const { epoch, captured, applied } = news;
    this.#checkpointer?.captured(epoch, captured);
    const { instructions, time: guestTime } = captured;
    const facts = { pauseMs: 0.05, instructions, guestTime, applied };
    this.happen({ kind: 'captured', epoch, facts });
  }

  /** The term that this party's copy was made in: the one before the term that it just won. */
  get #copyTerm(): number {
    return this.state.term - 1;
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
    this.after(this.#ringAt - agenda.now, () => {
      if (this.machine === machine) arrive();
    });
  }

  // Links

  connected(link: string): void {
    this.hand(() => {
      this.happen({ kind: 'peer-connected', peer: link });
    });
  }

  lost(link: string): void {
    this.hand(() => {
      this.happen({ kind: 'peer-lost', peer: link });
    });
  }

  receive(link: string, channel: Channel, bytes: Uint8Array): void {
    this.hand(() => {
      const decoded = decodeFrame(bytes);
      if (decoded.ok) this.happen({ kind: 'frame', peer: link, frame: decoded.value });
      else this.happen({ kind: 'bad-frame', peer: link, channel, error: decoded.error });
    });
  }

  /** Signalling: asks all who are there who the primary is. */
  #search(): void {
    if (this.#searching) return;
    this.#searching = true;
    const attempt = (): void => {
      if (this.state.kind !== 'outside') {
        this.#searching = false;
        return;
      }
      const primary = this.#world.primaryFor(this);
      if (primary !== undefined) this.#world.network.connect(this.index, primary.index);
      this.after(40 + this.#random.below(20), attempt);
    };
    this.after(5, attempt);
  }

  /** A person types the next key; a refused one is as if it had not been typed. */
  type(lane: Lane): void {
    this.hand(() => {
      const count = (this.typed.get(lane) ?? 0) + 1;
      const bytes = new TextEncoder().encode(`${this.name}:${count}`);
      const before = this.state.inputs;
      this.happen({ kind: 'key', lane, bytes });
      if (this.alive && this.state.inputs !== before) this.typed.set(lane, count);
    });
  }
}

/** The same machine everywhere: its baseline is zeroed RAM. */
export const MACHINE: MachineFacts = {
  ramBytes: RAM_BYTES,
  baseline: new Uint8Array(0),
  description: new Uint8Array(0),
};
