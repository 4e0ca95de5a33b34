/** How much a graph has to multiply, and how many threads that is worth. */
import type { Dim, Shape } from "../graph/dim.ts";
import { dimProduct, dimQuotient } from "../graph/dim.ts";
import type { Node, Value } from "../graph/value.ts";
import { bodyOf, sortedNodes } from "../graph/walk.ts";
import { conv2dOp, conv2dWeightOp, convTranspose2dOp } from "../ops/conv.ts";
import { gemmOp, matMulOp } from "../ops/matrix.ts";

/**
 * Multiplications below which a step is faster on one thread: what a second one saves in the
 * products is lost in handing every op over (docs/decisions/training-step.md).
 */
const WORTH_SHARING = 5e7;

/**
 * Threads for a step of so many multiplications.
 *
 * @returns undefined for as many as there are
 */
export function threadsFor(multiplied: number): 1 | undefined {
  return multiplied < WORTH_SHARING ? 1 : undefined;
}

/** Multiplications in the matrix products and convolutions of a graph, its loops run once. */
export function multiplications(outputs: readonly Value[], batch: number): number {
  return sortedNodes(outputs).reduce((total, node) => {
    const body = bodyOf(node);
    const inner = body === undefined ? 0 : multiplications(body.outputs, batch);
    return total + inner + sizeIn(productOf(node), batch);
  }, 0);
}

/** Dimensions whose product counts the multiplications of a node. */
function productOf({ op, inputs, outputs, attributes }: Node): Shape {
  const [a, b] = inputs.map((value) => value?.shape ?? []);
  const [y = []] = outputs.map(({ shape }) => shape);
  switch (op) {
    case gemmOp:
      return [...y, a?.[attributes["transA"] ? 0 : 1] ?? 0];
    case matMulOp:
      return [...y, a?.at(-1) ?? 0];
    // A kernel is [height, width, large channels, small channels].
    case conv2dOp:
      return [...y, ...(b?.slice(0, 3) ?? [])];
    case convTranspose2dOp:
      return [...(a ?? []), ...(b?.slice(0, 3) ?? [])];
    case conv2dWeightOp:
      return [...(b ?? []), ...y.slice(0, 3)];
    default:
      return [0];
  }
}

function sizeIn(dims: Shape, batch: number): number {
  const total: Dim = dimProduct(dims);
  if (typeof total === "number") return total;
  const rows = dimQuotient(total, "batch");
  return typeof rows === "number" ? rows * batch : 0;
}
