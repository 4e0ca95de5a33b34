/** Everything an evaluation measures, as one graph over raw rows. */
import { tensor } from "../base/tensor.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Layout } from "../losses/layout.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import {
  add,
  argMax,
  cast,
  equal,
  flatten,
  gemm,
  mul,
  reshape,
  split,
  square,
  sub,
  sum,
} from "../ops/index.ts";
import type { Network } from "../train/network.ts";
import { partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import type { Pca } from "./pca.ts";

/**
 * Inputs: the raw data, and `key` uint32 `[2]` for the draws. Outputs, a number a row:
 * `observed` numbers counted, `squared` error over them, `hits` of categories; the same
 * under `pca.`; and `term.*`, each loss term by one draw. For families that have one,
 * `divergence` `[latent]`, the sum over rows of the KL a dimension.
 */
export function evaluationProgram(
  network: Network,
  weights: Weights,
  pca: Pca | undefined,
): OnnxModel {
  const { preprocessing, family } = network;
  const { layout } = preprocessing;
  const inputs = preprocessing.inputs();
  const key = input("key", "uint32", [2]);
  const batch = preprocessing.batch(preprocessing.compactFrom(inputs), { complete: false });
  const parts = partsIn(weightedScope(weights, key), network);
  const terms = family.loss(parts, batch);
  const shown = family.decode(parts, family.encode(parts, batch), batch.label);
  const control =
    pca === undefined
      ? {}
      : prefixed("pca", errors(layout, batch, pcaFeatures(pca, layout, batch.x)));
  return exportModel({
    name: "evaluation",
    inputs: [...Object.values(inputs), key],
    outputs: {
      observed: observedCount(layout, batch),
      ...errors(layout, batch, shown),
      ...control,
      ...(family.divergence === undefined
        ? {}
        : { divergence: sum(family.divergence(parts, batch), { axes: [0] }) }),
      ...Object.fromEntries(
        Object.entries(terms).map(([name, { value }]) => [`term.${name}`, perRow(value, batch.x)]),
      ),
    },
  });
}

/** A term about the whole batch counts the same for each row. */
function perRow(value: Value, x: Value): Value {
  return value.shape.length > 0 ? value : add(mul(sum(flatten(x), { axes: [1] }), 0), value);
}

function pcaFeatures({ mean, components, size }: Pca, layout: Layout, x: Value): Value {
  const basis = constant(tensor("float32", components, [mean.length, size]));
  const center = constant(tensor("float32", mean));
  const codes = gemm(sub(flatten(x), center), basis);
  const back = add(gemm(codes, basis, { transB: 1 }), center);
  return reshape(back, [-1, ...layout.shape]);
}

function numbersOf(layout: Layout, x: Value): readonly (readonly [string, Value])[] {
  const parts = split(
    x,
    layout.segments.map(({ size }) => size),
    -1,
  );
  return layout.segments.map(({ kind }, i) => [kind, parts[i] as Value] as const);
}

function observedCount(layout: Layout, { x, observed }: Batch): Value {
  const zeroRow = mul(sum(flatten(x), { axes: [1] }), 0);
  if (observed !== undefined) return add(sum(flatten(observed), { axes: [1] }), zeroRow);
  const numbers = layout.segments
    .filter(({ kind }) => kind === "numbers")
    .reduce((n, { size }) => n + size, 0);
  return add(zeroRow, numbers * layout.shape.slice(0, -1).reduce((a, b) => a * b, 1));
}

/** Squared error over the numbers that were there, and categories guessed right, a row. */
function errors(layout: Layout, { x, observed }: Batch, shown: Value): Record<string, Value> {
  const target = numbersOf(layout, x);
  const guess = numbersOf(layout, shown);
  const found: Record<string, Value> = {};
  let hits: Value | undefined;
  for (const [i, [kind, value]] of target.entries()) {
    const other = (guess[i] as readonly [string, Value])[1];
    if (kind === "numbers") {
      const error = square(sub(other, value));
      found["squared"] = sum(flatten(observed === undefined ? error : mul(error, observed)), {
        axes: [1],
      });
    } else if (kind === "category") {
      const right = cast(equal(argMax(value, 1), argMax(other, 1)), "float32");
      hits = hits === undefined ? right : add(hits, right);
    }
  }
  return hits === undefined ? found : { ...found, hits };
}

function prefixed(prefix: string, values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]),
  );
}
