import type { Timer } from '../flow.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** Time that is turned by hand. Tasks of the same moment run in the order in which they were made. */
export class ManualTimer {
  now = 0;
  #order = 0;
  #entries: Entry[] = [];

  readonly timer: Timer = (milliseconds, task) => {
    const entry = { at: this.now + milliseconds, order: this.#order++, task };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  };

  /** Tasks that wait. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Runs what is due within `milliseconds`, also what that makes due. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (true) {
      const due = this.#entries.filter(({ at }) => at <= end);
      const [first] = due.sort((a, b) => a.at - b.at || a.order - b.order);
      if (first === undefined) break;
      this.#entries = this.#entries.filter((other) => other !== first);
      this.now = first.at;
      first.task();
    }
    this.now = end;
  }
}
