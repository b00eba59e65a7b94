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
  #held: { readonly what: string; readonly run: () => void }[] = [];
  /** What is just being sent: `a bulk`. */
  #sending = '';
  #stopped = false;

  constructor(look: () => void) {
    this.#look = look;
    this.#pair = memoryLink({
      timer: (milliseconds, task) => {
        let isOver = false;
        const what = this.#sending;
        const run = (): void => {
          if (isOver) return;
          // A process that stands still hears nothing.
          if (this.#stopped) this.#held.push({ what, run });
          else task();
          this.#look();
        };
        if (milliseconds === Infinity) this.#held.push({ what, run });
        else setImmediate(run);
        return () => {
          isOver = true;
        };
      },
      fate: ({ from, channel, bytes }) => {
        this.#sending = `${from} ${channel}`;
        if (this.#damaged.delete(this.#sending)) {
          const at = bytes.length >> 1;
          bytes[at] = (bytes[at] ?? 0) ^ 0x10;
        }
        return { delay: this.#slow.has(this.#sending) ? Infinity : 0 };
      },
    });
    ({ a: this.a, b: this.b } = this.#pair);
  }

  /** Messages that are held back. */
  get held(): number {
    return this.#held.length;
  }

  heldOf(from: MemoryEnd, channel: ChannelName): number {
    return this.#held.filter(({ what }) => what === `${from} ${channel}`).length;
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
    for (const { run } of this.#held.splice(0)) setImmediate(run);
  }

  /** The same of what this end sends on this channel. */
  releaseOnly(from: MemoryEnd, channel: ChannelName): void {
    const name = `${from} ${channel}`;
    this.#slow.delete(name);
    for (const { what, run } of this.#held) if (what === name) setImmediate(run);
    this.#held = this.#held.filter(({ what }) => what !== name);
  }

  cut(): void {
    this.#pair.cut();
  }
}
