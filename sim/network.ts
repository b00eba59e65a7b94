/**
 * A simulated network. A link has three channels each way, ordered and reliable as data channels are, but it
 * may hold messages back, double or damage them, stand still in one direction, or break: then what was
 * under way is gone, and the two ends learn of it at different times, if at all.
 */
import type { SeededRandom } from '../src/base/random.ts';
import type { Channel } from '../src/replication/messages.ts';
import type { Agenda } from './queue.ts';

/** Chances are out of 10,000 for each message. */
export interface Weather {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly delayed: number;
  readonly doubled: number;
  readonly torn: number;
}

export const FAIR: Weather = { latencyMs: 0.5, jitterMs: 0.5, delayed: 0, doubled: 0, torn: 0 };

export interface End {
  readonly connected: (link: string) => void;
  readonly lost: (link: string) => void;
  readonly receive: (link: string, channel: Channel, bytes: Uint8Array) => void;
}

interface Packet {
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** One direction of a link. */
interface Direction {
  readonly to: number;
  readonly lastAt: Record<Channel, number>;
  held: Packet[];
}

interface Link {
  readonly id: string;
  readonly ends: readonly [number, number];
  readonly directions: readonly [Direction, Direction];
  broken: boolean;
}

/** A channel that stood still has a backlog; a break of this length closes the link. */
export const LINK_TIMEOUT_MS = 1_500;

export class Network {
  weather: Weather = FAIR;
  readonly #agenda: Agenda;
  readonly #random: SeededRandom;
  readonly #ends: End[];
  readonly #links = new Map<string, Link>();
  /** "from>to" pairs that stand still. */
  readonly #cut = new Set<string>();
  #count = 0;
  /** Called for each message, for fault injection by number; true damages it. */
  onMessage: (from: number, to: number) => boolean = () => false;

  constructor(agenda: Agenda, random: SeededRandom, ends: End[]) {
    this.#agenda = agenda;
    this.#random = random;
    this.#ends = ends;
  }

  /** Connects two parties, unless the way between them is cut. */
  connect(a: number, b: number): string | undefined {
    if (this.isCut(a, b) || this.isCut(b, a)) return undefined;
    const direction = (to: number): Direction => ({
      to,
      lastAt: { control: 0, bulk: 0, heartbeat: 0 },
      held: [],
    });
    const id = `link${++this.#count}`;
    const link: Link = {
      ...{ id, ends: [a, b], broken: false },
      directions: [direction(b), direction(a)],
    };
    this.#links.set(id, link);
    for (const direction of link.directions) {
      const delay = 3 + this.#random.below(40) / 10;
      // Nothing arrives at an end before it knows of the link.
      const openAt = this.#agenda.now + delay;
      Object.assign(direction.lastAt, { control: openAt, bulk: openAt, heartbeat: openAt });
      this.#agenda.after(delay, () => {
        if (!link.broken) this.#ends[direction.to]?.connected(id);
      });
    }
    return id;
  }

  /** True when a link between the two stands (though it may stand still). */
  linked(a: number, b: number): boolean {
    return [...this.#links.values()].some(
      ({ ends, broken }) => !broken && ends.includes(a) && ends.includes(b),
    );
  }

  isCut(from: number, to: number): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** Stops messages one way; they are held back until `heal`, or until the link breaks. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`);
    const started = this.#agenda.now;
    this.#agenda.after(LINK_TIMEOUT_MS, () => {
      if (!this.isCut(from, to) || this.#agenda.now - started < LINK_TIMEOUT_MS) return;
      for (const link of this.#links.values()) {
        if (link.ends.includes(from) && link.ends.includes(to)) this.breakLink(link.id, true);
      }
    });
  }

  heal(): void {
    this.#cut.clear();
    for (const link of this.#links.values()) {
      for (const direction of link.directions) {
        const { held } = direction;
        direction.held = [];
        for (const packet of held) this.#fly(link, direction, packet);
      }
    }
  }

  send(id: string, from: number, channel: Channel, bytes: Uint8Array): void {
    const link = this.#links.get(id);
    if (link === undefined || link.broken) return;
    const direction = link.directions[link.ends[0] === from ? 0 : 1];
    const random = this.#random;
    const chance = (of: number): boolean => of > 0 && random.below(10_000) < of;
    const damaged = this.onMessage(from, direction.to) || chance(this.weather.torn);
    const packet = { channel, bytes: damaged ? tear(bytes, random) : bytes };
    this.#dispatch(link, direction, packet);
    if (chance(this.weather.doubled)) {
      this.#agenda.after(random.below(300) / 10, () => {
        this.#dispatch(link, direction, packet);
      });
    }
  }

  #dispatch(link: Link, direction: Direction, packet: Packet): void {
    const from = link.ends[0] === direction.to ? link.ends[1] : link.ends[0];
    if (this.isCut(from, direction.to)) direction.held.push(packet);
    else this.#fly(link, direction, packet);
  }

  #fly(link: Link, direction: Direction, { channel, bytes }: Packet): void {
    const { latencyMs, jitterMs, delayed } = this.weather;
    const random = this.#random;
    let delay = latencyMs + (random.below(1000) / 1000) * jitterMs;
    if (delayed > 0 && random.below(10_000) < delayed) delay += random.below(1200) / 10;
    // A channel keeps its order.
    const at = Math.max(this.#agenda.now + delay, direction.lastAt[channel]);
    direction.lastAt[channel] = at;
    this.#agenda.after(at - this.#agenda.now, () => {
      if (!link.broken) this.#ends[direction.to]?.receive(link.id, channel, bytes);
    });
  }

  /** Breaks a link; each end is told after a while, unless `told` is false (it then finds out by silence). */
  breakLink(id: string, told: boolean): void {
    const link = this.#links.get(id);
    if (link === undefined || link.broken) return;
    link.broken = true;
    this.#links.delete(id);
    for (const end of link.ends) {
      const delay = told ? this.#random.below(300) / 10 : 6_000;
      this.#agenda.after(delay, () => this.#ends[end]?.lost(id));
    }
  }

  /** Breaks all links of a party, or between two. */
  breakLinks(a: number, b: number | undefined, told: boolean): void {
    for (const { id, ends } of [...this.#links.values()]) {
      if (ends.includes(a) && (b === undefined || ends.includes(b))) this.breakLink(id, told);
    }
  }

  /** One end closes the link: the other learns it. */
  close(id: string): void {
    this.#agenda.after(1, () => {
      this.breakLink(id, true);
    });
  }
}

/** Cuts off the end, or flips a bit. */
function tear(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.below(2) === 0) return bytes.slice(0, random.below(bytes.length));
  const torn = bytes.slice();
  const at = random.below(torn.length);
  torn[at] = (torn[at] ?? 0) ^ (1 << random.below(8));
  return torn;
}
