/** Walks and rewrites of graphs, without recursion so that depth is no limit. */
import type { Body, Node, Value } from "./value.ts";
import { apply } from "./value.ts";

export function bodyOf(node: Node): Body | undefined {
  return node.attributes["body"] as Body | undefined;
}

/** Values a node needs from outside, with what its body captures. */
export function needsOf(node: Node): readonly (Value | undefined)[] {
  const body = bodyOf(node);
  return body === undefined ? node.inputs : [...node.inputs, ...capturesOf(body)];
}

/** Nodes that `outputs` need, each after the nodes it needs. */
export function sortedNodes(
  outputs: readonly Value[],
  stop: (node: Node) => boolean = () => false,
): readonly Node[] {
  const done = new Set<Node>();
  const sorted: Node[] = [];
  const stack: { node: Node; next: number; needs: readonly (Value | undefined)[] }[] = [];
  const open = (node: Node): void => {
    if (done.has(node) || stop(node)) return;
    done.add(node);
    stack.push({ node, next: 0, needs: needsOf(node) });
  };
  for (const output of outputs) {
    open(output.node);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.next < top.needs.length) {
        const need = top.needs[top.next++];
        if (need !== undefined) open(need.node);
      } else {
        sorted.push(top.node);
        stack.pop();
      }
    }
  }
  return sorted;
}

interface Extent {
  readonly inner: readonly Node[];
  readonly captures: readonly Value[];
}

/** Bodies never change, and a body is looked at from every loop around it. */
const extents = new WeakMap<Body, Extent>();

function extentOf(body: Body): Extent {
  const known = extents.get(body);
  if (known !== undefined) return known;
  const own = new Set<Node>(body.inputs.map((value) => value.node));
  const inside = new Set<Node>(own);
  const inner: Node[] = [];
  const captures = new Set<Value>();
  for (const node of sortedNodes(body.outputs)) {
    if (own.has(node)) continue;
    if (needsOf(node).some((need) => need !== undefined && inside.has(need.node))) {
      inside.add(node);
      inner.push(node);
    }
  }
  for (const value of [...inner.flatMap(needsOf), ...body.outputs]) {
    if (value !== undefined && !inside.has(value.node)) captures.add(value);
  }
  const extent: Extent = { inner, captures: [...captures] };
  extents.set(body, extent);
  return extent;
}

/** Nodes that belong inside a body: those its outputs need and that depend on its inputs. */
export function innerNodes(body: Body): readonly Node[] {
  return extentOf(body).inner;
}

/** Values from outside that a body uses, those it passes through included. */
export function capturesOf(body: Body): readonly Value[] {
  return extentOf(body).captures;
}

/**
 * Copies a graph, replacing values on the way.
 *
 * @param replace the new outputs of a node whose inputs are already rewritten,
 *   or undefined to keep the node.
 * @param known values replaced from the start
 * @param border nodes to leave as they are, with everything before them
 */
export function rewrite(
  outputs: readonly Value[],
  replace: (node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined,
  known: ReadonlyMap<Value, Value> = new Map(),
  border: ReadonlySet<Node> = new Set(),
): readonly Value[] {
  const made = new Map<Value, Value>(known);
  const look = (value: Value | undefined): Value | undefined =>
    value === undefined ? undefined : (made.get(value) ?? value);
  const finished = (node: Node): boolean =>
    border.has(node) || node.outputs.every((out) => made.has(out));
  for (const node of sortedNodes(outputs, finished)) {
    const inputs = node.inputs.map(look);
    const body = bodyOf(node);
    const newBody = body && {
      inputs: body.inputs,
      outputs: rewrite(body.outputs, replace, made, border),
    };
    const kept =
      sameValues(inputs, node.inputs) && sameValues(newBody?.outputs ?? [], body?.outputs ?? []);
    const attributes = newBody ? { ...node.attributes, body: newBody } : node.attributes;
    const newOutputs =
      replace(node, inputs) ?? (kept ? node.outputs : apply(node.op, inputs, attributes));
    for (const [i, output] of node.outputs.entries()) {
      const value = newOutputs[i];
      if (value !== undefined && !made.has(output)) made.set(output, value);
    }
  }
  return outputs.map((output) => look(output) as Value);
}

function sameValues(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/**
 * Replaces ops of ours by the ONNX ops they stand for, to the bottom, and what can be had
 * for less by what costs less.
 *
 * @param keep values that whatever uses them shall go on using
 */
export function lower(
  outputs: readonly Value[],
  keep: ReadonlySet<Value> = new Set(),
  border: ReadonlySet<Node> = new Set(),
): readonly Value[] {
  const replace = (node: Node, inputs: readonly (Value | undefined)[]) => {
    if (node.op.lower !== undefined) {
      const lowered = node.op.lower(inputs as readonly Value[], node.attributes);
      // What comes before the inputs is lowered already.
      const given = inputs.filter((value) => value !== undefined);
      const kept = inputs.filter((_, i) => isKept(node.inputs[i])) as readonly Value[];
      return lower(lowered, new Set(kept), new Set(given.map((value) => value.node)));
    }
    if (node.op.simplify === undefined || node.outputs.some(isKept)) return undefined;
    const sources = inputs.map((value, i) => (isKept(node.inputs[i]) ? undefined : value?.node));
    const simpler = node.op.simplify(inputs as readonly Value[], sources, node.attributes);
    if (simpler === undefined) return undefined;
    // What is new may itself be had for less; what it is made of has been asked already.
    const old = [...inputs, ...sources.flatMap((source) => source?.inputs ?? [])];
    const asked = old.filter((value) => value !== undefined).map((value) => value.node);
    const named = inputs.filter((_, i) => isKept(node.inputs[i])) as readonly Value[];
    return lower([simpler], new Set(named), new Set(asked));
  };
  const isKept = (value: Value | undefined): boolean => value !== undefined && keep.has(value);
  return rewrite(outputs, replace, new Map(), border);
}

/** The graph with some values exchanged for others of the same type. */
export function substitute(
  outputs: readonly Value[],
  replacements: ReadonlyMap<Value, Value>,
): readonly Value[] {
  return rewrite(outputs, () => undefined, replacements);
}
