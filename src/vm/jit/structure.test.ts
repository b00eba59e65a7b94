import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { block, call, get, label, local, returns, seq, set, when, type Stmt } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { i32 } from '../wasm/ops.ts';
import { flowGraph, type FlowGraph } from './graph.ts';
import { structure } from './structure.ts';

type Edges = readonly (readonly number[])[];

const STEPS = 200;

/** A random graph in which every node has up to two successors; 0 is the entry. */
const randomEdges = (random: SeededRandom, nodes: number): Edges =>
  Array.from({ length: nodes }, () =>
    Array.from({ length: Math.min(2, random.below(5)) }, () => random.below(nodes)).filter(
      (to, index, list) => list.indexOf(to) === index,
    ),
  );

const graphOf = (edges: Edges): FlowGraph => flowGraph(0, (node) => edges[node] ?? []);

/** Walks the graph: at each step the next choice says which successor is taken. */
const walk = (graph: FlowGraph, choices: readonly number[]): number[] => {
  const visited: number[] = [];
  let node: number | undefined = 0;
  for (let step = 0; node !== undefined && step < STEPS; step++) {
    visited.push(node);
    node = graph.successors[node]?.[choices[step] ?? 0];
  }
  return visited;
};

/** Makes WebAssembly of the graph, and walks that. */
const walkTranslated = (graph: FlowGraph, choices: readonly number[]): number[] => {
  const module = new ModuleBuilder();
  const visit = module.importFunction('test', 'visit', ['i32'] as const, 'i32');
  const choice = local('i32', 'choice');
  const exit = label('exit');
  const emit = (node: number, goTo: (successor: number) => Stmt): Stmt =>
    seq(
      set(choice, call(visit, i32.const(node))),
      ...(graph.successors[node] ?? []).map((successor, index) =>
        when(i32.eq(get(choice), i32.const(index)), goTo(successor)),
      ),
      returns(),
    );
  const body = structure(graph, emit, local('i32', 'state'));
  const run = module.defineFunction('run', [], undefined, seq(block(exit, body)));
  module.exportFunction(run);
  const visited: number[] = [];
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
    env: { memory },
    test: {
      visit: (node: number): number => {
        // A choice that no successor has ends the walk.
        if (visited.length === STEPS) return -1;
        visited.push(node);
        return choices[visited.length - 1] ?? 0;
      },
    },
  });
  (instance.exports['run'] as () => void)();
  return visited;
};

describe('structure', () => {
  it('takes the same way as the graph, reducible or not (seed 7)', () => {
    const random = new SeededRandom(7);
    let irreducible = 0;
    for (let round = 0; round < 400; round++) {
      const graph = graphOf(randomEdges(random, 1 + random.below(14)));
      if (!graph.reducible) irreducible += 1;
      const choices = Array.from({ length: STEPS }, () => random.below(2));
      expect([round, ...walkTranslated(graph, choices)]).toEqual([round, ...walk(graph, choices)]);
    }
    // Both ways of structuring must have been tried.
    expect(irreducible).toBeGreaterThan(20);
    expect(irreducible).toBeLessThan(380);
  });
});

describe('flowGraph', () => {
  /** By definition: `a` dominates `b` when no way from the entry reaches `b` without `a`. */
  const dominates = (graph: FlowGraph, a: number, b: number): boolean => {
    const seen = new Set([a]);
    const stack = a === 0 ? [] : [0];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      stack.push(...(graph.successors[node] ?? []));
    }
    return a === b || !seen.has(b);
  };

  it('finds the dominators that the definition gives (seed 8)', () => {
    const random = new SeededRandom(8);
    for (let round = 0; round < 200; round++) {
      const graph = graphOf(randomEdges(random, 2 + random.below(10)));
      for (let node = 1; node < graph.nodes.length; node++) {
        const immediate = graph.dominator[node] ?? -1;
        expect(dominates(graph, immediate, node)).toBe(true);
        // Every other dominator of the node dominates the immediate one.
        for (let other = 0; other < graph.nodes.length; other++) {
          if (other !== node && dominates(graph, other, node)) {
            expect(dominates(graph, other, immediate)).toBe(true);
          }
        }
      }
    }
  });

  it('numbers only what can be reached, the entry first', () => {
    const graph = graphOf([[2], [0], []]);
    expect(graph.nodes).toEqual([0, 2]);
    expect(graph.isLoopHeader).toEqual([false, false]);
  });

  it('knows loops and merges', () => {
    // 0 -> 1 or 2, both -> 3, 3 -> 0 or 4.
    const graph = graphOf([[1, 2], [3], [3], [0, 4], []]);
    const at = (start: number): number => graph.numberOf.get(start) ?? -1;
    expect(graph.isLoopHeader[at(0)]).toBe(true);
    expect(graph.isMerge[at(3)]).toBe(true);
    expect(graph.isMerge[at(1)]).toBe(false);
    expect(graph.reducible).toBe(true);
  });
});
