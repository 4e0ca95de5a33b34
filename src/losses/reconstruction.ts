/** The loss of a whole sample: each segment of its layout by the loss that suits it. */
import type { Value } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";
import { mul } from "../ops/arithmetic.ts";
import { sigmoid } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { concat, flatten, split } from "../ops/shape.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { bernoulliLoss } from "./bernoulli.ts";
import { categoricalLoss } from "./categorical.ts";
import { multinomialParts } from "./multinomial.ts";
import type { Layout } from "./layout.ts";
import type { NumberLoss } from "./number-loss.ts";

/** One batch as the network sees it. */
export interface Batch {
  /** `[batch, …layout.shape]`, missing values filled. */
  readonly x: Value;
  /** 1 where a number was there, 0 where it was missing, `[batch, …]` over the numbers; absent: all there. */
  readonly observed?: Value;
  /** What the reconstruction shall be where that is not `x`: the clean side of noisy/clean pairs. */
  readonly target?: Pick<Batch, "x" | "observed">;
  /**
   * Of counts in training: `x` by its few numbers, `[batch, few]`, and their places in a row, int64.
   * A place may come more than once, with numbers of 0.
   */
  readonly sparse?: { readonly index: Value; readonly values: Value };
  /** One-hot `[batch, classes]`, all zeros where a row's label is unknown; for families that take labels. */
  readonly label?: Value;
}

/**
 * Loss of each part of a sample: one a number, one a flag, one a category, one each of counts. Against
 * `batch.target` where there is one.
 *
 * @returns `[batch, parts]`, in the order of the segments
 */
export function reconstructionParts(
  scope: Scope,
  layout: Layout,
  batch: Batch,
  output: Value,
  numbers: NumberLoss,
): Value {
  const { x, observed } = batch.target ?? batch;
  const targets = parts(x, layout);
  const outputs = parts(output, layout);
  const losses = layout.segments.map(({ kind }, i) => {
    const target = targets[i] as Value;
    const given = outputs[i] as Value;
    switch (kind) {
      case "numbers": {
        const loss = numbers.loss(scope, target, given, layout);
        return flatten(observed === undefined ? loss : mul(loss, observed));
      }
      case "flags":
        return bernoulliLoss(target, given);
      case "category":
        return categoricalLoss(target, given);
      case "counts":
        return multinomialParts(target, given);
    }
  });
  return concat(losses, 1);
}

/** Loss of each sample: the sum of its parts, `[batch]`. */
export function reconstructionLoss(
  scope: Scope,
  layout: Layout,
  batch: Batch,
  output: Value,
  numbers: NumberLoss,
): Value {
  return sum(reconstructionParts(scope, layout, batch, output, numbers), { axes: [1] });
}

/** Decoder output → the features it stands for: means, and probabilities, of counts their logarithms. */
export function meanFeatures(layout: Layout, output: Value, numbers: NumberLoss): Value {
  const means = parts(output, layout).map((part, i) => {
    switch (layout.segments[i]?.kind) {
      case "flags":
        return sigmoid(part);
      case "category":
        return softmax(part, 1);
      case "counts":
        return logSoftmax(part, 1);
      default:
        return numbers.mean(part, layout);
    }
  });
  return concat(means, -1);
}

function parts(x: Value, layout: Layout): readonly Value[] {
  return split(
    x,
    layout.segments.map(({ size }) => size),
    -1,
  );
}
