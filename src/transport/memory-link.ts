/** A link inside one program, for tests and simulation: as deterministic as the timer it is given. */
import { assert, defined } from '../base/assert.ts';
import type { Timer } from './flow.ts';
import {
  channelLimits,
  channelNames,
  type ChannelName,
  type CloseReason,
  type Link,
  type LinkListener,
  type SendOutcome,
} from './link.ts';

export type MemoryEnd = 'a' | 'b';

/** A message about to travel. */
export interface Passage {
  readonly from: MemoryEnd;
  readonly channel: ChannelName;
  /** Counts the messages of this direction and channel from 0. */
  readonly serial: number;
  readonly bytes: Uint8Array;
}

/**
 * What becomes of a message. `lost` breaks the promise of {@link Link}, as a fault below it would; `cut`
 * ends the link for both sides.
 */
export type Fate = { readonly delay: number } | 'lost' | 'cut';

export interface MemoryLinkOptions {
  readonly timer: Timer;
  /** Asked for each message as it is sent; by default all arrive after 0 ms. */
  readonly fate?: (passage: Passage) => Fate;
}

interface Flight {
  readonly bytes: Uint8Array<ArrayBuffer>;
  arrived: boolean;
}

/** One direction of one channel. Messages arrive in order, whatever their delays. */
interface Lane {
  readonly flights: Flight[];
  queued: number;
  serial: number;
  wantsDrain: boolean;
}

class MemoryLink implements Link {
  readonly #end: MemoryEnd;
  readonly #options: MemoryLinkOptions;
  readonly #lanes: Readonly<Record<ChannelName, Lane>>;
  #other: MemoryLink | undefined;
  #listener: LinkListener | undefined;
  #closed: CloseReason | undefined;

  constructor(end: MemoryEnd, options: MemoryLinkOptions) {
    this.#end = end;
    this.#options = options;
    const lane = (): Lane => ({ flights: [], queued: 0, serial: 0, wantsDrain: false });
    this.#lanes = { control: lane(), bulk: lane(), heartbeat: lane() };
  }

  get closed(): CloseReason | undefined {
    return this.#closed;
  }

  attach(other: MemoryLink): void {
    this.#other = other;
  }

  listen(listener: LinkListener): void {
    assert(this.#listener === undefined, 'a link has one listener');
    this.#listener = listener;
  }

  send(channel: ChannelName, message: Uint8Array): SendOutcome {
    if (this.#closed !== undefined) return 'closed';
    const limits = channelLimits[channel];
    const lane = this.#lanes[channel];
    assert(message.length <= limits.messageBytes, 'a message over its channel’s cap');
    if (lane.queued >= limits.highWater) {
      lane.wantsDrain = true;
      return 'full';
    }
    const bytes = new Uint8Array(message.length);
    bytes.set(message);
    const passage = { from: this.#end, channel, serial: lane.serial++, bytes };
    const fate = this.#options.fate?.(passage) ?? { delay: 0 };
    if (fate === 'cut') {
      this.cut({ kind: 'failed', sentence: 'The connection was cut.' });
      return 'closed';
    }
    if (fate === 'lost') return 'accepted';
    const flight: Flight = { bytes, arrived: false };
    lane.flights.push(flight);
    lane.queued += bytes.length;
    this.#options.timer(fate.delay, () => {
      flight.arrived = true;
      this.#deliver(channel, lane);
    });
    return 'accepted';
  }

  queuedBytes(channel: ChannelName): number {
    return this.#lanes[channel].queued;
  }

  close(sentence: string): void {
    const other = defined(this.#other, 'the other end');
    this.#finish({ kind: 'local', sentence });
    this.#options.timer(0, () => {
      other.#finish({ kind: 'remote', sentence: 'The other side closed the connection.' });
    });
  }

  /** Ends both sides at once. */
  cut(reason: CloseReason): void {
    this.#finish(reason);
    defined(this.#other, 'the other end').#finish(reason);
  }

  #deliver(channel: ChannelName, lane: Lane): void {
    const other = defined(this.#other, 'the other end');
    for (let head = lane.flights[0]; head?.arrived === true; head = lane.flights[0]) {
      lane.flights.shift();
      lane.queued -= head.bytes.length;
      if (other.#closed === undefined) other.#listener?.message(channel, head.bytes);
    }
    if (this.#closed === undefined && lane.wantsDrain) {
      if (lane.queued > channelLimits[channel].lowWater) return;
      lane.wantsDrain = false;
      this.#listener?.drain(channel);
    }
  }

  #finish(reason: CloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const name of channelNames) {
      this.#lanes[name].flights.length = 0;
      this.#lanes[name].queued = 0;
    }
    this.#listener?.close(reason);
  }
}

export interface MemoryLinkPair {
  readonly a: Link;
  readonly b: Link;
  /** Ends the link on both sides at once, as a dead network would. */
  cut(): void;
}

/** Two ends of one link. */
export function memoryLink(options: MemoryLinkOptions): MemoryLinkPair {
  const a = new MemoryLink('a', options);
  const b = new MemoryLink('b', options);
  a.attach(b);
  b.attach(a);
  return {
    a,
    b,
    cut: () => {
      a.cut({ kind: 'failed', sentence: 'The connection was cut.' });
    },
  };
}
