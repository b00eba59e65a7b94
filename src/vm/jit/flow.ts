/** What the translator wants to know of a region's graph besides its structure. */
import type { FlowGraph } from './graph.ts';

/** What a block does with the registers of one file. */
export interface RegisterUse {
  /** Read before they are written. */
  readonly exposed: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
}

/** The registers that may be read before the region has written them. */
export function liveAtEntry(graph: FlowGraph, uses: readonly RegisterUse[]): ReadonlySet<number> {
  const live = graph.nodes.map((_, node) => new Set(uses[node]?.exposed));
  for (let changed = true; changed;) {
    changed = false;
    for (let node = graph.nodes.length - 1; node >= 0; node--) {
      const here = live[node];
      if (!here) continue;
      const before = here.size;
      for (const successor of graph.successors[node] ?? [])
        for (const register of live[successor] ?? [])
          if (!uses[node]?.written.has(register)) here.add(register);
      changed ||= here.size > before;
    }
  }
  return live[0] ?? new Set();
}

/**
 * The most instructions that can run from a node to the next place where the slice's rest is looked
 * at: those places are the entry and wherever control comes back to. Undefined for other nodes.
 */
export function longestPaths(
  graph: FlowGraph,
  costOf: (node: number) => number,
): readonly (number | undefined)[] {
  const paths: number[] = [];
  // Edges to a higher number go forward, and no cycle is without an edge to a lower one.
  for (let node = graph.nodes.length - 1; node >= 0; node--) {
    const onward = (graph.successors[node] ?? []).map((to) =>
      to > node && !graph.isLoopHeader[to] ? (paths[to] ?? 0) : 0,
    );
    paths[node] = costOf(node) + Math.max(0, ...onward);
  }
  return paths.map((path, node) => (node === 0 || graph.isLoopHeader[node] ? path : undefined));
}
