import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runModel } from "../../test/runtime.ts";
import { smallGrids, smallImages, smallTable } from "../../test/support/small-data.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { dense } from "../bodies/dense.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import type { Rows } from "../data/source.ts";
import type { Family } from "../families/family.ts";
import { vanilla } from "../families/vanilla.ts";
import { variational } from "../families/variational.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Network } from "../train/network.ts";
import { networkSpec, partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import { errorMetrics, metricsFrom } from "./metrics.ts";
import type { Pca } from "./pca.ts";
import { evaluationProgram } from "./program.ts";

const LATENT = 3;

/** A network as it is before training, any orthonormal axes beside it, and what both say of rows. */
async function setUp(rows: Rows, family: Family) {
  const preprocessing = preprocessingOf(fitSchema(rows, { name: "rows" }));
  const network: Network = { family, preprocessing, latent: LATENT, body: dense([8]) };
  const spec = networkSpec(network, false);
  const parameters = Float32Array.from(
    spec.parameters.flatMap(({ initial, shape }, i) => [...initial(atSite(keyAt(1, 0), i), shape)]),
  );
  const weights: Weights = { spec, parameters, buffers: new Float32Array(countOf(spec.buffers)) };
  const features = featuresOf(preprocessing.layout);
  const components = new Float32Array(features * LATENT);
  for (let k = 0; k < LATENT; k += 1) components[(2 * k + 1) * LATENT + k] = 1;
  const pca: Pca = { mean: normals(keyAt(2, 0), features, 1), components, size: LATENT };
  const out = await runModel(evaluationProgram(network, weights, pca), {
    ...preprocessing.feeds(rows, "rows"),
    key: tensor("uint32", Uint32Array.of(1, 2), [2]),
  });
  // The same features, targets and masks by the float64 evaluator, from the compact tensors.
  const compact = Object.entries(preprocessing.compact).map(
    ([name, { dtype, shape }]) => [name, input(name, dtype, ["batch", ...shape])] as const,
  );
  const batch = preprocessing.batch(Object.fromEntries(compact), { complete: false });
  const parts = partsIn(weightedScope(weights), network);
  const shown = family.decode(parts, family.encode(parts, batch));
  const ingested = preprocessing.ingest(rows, "rows");
  const feeds = new Map(compact.map(([name, value]) => [value, ingested[name] as Tensor]));
  const score = family.score(parts, batch).score;
  const wanted = [batch.x, shown, score, ...(batch.observed ? [batch.observed] : [])];
  const [x, decoded, scores, observed] = evaluate(wanted, feeds).map(({ data }) => data);
  return {
    layout: preprocessing.layout,
    features,
    out,
    pca,
    x: x as Float64Array,
    decoded: decoded as Float64Array,
    scores: scores as Float64Array,
    observed,
  };
}

const sumOf = (value: Tensor | undefined): number =>
  (value as Tensor<"float32">).data.reduce((a, b) => a + b, 0);
const sums = (out: Readonly<Record<string, Tensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(out).map(([name, value]) => [name, sumOf(value)]));

describe.each<[string, Rows, number]>([
  ["a table", smallTable(), 5],
  ["images", smallImages(40), 64],
  [
    "arrays with gaps",
    { ...smallGrids(), data: smallGrids().data.map((x, i) => (i % 7 === 0 ? Number.NaN : x)) },
    30,
  ],
])("metrics of %s, against a plain computation", (_, rows, numbers) => {
  test("mean squared error over the numbers that were there, of the model and of PCA", async () => {
    const { out, layout, features, x, decoded, observed, pca } = await setUp(rows, vanilla());
    let [squared, control, count] = [0, 0, 0];
    for (let row = 0; row < rows.rows; row += 1) {
      const at = row * features;
      const centred = (i: number): number => (x[at + i] as number) - (pca.mean[i] as number);
      for (let i = 0; i < numbers; i += 1) {
        if (observed !== undefined && observed[row * numbers + i] === 0) continue;
        count += 1;
        squared += ((decoded[at + i] as number) - (x[at + i] as number)) ** 2;
        // Axes 1, 3 and 5 are kept, the others come back as the mean.
        const kept = i % 2 === 1 && i < 2 * LATENT;
        control += kept ? 0 : centred(i) ** 2;
      }
    }
    const metrics = errorMetrics(sums(out), "", rows.rows, layout);
    expect(sumOf(out["observed"])).toBe(count);
    expect(metrics["mse"]).toBeCloseTo(squared / count, 5);
    const ofPca = errorMetrics(sums(out), "pca.", rows.rows, layout);
    expect((ofPca["mse"] as number) / (control / count)).toBeCloseTo(1, 5);
    if (layout.bounded) expect(metrics["psnr"]).toBeCloseTo(10 * Math.log10(count / squared), 3);
    else expect(metrics).not.toHaveProperty("psnr");
  });

  test("the loss of each row is its score where nothing is drawn", async () => {
    const { out, scores } = await setUp(rows, vanilla());
    for (const [row, score] of scores.entries()) {
      const got = (out["term.reconstruction"] as Tensor<"float32">).data[row] as number;
      expect(got / score).toBeCloseTo(1, 4);
    }
  });
});

test("accuracy counts the categories whose likeliest word is right", async () => {
  const rows = smallTable();
  const { out, layout, features, x, decoded } = await setUp(rows, vanilla());
  const categories = layout.segments.filter(({ kind }) => kind === "category");
  let hits = 0;
  for (let row = 0; row < rows.rows; row += 1) {
    for (const { start, size } of categories) {
      const best = (values: Float64Array): number => {
        const part = values.slice(row * features + start, row * features + start + size);
        return part.indexOf(Math.max(...part));
      };
      hits += Number(best(x) === best(decoded));
    }
  }
  const { accuracy } = errorMetrics(sums(out), "", rows.rows, layout);
  expect(accuracy).toBe(hits / (3 * rows.rows));
});

test("the ELBO is minus the sum of its terms, whatever beta; no likelihood, no ELBO", () => {
  const layout = { shape: [2], bounded: false, segments: [] };
  const given = { observed: 10, squared: 5, "term.reconstruction": -8, "term.kl": 20 };
  expect(metricsFrom(given, 4, layout, { reconstruction: "nats", kl: "nats" })).toEqual({
    mse: 0.5,
    elbo: -3,
    reconstruction: -2,
    kl: 5,
  });
  const plain = { observed: 10, squared: 5, "term.reconstruction": 8 };
  expect(metricsFrom(plain, 4, layout, { reconstruction: "squared error" })).toEqual({
    mse: 0.5,
    reconstruction: 2,
  });
});

test("the draws of an evaluation follow its key", async () => {
  const rows = smallTable(20);
  const [one, again] = [await setUp(rows, variational()), await setUp(rows, variational())];
  expect(again.out).toEqual(one.out);
  // One draw scatters about the score at the posterior's mean.
  const drawn = sumOf(one.out["term.reconstruction"]) + sumOf(one.out["term.kl"]);
  const score = one.scores.reduce((a, b) => a + b, 0);
  expect(drawn).not.toBeCloseTo(score, 2);
  expect(Math.abs(drawn - score) / Math.abs(score)).toBeLessThan(0.5);
});
