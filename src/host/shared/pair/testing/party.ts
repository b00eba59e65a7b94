/** A tab with its replica, and all that a person there would see. For tests only. */
import { defined } from '../../../../base/assert.ts';
import { err, ok } from '../../../../base/result.ts';
import type { Compressor } from '../../../../checkpoint/compression.ts';
import { Hasher } from '../../../../checkpoint/digest.ts';
import type { MessageOf } from '../../../../replication/messages.ts';
import type { Claim, Verdict } from '../../../../replication/witness.ts';
import type { Link } from '../../../../transport/link.ts';
import type { GuestEnd } from '../../loop-end.ts';
import { isInput } from '../lanes.ts';
import { ReplicaHost } from '../replica-host.ts';
import type { Beginning, ReplicaListener, ReplicaParts } from '../replica-parts.ts';
import type {
  CopyProgress,
  PairNotice,
  PairSample,
  PairStatus,
  TakeoverRecord,
} from '../sample.ts';
import { GuestActor } from './guest-actor.ts';
import type { Wire } from './wire.ts';

export const GUEST_BYTES = 1 << 20;
const BASELINE = Uint8Array.of(1, 2, 3, 4);

/** What a party needs of the world around it. */
export interface Surroundings {
  readonly compressor: Compressor;
  /** Milliseconds. */
  now(): number;
  /** Something has happened. */
  look(): void;
  askWitness(claim: Claim): Promise<Verdict>;
  watchNode(node: string, gone: () => void): () => void;
  announce(party: Party, term: number): void;
  seek(party: Party): void;
}

/** The digest that both sides of a pair count with. */
const extendDigest = (previous: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Hasher().bytes(previous).bytes(bytes).finish();

export interface PartyOptions {
  readonly begins: 'primary' | 'standby' | 'watch';
  readonly ramBytes?: number;
  /** RAM that it could hold for others. */
  readonly capacityBytes?: number;
  /** Why it cannot make a machine. */
  readonly cannotPrepare?: string;
  /** Making a machine takes until then. */
  readonly preparing?: Promise<void>;
  /** False: it lacks the prepared guest. */
  readonly hasBaseline?: boolean;
  /** What stands on the terminal already. */
  readonly screen?: string;
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);

export class Party {
  readonly name: string;
  readonly node: string;
  readonly wires = new Map<string, Wire>();
  /** Its machines, in order. */
  readonly actors: GuestActor[] = [];
  dead = false;
  /** Text of the terminal. */
  screen = '';
  shownBytes = 0;
  /** False: the terminal takes nothing. */
  terminalTakes = true;
  status: PairStatus | undefined;
  readonly copies: (CopyProgress | undefined)[] = [];
  readonly samples: PairSample[] = [];
  takeovers: readonly TakeoverRecord[] = [];
  readonly notices: PairNotice[] = [];
  readonly refused: string[] = [];
  readonly halts: GuestEnd[] = [];
  ended: string | undefined;
  failed: string | undefined;
  /** Counters are there to be read. */
  hasMachine = false;
  readonly #world: Surroundings;
  readonly #options: PartyOptions;
  #host: ReplicaHost | undefined;
  #frozenAt: number | undefined;
  #untaken: (() => void)[] = [];

  constructor(name: string, world: Surroundings, options: PartyOptions) {
    this.name = name;
    this.node = `node of ${name}`;
    this.#world = world;
    this.#options = options;
  }

  open(): void {
    this.#host = new ReplicaHost(this.#parts(), this.#beginning());
  }

  get host(): ReplicaHost {
    return defined(this.#host, 'a replica');
  }

  /** The machine here, which may be a copy that does not run. */
  get guest(): GuestActor {
    return defined(this.actors.at(-1), 'a machine');
  }

  get word(): PairStatus['word'] | undefined {
    return this.status?.word;
  }

  get hasGuest(): boolean {
    return this.actors.at(-1)?.running === true;
  }

  type(text: string): Promise<void> {
    return this.host.key('console0', new TextEncoder().encode(text));
  }

  attach(peer: string, wire: Wire, link: Link): void {
    this.wires.set(peer, wire);
    this.host.addLink(peer, link);
  }

  get frozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  /** Stands still, like a process that is stopped. */
  freeze(): void {
    this.#frozenAt = this.#world.now();
    for (const wire of this.wires.values()) wire.stop();
    for (const actor of this.actors) actor.frozen = true;
  }

  thaw(): void {
    this.#frozenAt = undefined;
    for (const wire of this.wires.values()) wire.release();
    for (const actor of this.actors) actor.thaw();
  }

  /** The terminal takes all that it was shown. */
  takeAll(): void {
    this.terminalTakes = true;
    for (const take of this.#untaken.splice(0)) take();
  }

  describe(): string {
    const notices = this.notices.map(({ sentence }) => sentence).join(' | ');
    const state = this.dead ? 'dead' : `${String(this.status?.role)} ${String(this.word)}`;
    const broken = this.failed === undefined ? '' : ` FAILED ${this.failed}`;
    return `${this.name}: ${state}${broken} "${this.screen.slice(-80)}" [${notices}] ${this.ended ?? ''}`;
  }

  #makeGuest(ramBytes: number, baseline: Uint8Array): GuestActor {
    const actor = new GuestActor(ramBytes, baseline, () => {
      this.#world.look();
    });
    this.actors.push(actor);
    return actor;
  }

  #beginning(): Beginning {
    const { begins, ramBytes = GUEST_BYTES, screen = '' } = this.#options;
    if (begins !== 'primary') return { kind: 'standby', wants: begins };
    const { parked } = this.#makeGuest(ramBytes, BASELINE);
    return {
      kind: 'primary',
      first: { parked, screen: new TextEncoder().encode(screen) },
      facts: { ramBytes, baseline: BASELINE, description: Uint8Array.of(7) },
    };
  }

  #parts(): ReplicaParts {
    const { capacityBytes = 1 << 30 } = this.#options;
    const world = this.#world;
    return {
      config: {
        ...{ machine: 'machine', node: this.node, capacityBytes, intervalMs: 20 },
        ...{ stagingPolicy: 'throttle', extendDigest, understands: isInput },
      },
      now: () => this.#frozenAt ?? world.now(),
      wall: () => Date.now(),
      compressor: world.compressor,
      askWitness: (claim) => world.askWitness(claim),
      prepare: async (welcome) => {
        const prepared = this.#prepare(welcome);
        await this.#options.preparing;
        return prepared;
      },
      watchNode: (node, gone) => world.watchNode(node, gone),
      listener: this.#listener(),
    };
  }

  #prepare({ ramBytes, baseline }: MessageOf<'welcome'>) {
    const { cannotPrepare, hasBaseline = true } = this.#options;
    if (cannotPrepare !== undefined) return err(cannotPrepare);
    const own = hasBaseline ? baseline.slice() : new Uint8Array(0);
    return ok(this.#makeGuest(ramBytes, own).parked);
  }

  #show(device: string, bytes: Uint8Array): Promise<void> {
    this.shownBytes += bytes.length;
    if (device === 'console0' && bytes.length < 4096) {
      this.screen += new TextDecoder().decode(bytes);
    }
    if (this.terminalTakes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#untaken.push(resolve);
    });
  }

  #listener(): ReplicaListener {
    const world = this.#world;
    /** Notes something down, and lets those who wait for it look. */
    const note =
      <A extends unknown[]>(take: (...args: A) => unknown) =>
      (...args: A): void => {
        take(...args);
        world.look();
      };
    return {
      show: (device, bytes) => {
        const taken = this.#show(device, bytes);
        world.look();
        return taken;
      },
      status: note((status: PairStatus) => (this.status = status)),
      copy: note((copy: CopyProgress | undefined) => this.copies.push(copy)),
      sample: note((sample: PairSample) => this.samples.push(sample)),
      takeovers: note((records: readonly TakeoverRecord[]) => (this.takeovers = records)),
      notice: note((notice: PairNotice) => this.notices.push(notice)),
      refused: note((sentence: string) => this.refused.push(sentence)),
      machine: note((channel: unknown) => (this.hasMachine = channel !== undefined)),
      findPrimary: note(() => {
        world.seek(this);
      }),
      announce: note((term: number) => {
        world.announce(this, term);
      }),
      linkClosed: note((peer: string) => this.wires.delete(peer)),
      halted: note((end: GuestEnd) => this.halts.push(end)),
      ended: note((sentence: string) => (this.ended = sentence)),
      failed: note((error: unknown) => (this.failed = reasonOf(error))),
    };
  }
}
