/** Simulated time: what happens next. Ties are broken by the order of scheduling. */

export interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap of things to come. */
export class Agenda {
  readonly #heap: Scheduled[] = [];
  #order = 0;
  /** Milliseconds. */
  now = 0;

  /** `delay` in milliseconds, at least 0. */
  after(delay: number, run: () => void): void {
    const item = { at: this.now + delay, order: this.#order++, run };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const other = heap[parent] as Scheduled;
      if (before(other, item)) break;
      heap[i] = other;
      i = parent;
    }
    heap[i] = item;
  }

  /** Runs the next thing; false when nothing is due before `end`. */
  next(end: number): boolean {
    const heap = this.#heap;
    const [first] = heap;
    if (first === undefined || first.at > end) return false;
    const last = heap.pop() as Scheduled;
    if (heap.length > 0) this.#sink(last);
    this.now = first.at;
    first.run();
    return true;
  }

  #sink(item: Scheduled): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Scheduled)) child += 1;
      const other = heap[child] as Scheduled;
      if (before(item, other)) break;
      heap[i] = other;
      i = child;
    }
    heap[i] = item;
  }
}

const before = (a: Scheduled, b: Scheduled): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
