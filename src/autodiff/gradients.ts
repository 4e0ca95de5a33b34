/** Reverse-mode differentiation, graph → graph: the result can be differentiated again. */
import { shapeError, showShape } from "../graph/dim.ts";
import type { Node, Value } from "../graph/value.ts";
import { isScalar, scalar } from "../graph/value.ts";
import { needsOf, sortedNodes } from "../graph/walk.ts";
import { add } from "../ops/arithmetic.ts";
import { sumTo } from "../ops/reduce.ts";
import { broadcastLike, reshapeLike, zerosLike } from "../ops/shape.ts";

/**
 * Gradients of a scalar with respect to values; zeros where it does not depend on one.
 *
 * @example
 * const [toWeight] = gradients(loss, [weight]);
 */
export function gradients(loss: Value, wrt: readonly Value[]): readonly Value[] {
  if (!isScalar(loss)) throw shapeError("gradients", "a scalar loss", showShape(loss.shape));
  const nodes = sortedNodes([loss]);
  const affected = dependents(nodes, wrt);
  const collected = new Map<Value, Value>();
  collected.set(loss, reshapeLike(scalar(1, loss.dtype), loss.shape));
  const wanted = new Set(wrt);
  for (const node of nodes.toReversed()) {
    if (!affected.has(node) || node.op.gradient === undefined) continue;
    const incoming = node.outputs.map((output) => collected.get(output));
    if (incoming.every((g) => g === undefined)) continue;
    const call = {
      inputs: node.inputs as readonly Value[],
      outputs: node.outputs,
      attributes: node.attributes,
    };
    const outgoing = node.op.gradient(call, incoming);
    for (const [i, value] of node.inputs.entries()) {
      const g = outgoing[i];
      // A gradient is only worth making for what leads back to a wanted value.
      if (value === undefined || g === undefined) continue;
      if (!affected.has(value.node) && !wanted.has(value)) continue;
      const flowing = sumTo(g, value.shape);
      const sofar = collected.get(value);
      collected.set(value, sofar === undefined ? flowing : add(sofar, flowing));
    }
  }
  return wrt.map((value) => {
    const g = collected.get(value);
    return g === undefined ? zerosLike(value) : broadcastLike(g, value);
  });
}

/** Nodes among `nodes` that depend on one of the values, or make one. */
function dependents(nodes: readonly Node[], values: readonly Value[]): ReadonlySet<Node> {
  const found = new Set<Node>(values.map((value) => value.node));
  for (const node of nodes) {
    if (needsOf(node).some((need) => need !== undefined && found.has(need.node))) found.add(node);
  }
  return found;
}
