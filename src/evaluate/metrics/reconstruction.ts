/**
 * How far a row is from what the model makes of it.
 *
 *   mse = Σ (x − x̂)² / n over the n numbers that were there
 *   psnr = 10 · log10(1 / mse), of numbers in [0, 1]
 *   accuracy = share of categories whose likeliest word is the right one
 */
import type { Value } from "../../graph/value.ts";
import type { Layout } from "../../losses/layout.ts";
import type { Batch } from "../../losses/reconstruction.ts";
import {
  add,
  argMax,
  cast,
  equal,
  flatten,
  mul,
  square,
  split,
  sub,
  sum,
} from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";
import { total } from "./total.ts";

export const reconstruction: MetricGroup = {
  title: "Reconstruction",
  metrics: {
    mse: {
      label: "Mean squared error",
      unit: "",
      better: "lower",
      compare: "ratio",
      help: "a number; pixels in [0, 1], columns in deviations",
    },
    psnr: {
      label: "Peak signal-to-noise",
      unit: "dB",
      better: "higher",
      compare: "difference",
      help: "the same error as a logarithm",
    },
    accuracy: {
      label: "Categories right",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "words given back as they were",
    },
  },
  measure: ({ layout, batch, shown }) => ({
    observed: total(observedCount(layout, batch)),
    ...errors(layout, batch, shown),
  }),
  figures: ({ sums, rows, layout }) => {
    const [observed = 0] = sums["observed"] ?? [];
    const [squared] = sums["squared"] ?? [];
    const [hits] = sums["hits"] ?? [];
    const categories = layout.segments.filter(({ kind }) => kind === "category").length;
    const mse = squared === undefined || observed === 0 ? undefined : squared / observed;
    return {
      ...(mse === undefined ? {} : { mse }),
      // A perfect copy has no noise, and infinity is no figure to compare.
      ...(mse !== undefined && mse > 0 && layout.bounded ? { psnr: -10 * Math.log10(mse) } : {}),
      ...(hits === undefined ? {} : { accuracy: hits / (rows * categories) }),
    };
  },
};

function segmentsOf(layout: Layout, x: Value): readonly Value[] {
  return split(
    x,
    layout.segments.map(({ size }) => size),
    -1,
  );
}

/** Numbers that were there, a row. */
function observedCount(layout: Layout, batch: Batch): Value {
  const { x, observed } = batch.target ?? batch;
  if (observed !== undefined) return sum(flatten(observed), { axes: [1] });
  const numbers = layout.segments
    .filter(({ kind }) => kind === "numbers")
    .reduce((n, { size }) => n + size, 0);
  const none = mul(sum(flatten(x), { axes: [1] }), 0);
  return add(none, numbers * layout.shape.slice(0, -1).reduce((a, b) => a * b, 1));
}

function errors(layout: Layout, batch: Batch, shown: Value): Record<string, Value> {
  const { x, observed } = batch.target ?? batch;
  const targets = segmentsOf(layout, x);
  const guesses = segmentsOf(layout, shown);
  const found: Record<string, Value> = {};
  const hits: Value[] = [];
  for (const [i, { kind }] of layout.segments.entries()) {
    const [target, guess] = [targets[i] as Value, guesses[i] as Value];
    if (kind === "numbers") {
      const error = square(sub(guess, target));
      const counted = observed === undefined ? error : mul(error, observed);
      found["squared"] = total(sum(flatten(counted), { axes: [1] }));
    } else if (kind === "category") {
      hits.push(cast(equal(argMax(target, 1), argMax(guess, 1)), "float32"));
    }
  }
  return hits.length === 0 ? found : { ...found, hits: total(hits.reduce((a, b) => add(a, b))) };
}
