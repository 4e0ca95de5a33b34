/** What elementwise ops are written as where the same can be had for less. */
import type { Shape } from "../graph/dim.ts";
import { broadcastShapes, sameShape } from "../graph/dim.ts";
import type { Node, Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { reshape, reshapeLike } from "./shape.ts";

/**
 * The operands without the Expands that an elementwise op makes needless: broadcasting is its
 * own work, and an Expand before it would only copy. Undefined where there is none.
 */
export function unexpanded(
  inputs: readonly Value[],
  sources: readonly (Node | undefined)[],
): readonly Value[] | undefined {
  const shape = broadcastAll(inputs);
  const found = [...inputs];
  for (const [i, source] of sources.entries()) {
    const small = source?.op.name === "Expand" ? source.inputs[0] : undefined;
    if (small === undefined) continue;
    const others = found.map((value, k) => (k === i ? small : value));
    if (sameShape(broadcastAll(others), shape)) found[i] = small;
  }
  return found.every((value, i) => value === inputs[i]) ? undefined : found;
}

function broadcastAll(values: readonly Value[]): Shape {
  return values.map((value) => value.shape).reduce((a, b) => broadcastShapes(a, b, "Expand"));
}

/**
 * A scalar beside a value whose last axis is 1 — a grey image `[batch, height, width, 1]` — makes
 * ONNX Runtime's CPU kernels go by single elements, twenty times slower than in one stretch:
 * flat, there is no such axis (docs/decisions/training-step.md). Undefined where that is not so.
 */
export function stretched(op: Op, inputs: readonly Value[]): Value | undefined {
  const [long, scalarBeside] = [
    inputs.find(({ shape }) => shape.length > 1 && shape.at(-1) === 1),
    inputs.some(({ shape }) => shape.length === 0),
  ];
  if (inputs.length !== 2 || long === undefined || !scalarBeside) return undefined;
  const flat = reshape(long, [-1]);
  const y = applyOne(
    op,
    inputs.map((value) => (value === long ? flat : value)),
    {},
  );
  return reshapeLike(y, long.shape);
}

/** The rule of an elementwise op for being written: without needless Expands and slow strides. */
export function elementwiseRule(op: () => Op): NonNullable<Op["simplify"]> {
  return (inputs, sources) => {
    const smaller = unexpanded(inputs, sources);
    return stretched(op(), smaller ?? inputs) ?? (smaller && applyOne(op(), smaller, {}));
  };
}
