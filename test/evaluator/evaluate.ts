/**
 * A float64 evaluator of symbolic graphs: the tests' own account of what a graph means.
 * float32 values are computed in double precision; integers and booleans exactly.
 */
import type { Tensor } from "../../src/base/tensor.ts";
import type { Body, Node, Value } from "../../src/graph/value.ts";
import { constantOf } from "../../src/graph/value.ts";
import { bodyOf, innerNodes, lower, sortedNodes } from "../../src/graph/walk.ts";
import type { Cells } from "./cells.ts";
import { cells, fromTensor } from "./cells.ts";
import { kernels } from "./kernels.ts";

export type Feeds = ReadonlyMap<Value, Cells | Tensor>;

/** Values known in a graph, or in a body and around it. */
interface Scope {
  readonly held: Map<Value, Cells>;
  readonly around: Scope | undefined;
}

/** What `outputs` are, given the graph's inputs. */
export function evaluate(outputs: readonly Value[], feeds: Feeds): readonly Cells[] {
  const scope: Scope = { held: new Map(), around: undefined };
  for (const [value, fed] of feeds) {
    scope.held.set(
      value,
      fed.data instanceof Float64Array ? (fed as Cells) : fromTensor(fed as Tensor),
    );
  }
  return evaluateIn(outputs, scope);
}

function evaluateIn(outputs: readonly Value[], scope: Scope): readonly Cells[] {
  run(
    sortedNodes(outputs, (node) => node.outputs.every((out) => find(out, scope) !== undefined)),
    scope,
  );
  return outputs.map((output) => lookUp(output, scope));
}

function run(nodes: readonly Node[], scope: Scope): void {
  for (const node of nodes) {
    const results = compute(node, scope);
    for (const [i, value] of node.outputs.entries()) scope.held.set(value, results[i] as Cells);
  }
}

function compute(node: Node, scope: Scope): readonly Cells[] {
  const held = constantOf(node.outputs[0]);
  if (held !== undefined) return [fromTensor(held)];
  if (node.op.name === "#input")
    throw new Error(`no feed for "${node.attributes["name"] as string}"`);
  const inputs = node.inputs.map((value) => value && lookUp(value, scope)) as readonly Cells[];
  const body = bodyOf(node);
  if (body !== undefined) return loop(inputs, body, scope);
  const kernel = kernels[node.op.name];
  if (kernel !== undefined) return kernel(inputs, node.attributes);
  if (node.op.lower === undefined) throw new Error(`no kernel for ${node.op.name}`);
  return evaluateIn(lower(node.op.lower(node.inputs as readonly Value[], node.attributes)), scope);
}

function loop(inputs: readonly Cells[], body: Body, scope: Scope): readonly Cells[] {
  const [trips, going, ...initial] = inputs as readonly [Cells, Cells, ...Cells[]];
  const nodes = innerNodes(body);
  const kept: Cells[][] = body.outputs.slice(1 + initial.length).map(() => []);
  let state: readonly Cells[] = initial;
  let condition = going;
  for (let turn = 0; turn < (trips.data[0] as number) && condition.data[0] !== 0; turn += 1) {
    const inner: Scope = { held: new Map(), around: scope };
    const given = [cells("int64", [], [turn]), condition, ...state];
    for (const [i, value] of body.inputs.entries()) inner.held.set(value, given[i] as Cells);
    run(nodes, inner);
    const [next, ...results] = body.outputs.map((value) => lookUp(value, inner));
    condition = next as Cells;
    state = results.slice(0, initial.length);
    for (const [i, list] of kept.entries()) list.push(results[initial.length + i] as Cells);
  }
  return [...state, ...kept.map(stack)];
}

function stack(list: readonly Cells[]): Cells {
  const [first] = list;
  if (first === undefined) throw new Error("a loop of no turns keeps nothing of known shape");
  return cells(
    first.dtype,
    [list.length, ...first.shape],
    list.flatMap((one) => Array.from(one.data)),
  );
}

function find(value: Value, scope: Scope | undefined): Cells | undefined {
  for (let at = scope; at !== undefined; at = at.around) {
    const held = at.held.get(value);
    if (held !== undefined) return held;
  }
  return undefined;
}

function lookUp(value: Value, scope: Scope): Cells {
  const held = find(value, scope);
  if (held === undefined) throw new Error(`${value.node.op.name} is used before it is made`);
  return held;
}
