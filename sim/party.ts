/** One simulated tab: the real replica, a simulated machine, and the host between them. */
import type { SeededRandom } from '../src/base/random.ts';
import type { ReplicaConfig } from '../src/replication/config.ts';
import type { Effect } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';
import { channelOf, decodeFrame, encodeFrame } from '../src/replication/frame.ts';
import type { Channel } from '../src/replication/messages.ts';
import { deadlineOf, startPrimary, startStandby, step } from '../src/replication/replica.ts';
import type { ReplicaState } from '../src/replication/state.ts';
import type { Lane } from './guest.ts';
import type { SimMachine } from './machine.ts';
import { MACHINE, PartyMachine, type Happening } from './party-machine.ts';
import type { World } from './world.ts';

export class Party {
  readonly index: number;
  readonly name: string;
  state: ReplicaState;
  alive = true;
  paused = false;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #machine: PartyMachine;
  readonly #config: ReplicaConfig;
  /** Clocks of different tabs do not agree. */
  readonly #clockOffset: number;
  #inbox: (() => void)[] = [];
  #searching = false;
  #tickAt = Infinity;
  readonly typed = new Map<Lane, number>();

  constructor(world: World, index: number, role: 'primary' | 'standby' | 'watch') {
    this.#world = world;
    this.index = index;
    this.name = String.fromCharCode(65 + index);
    this.#random = world.random;
    this.#clockOffset = this.#random.below(1_000_000);
    this.#config = world.configOf(this.name);
    this.#machine = new PartyMachine(world, this.name, {
      now: () => this.#now(),
      term: () => this.state.term,
      after: (delay, run) => {
        this.after(delay, run);
      },
      happen: (happening) => {
        this.happen(happening);
      },
    });
    const start =
      role === 'primary'
        ? startPrimary(this.#config, MACHINE, this.#now())
        : startStandby(this.#config, role, this.#now());
    this.state = start.state;
    this.#perform(start.effects);
    this.#planTick();
  }

  /** The machine that runs here, if one does. */
  get machine(): SimMachine | undefined {
    return this.#machine.running;
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
      case 'hot-code':
        world.noted(this, effect);
        break;
      default:
        this.#machine.perform(effect);
    }
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
