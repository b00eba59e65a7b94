/** The story of a run, for whoever has to understand a failure. Only told when a run is repeated. */
import type { Effect } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';

const LONGEST = 4_000;

export class Story {
  readonly #lines: string[] = [];
  readonly #details: boolean;

  /** `details`: every message and effect, not only what a person would tell. */
  constructor(details: boolean) {
    this.#details = details;
  }

  tell(at: number, who: string, what: string): void {
    this.#lines.push(`${at.toFixed(2).padStart(9)} ms  ${who}  ${what}`);
    if (this.#lines.length > LONGEST) this.#lines.shift();
  }

  detail(at: number, who: string, what: () => string): void {
    if (this.#details) this.tell(at, who, `  ${what()}`);
  }

  event(at: number, who: string, event: ReplicaEvent): void {
    if (!this.#details || event.kind === 'tick' || event.kind === 'machine-beat') return;
    if (event.kind === 'inputs-consumed') return;
    if (event.kind === 'frame' && event.frame.message.kind === 'heartbeat') return;
    this.tell(at, who, `  ← ${describe(event)}`);
  }

  effect(at: number, who: string, effect: Effect): void {
    if (effect.kind === 'notice') this.tell(at, who, `says: ${effect.sentence}`);
  }

  get text(): string {
    return this.#lines.join('\n');
  }
}

function describe(event: ReplicaEvent): string {
  if (event.kind !== 'frame') return short(event);
  const { term, message } = event.frame;
  return `${event.peer} T${term} ${short(message)}`;
}

const short = (value: object): string =>
  JSON.stringify(value, (key, item: unknown) => {
    if (item instanceof Uint8Array) return `<${item.length}>`;
    if (typeof item === 'bigint') return Number(item);
    return key === 'now' ? undefined : item;
  });
