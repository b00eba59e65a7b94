/** A link between two replicas that a test can hold up, in part or altogether. For tests only. */
import type { ChannelName, Link } from '../../../../transport/link.ts';
import {
  memoryLink,
  type MemoryEnd,
  type MemoryLinkPair,
} from '../../../../transport/memory-link.ts';

export class Wire {
  readonly a: Link;
  readonly b: Link;
  readonly #pair: MemoryLinkPair;
  readonly #look: () => void;
  /** What of whom is held back. */
  readonly #slow = new Set<string>();
  readonly #damaged = new Set<string>();
  readonly #held: (() => void)[] = [];
  #stopped = false;

  constructor(look: () => void) {
    this.#look = look;
    this.#pair = memoryLink({
      timer: (milliseconds, task) => {
        let isOver = false;
        const run = (): void => {
          if (isOver) return;
          // A process that stands still hears nothing.
          if (this.#stopped) this.#held.push(run);
          else task();
          this.#look();
        };
        if (milliseconds === Infinity) this.#held.push(run);
        else setImmediate(run);
        return () => {
          isOver = true;
        };
      },
      fate: ({ from, channel, bytes }) => {
        if (this.#damaged.delete(`${from} ${channel}`)) {
          const at = bytes.length >> 1;
          bytes[at] = (bytes[at] ?? 0) ^ 0x10;
        }
        return { delay: this.#slow.has(`${from} ${channel}`) ? Infinity : 0 };
      },
    });
    ({ a: this.a, b: this.b } = this.#pair);
  }

  /** Messages that are held back. */
  get held(): number {
    return this.#held.length;
  }

  /** From now on what this end sends on this channel stays under way. */
  hold(from: MemoryEnd, channel: ChannelName): void {
    this.#slow.add(`${from} ${channel}`);
  }

  /** A bit of this end's next message on this channel falls over. */
  damageNext(from: MemoryEnd, channel: ChannelName): void {
    this.#damaged.add(`${from} ${channel}`);
  }

  /** Nothing arrives any more, not even that the link is closed. */
  stop(): void {
    this.#stopped = true;
  }

  /** All that was held back arrives, in order. */
  release(): void {
    this.#slow.clear();
    this.#stopped = false;
    for (const run of this.#held.splice(0)) setImmediate(run);
  }

  cut(): void {
    this.#pair.cut();
  }
}
