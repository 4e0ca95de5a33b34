/** What families with labels share: a label beside the features or the code, and its absence. */
import { inputError } from "../base/errors.ts";
import { tensor } from "../base/tensor.ts";
import { dimProduct } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { lecun } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { Scope } from "../nn/scope.ts";
import { cast } from "../ops/cast.ts";
import { equal, greater } from "../ops/compare.ts";
import { where } from "../ops/choice.ts";
import { argMax } from "../ops/rank.ts";
import { sum } from "../ops/reduce.ts";
import { concat, reshape, reshapeLike } from "../ops/shape.ts";

/**
 * Features and the label of their sample, as one value that bodies of whatever kind take. Rows of
 * numbers get the label's numbers behind their own. Samples with positions, as images are, get one
 * more channel: a plane learned for each label. (The one-hot label itself at each position would be
 * one channel a class, eleven times the input of a digit.)
 *
 * @param x `[batch, …, features]`
 * @param label `[batch, classes]`
 * @returns `[batch, features + classes]`, or `[batch, …, features + 1]`
 */
export function withLabel(scope: Scope, x: Value, label: Value): Value {
  const inner = x.shape.slice(1, -1);
  if (inner.length === 0) return concat([x, label], -1);
  const positions = dimProduct(inner) as number;
  // About as large as the features are.
  const plane = linear(scope.child("label"), label, positions, { bias: false, initial: lecun(1) });
  return concat([x, reshapeLike(plane, [x.shape[0] ?? 1, ...inner, 1])], -1);
}

/** @throws `family.label` where there are no labels */
export function labelOf(family: string, { label }: Pick<Batch, "label">): Value {
  if (label !== undefined) return label;
  throw inputError("family.label", {
    place: `family ${family}`,
    expected: "a label for each row",
    got: "none",
    hint: "say which column or file holds the labels",
  });
}

/** 1 for rows with a label, 0 for the others, `[batch, 1]`. */
export function known(label: Value): Value {
  return sum(label, { axes: [1], keep: true });
}

/** The given label where there is one, else the likeliest by the chances, one-hot `[batch, classes]`. */
export function completed(label: Value, chances: Value): Value {
  const classes = label.shape[1] as number;
  const each = constant(
    tensor(
      "int64",
      BigInt64Array.from({ length: classes }, (_, i) => BigInt(i)),
      [1, classes],
    ),
  );
  const likeliest = cast(equal(reshape(argMax(chances, 1), [-1, 1]), each), label.dtype);
  return where(greater(known(label), 0), label, likeliest);
}
