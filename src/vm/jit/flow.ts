/** What the translator wants to know of a region's graph besides its structure. */
import type { FlowGraph } from './graph.ts';

/** What a block does with the registers of one file. */
export interface RegisterUse {
  /** Read before they are written. */
  readonly exposed: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
}

/** The registers that may be read before the region has written them. */
function liveAtEntry(graph: FlowGraph, uses: readonly RegisterUse[]): ReadonlySet<number> {
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

/** The nodes that control can come to again without leaving the graph. */
function nodesInLoops(graph: FlowGraph): ReadonlySet<number> {
  if (!graph.reducible) return new Set(graph.nodes.keys());
  const inLoops = new Set<number>();
  graph.successors.forEach((targets, from) => {
    for (const header of targets.filter((to) => to <= from)) {
      // The natural loop of a back edge: what reaches its source without passing its target.
      const loop = new Set([header, from]);
      const waiting = from === header ? [] : [from];
      for (const node of waiting)
        for (const before of graph.predecessors[node] ?? []) {
          if (loop.has(before)) continue;
          loop.add(before);
          waiting.push(before);
        }
      for (const node of loop) inLoops.add(node);
    }
  });
  return inLoops;
}

/**
 * Where registers are loaded, by node: in the first one what loops read, elsewhere what a node reads and no way to it
 * has loaded or written. A visit that leaves soon then loads little, and no loop loads anything.
 */
export function placeLoads(
  graph: FlowGraph,
  uses: readonly RegisterUse[],
): readonly ReadonlySet<number>[] {
  const live = liveAtEntry(graph, uses);
  const inLoops = [...nodesInLoops(graph)].flatMap((node) => [...(uses[node]?.exposed ?? [])]);
  const first = new Set([...(uses[0]?.exposed ?? []), ...inLoops.filter((r) => live.has(r))]);
  // Undefined: not known yet, which is as good as everything.
  const known: (ReadonlySet<number> | undefined)[] = graph.nodes.map(() => undefined);
  const knownBefore = (node: number): ReadonlySet<number> => {
    if (node === 0) return first;
    const ways = (graph.predecessors[node] ?? []).flatMap((from) => known[from] ?? []);
    const [one = new Set<number>(), ...others] = ways;
    return new Set([...one].filter((register) => others.every((way) => way.has(register))));
  };
  for (let changed = true; changed;) {
    changed = false;
    graph.nodes.forEach((_, node) => {
      const { exposed = [], written = [] } = uses[node] ?? {};
      const after = new Set([...knownBefore(node), ...exposed, ...written]);
      changed ||= after.size !== known[node]?.size;
      known[node] = after;
    });
  }
  return graph.nodes.map((_, node) => {
    if (node === 0) return first;
    const before = knownBefore(node);
    return new Set([...(uses[node]?.exposed ?? [])].filter((register) => !before.has(register)));
  });
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
