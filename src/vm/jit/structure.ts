/**
 * Control flow of a region as WebAssembly: loops and blocks along the dominator tree where the graph
 * is reducible (Ramsey, "Beyond Relooper", 2022), a loop around a jump table where it is not.
 */
import { defined } from '../../base/assert.ts';
import type { Label, Local, Stmt } from '../wasm/ast.ts';
import { block, br, get, label, loop, seq, set, switchOf } from '../wasm/ast.ts';
import { i32 } from '../wasm/ops.ts';
import type { FlowGraph } from './graph.ts';

/** Emits a node's code; `goTo(successor)` is the statement that goes on there. Control must not fall out of it. */
export type EmitNode = (node: number, goTo: (successor: number) => Stmt) => Stmt;

const structured = (graph: FlowGraph, emit: EmitNode): Stmt => {
  const labels: Label[] = graph.nodes.map((start) => label(`b${start}`));
  const labelOf = (node: number): Label => defined(labels[node], 'label');

  const goTo =
    (from: number) =>
    (to: number): Stmt =>
      // Back edges go to a loop's start, forward edges to the end of the block before the merge node.
      to <= from || graph.isMerge[to] ? br(labelOf(to)) : tree(to);

  const within = (node: number, merges: readonly number[]): Stmt => {
    const [last, ...earlier] = merges;
    if (last === undefined) return emit(node, goTo(node));
    return seq(block(labelOf(last), within(node, earlier)), tree(last));
  };

  const tree = (node: number): Stmt => {
    const merges = (graph.dominated[node] ?? []).filter((child) => graph.isMerge[child]).reverse();
    if (!graph.isLoopHeader[node]) return within(node, merges);
    if (!graph.isMerge[node]) return loop(labelOf(node), within(node, merges));
    // A merge node's own label ends the block before it; the loop's start needs another.
    const header = label(`loop${node}`);
    const exit = labelOf(node);
    labels[node] = header;
    const body = loop(header, within(node, merges));
    labels[node] = exit;
    return body;
  };
  return tree(0);
};

/** Any graph: each node is a case, and a local says which comes next. */
const stateMachine = (graph: FlowGraph, emit: EmitNode, state: Local<'i32'>): Stmt => {
  const again = label('again');
  const goTo = (to: number): Stmt => seq(set(state, i32.const(to)), br(again));
  return loop(
    again,
    switchOf(
      get(state),
      graph.nodes.map((_, node) => emit(node, goTo)),
      { kind: 'unreachable' },
    ),
  );
};

/** The whole region; `state` is a local of its own for graphs that need one (initially 0). */
export const structure = (graph: FlowGraph, emit: EmitNode, state: Local<'i32'>): Stmt =>
  graph.reducible ? structured(graph, emit) : stateMachine(graph, emit, state);
