/**
 * The likelihood of a row of a table, given what a decoder says: for each number a mixture of
 * Gaussians around modes that its column has in all rows, for each flag a Bernoulli, for each
 * category a softmax.
 *
 * @see Xu et al., "Modeling tabular data using conditional GAN" (2019), sections 4.2 and 4.5
 */
import type { Value } from "../graph/value.ts";
import type { Initializer } from "../nn/initializers.ts";
import { filled } from "../nn/initializers.ts";
import type { Scope } from "../nn/scope.ts";
import { add, clip, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { greater } from "../ops/compare.ts";
import { exp, log, sigmoid } from "../ops/pointwise.ts";
import { concat, flatten, reshapeLike, split } from "../ops/shape.ts";
import { softmax } from "../ops/softmax.ts";
import { bernoulliLoss } from "./bernoulli.ts";
import { categoricalLoss } from "./categorical.ts";
import type { Layout, Segment } from "./layout.ts";
import type { Mixture } from "./mixture.ts";
import { mixtureDraw, mixtureLoss, mixtureMean, perturbed } from "./mixture.ts";
import type { Batch } from "./reconstruction.ts";

/** What a decoder says about a segment of the layout. */
export type Said =
  | { readonly kind: "numbers"; readonly mixture: Mixture }
  | { readonly kind: "flags" | "category"; readonly logits: Value };

/** Outputs that a decoder needs: three a mode for each number, one a flag and one a word. */
export function likelihoodShape(layout: Layout, modes: number): readonly number[] {
  const total = sizesOf(layout, modes).reduce((sum, size) => sum + size, 0);
  return [...layout.shape.slice(0, -1), total];
}

function sizesOf({ segments }: Layout, modes: number): readonly number[] {
  return segments.map(({ kind, size }) => (kind === "numbers" ? 3 * modes * size : size));
}

/**
 * What the decoder says, segment by segment.
 *
 * @param output `[batch, …likelihoodShape]`
 */
export function tableLikelihood(
  scope: Scope,
  layout: Layout,
  modes: number,
  output: Value,
): readonly Said[] {
  const parts = split(output, sizesOf(layout, modes), -1);
  return layout.segments.map((segment, i): Said => {
    const given = parts[i] as Value;
    return segment.kind === "numbers"
      ? { kind: "numbers", mixture: mixtureOf(scope, layout, segment, modes, given) }
      : { kind: segment.kind === "flags" ? "flags" : "category", logits: given };
  });
}

/**
 * Where the modes start: side by side over the middle of scaled columns, which are about standard
 * normal, or over [0, 1], each half as wide as its share. Modes that start alike stay alike.
 */
const START = { unbounded: { middle: 0, reach: 2 }, bounded: { middle: 0.5, reach: 0.5 } } as const;

/**
 * Log-widths. Far below the blur a mode is a point, and narrows no further; far above the spread of
 * its column it is flat.
 */
const WIDTHS = { least: -10, most: 3 } as const;

/** `[…, 3 · columns · modes]` → the mixture of each column, `[…, columns, modes]`. */
function mixtureOf(
  scope: Scope,
  { bounded }: Layout,
  { start, size }: Segment,
  modes: number,
  raw: Value,
): Mixture {
  const each = size * modes;
  const [logits, offsets, stretches] = split(raw, [each, each, each], -1).map((part) =>
    reshapeLike(part, [...part.shape.slice(0, -1), size, modes]),
  ) as [Value, Value, Value];
  const { middle, reach } = START[bounded ? "bounded" : "unbounded"];
  const shared = scope.child(`modes.${start}`);
  const centers = shared.parameter("center", [size, modes], sideBySide(modes, middle, reach), {
    decays: false,
  });
  const widths = shared.parameter("logWidth", [size, modes], filled(Math.log(reach / modes)), {
    decays: false,
  });
  const logWidths = clip(add(widths, mul(stretches, 0.5)), WIDTHS.least, WIDTHS.most);
  return {
    logits,
    means: add(centers, mul(exp(logWidths), offsets)),
    logVars: mul(logWidths, 2),
  };
}

/** The middles of equal parts of `middle ± reach`, again for each column. */
function sideBySide(modes: number, middle: number, reach: number): Initializer {
  return (_key, [columns = 1]) =>
    Float32Array.from(
      { length: columns * modes },
      (_, i) => middle + reach * ((2 * (i % modes) + 1) / modes - 1),
    );
}

/**
 * The standard deviation by which the likelihood blurs numbers (see `mixtureLoss`): a hundredth of a
 * column's spread, or five grey levels. Of 0.01, 0.03, 0.05 and 0.1, a classifier found it hardest
 * with 0.01 to tell drawn rows of a census from real ones. In pictures a blur of one grey level
 * lets black pixels, which are spikes, drown the others.
 */
function blurOf({ bounded }: Layout): number {
  return bounded ? 0.02 : 0.01;
}

/** Loss of each part: one a number, one a flag, one a category, `[batch, parts]`. */
export function tableLosses(layout: Layout, batch: Batch, said: readonly Said[]): Value {
  const { x, observed } = batch.target ?? batch;
  const sizes = layout.segments.map(({ size }) => size);
  const targets = split(x, sizes, -1);
  const found = said.map((one, i) => {
    const target = targets[i] as Value;
    switch (one.kind) {
      case "numbers": {
        const loss = mixtureLoss(target, one.mixture, blurOf(layout));
        return flatten(observed === undefined ? loss : mul(loss, observed));
      }
      case "flags":
        return bernoulliLoss(target, one.logits);
      case "category":
        return categoricalLoss(target, one.logits);
    }
  });
  return concat(found, 1);
}

/** Means of the numbers, chances of flags and categories. */
export function tableMeans(layout: Layout, said: readonly Said[]): Value {
  const found = said.map((one) => {
    switch (one.kind) {
      case "numbers":
        return within(layout, mixtureMean(one.mixture));
      case "flags":
        return sigmoid(one.logits);
      case "category":
        return softmax(one.logits, 1);
    }
  });
  return concat(found, -1);
}

/**
 * One draw of every number, flag (0 or 1) and category. A category comes as chances whose largest
 * is the draw, and not as 0 and 1: where a slot is no answer (`other` of a table), the largest of
 * the rest is then a draw among those that are.
 */
export function tableDraws(
  scope: Scope,
  layout: Layout,
  said: readonly Said[],
  temperature: Value,
): Value {
  const found = said.map((one) => {
    switch (one.kind) {
      case "numbers":
        return within(layout, mixtureDraw(scope, one.mixture, blurOf(layout), temperature));
      case "flags": {
        const u = scope.uniform(one.logits);
        // The logistic distribution: above −logit as often as the flag is 1.
        const noise = sub(log(u), log(sub(1, u)));
        return cast(greater(add(one.logits, mul(noise, temperature)), 0), u.dtype);
      }
      case "category":
        return softmax(perturbed(scope, one.logits, temperature), 1);
    }
  });
  return concat(found, -1);
}

/** The best guess for a bounded value is inside the bounds. */
function within({ bounded }: Layout, numbers: Value): Value {
  return bounded ? clip(numbers, 0, 1) : numbers;
}
