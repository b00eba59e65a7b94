/** Control-flow graphs: reverse postorder and dominators (Cooper, Harvey and Kennedy 2001). */
import { defined } from '../../base/assert.ts';

/** A graph over the blocks of a region, numbered in reverse postorder from the entry (0). */
export interface FlowGraph {
  /** Block starts by number. */
  readonly nodes: readonly number[];
  readonly numberOf: ReadonlyMap<number, number>;
  readonly successors: readonly (readonly number[])[];
  readonly predecessors: readonly (readonly number[])[];
  /** Immediate dominator; that of the entry is itself. */
  readonly dominator: readonly number[];
  /** Nodes whose immediate dominator is this one, in reverse postorder. */
  readonly dominated: readonly (readonly number[])[];
  /** True when some edge goes back to it. */
  readonly isLoopHeader: readonly boolean[];
  /** True when two or more edges go forward to it. */
  readonly isMerge: readonly boolean[];
  /** False when a loop has more than one entry. */
  readonly reducible: boolean;
}

const postorder = (entry: number, successorsOf: (node: number) => readonly number[]): number[] => {
  const order: number[] = [];
  const seen = new Set([entry]);
  const stack: { node: number; next: number }[] = [{ node: entry, next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const successor = successorsOf(top.node)[top.next++];
    if (successor === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(successor)) {
      seen.add(successor);
      stack.push({ node: successor, next: 0 });
    }
  }
  return order;
};

const dominators = (predecessors: readonly (readonly number[])[]): number[] => {
  const dominator: (number | undefined)[] = predecessors.map(() => undefined);
  dominator[0] = 0;
  const intersect = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      while (x > y) x = defined(dominator[x], 'dominator');
      while (y > x) y = defined(dominator[y], 'dominator');
    }
    return x;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let node = 1; node < predecessors.length; node++) {
      let best: number | undefined;
      for (const p of predecessors[node] ?? []) {
        if (dominator[p] !== undefined) best = best === undefined ? p : intersect(best, p);
      }
      if (dominator[node] !== best) {
        dominator[node] = best;
        changed = true;
      }
    }
  }
  return dominator.map((d) => defined(d, 'dominator'));
};

/** Numbers what is reachable from `entry` and finds its structure. */
export function flowGraph(
  entry: number,
  successorsOf: (node: number) => readonly number[],
): FlowGraph {
  const nodes = postorder(entry, successorsOf).reverse();
  const numberOf = new Map(nodes.map((node, number) => [node, number]));
  const successors = nodes.map((node) =>
    successorsOf(node).map((s) => defined(numberOf.get(s), 'successor')),
  );
  const predecessors: number[][] = nodes.map(() => []);
  successors.forEach((list, node) => {
    for (const s of list) predecessors[s]?.push(node);
  });
  const dominator = dominators(predecessors);
  const dominated: number[][] = nodes.map(() => []);
  for (let node = 1; node < nodes.length; node++) dominated[dominator[node] ?? 0]?.push(node);
  const dominates = (a: number, b: number): boolean => {
    let x = b;
    while (x > a) x = dominator[x] ?? 0;
    return x === a;
  };
  const isLoopHeader = nodes.map((_, node) => (predecessors[node] ?? []).some((p) => p >= node));
  return {
    nodes,
    numberOf,
    successors,
    predecessors,
    dominator,
    dominated,
    isLoopHeader,
    isMerge: nodes.map((_, node) => (predecessors[node] ?? []).filter((p) => p < node).length >= 2),
    reducible: nodes.every((_, node) =>
      (predecessors[node] ?? []).every((p) => p < node || dominates(node, p)),
    ),
  };
}
