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
import type { Layout } from "../losses/layout.ts";
import { featuresOf } from "../losses/layout.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Network } from "../train/network.ts";
import { networkSpec, partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import type { Contender } from "./contenders.ts";
import { networkContender, pcaContender } from "./contenders.ts";
import { likelihood } from "./metrics/likelihood.ts";
import type { ContenderName, Sums, Totals } from "./metrics/metric.ts";
import { reconstruction } from "./metrics/reconstruction.ts";
import type { Pca } from "./pca.ts";
import { addSums, evaluationProgram } from "./program.ts";

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
  const contenders: readonly Contender[] = [
    networkContender("model", network, weights),
    pcaContender(pca, preprocessing.layout),
  ];
  const out = await runModel(evaluationProgram(network, contenders, {}), {
    ...preprocessing.feeds(rows, "rows"),
    key: tensor("uint32", Uint32Array.of(1, 2), [2]),
  });
  const sums: Record<string, Record<string, number[]>> = {};
  addSums(sums, out as Parameters<typeof addSums>[1]);
  const totalsOf = (name: ContenderName): Totals => ({
    sums: sums[name] as Sums,
    rows: rows.rows,
    layout: preprocessing.layout,
    latent: LATENT,
    ...(name === "pca" ? {} : { family }),
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
    totalsOf,
    pca,
    x: x as Float64Array,
    decoded: decoded as Float64Array,
    scores: scores as Float64Array,
    observed,
  };
}

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
    const { totalsOf, layout, features, x, decoded, observed, pca } = await setUp(rows, vanilla());
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
    const figures = (name: ContenderName) => reconstruction.figures?.(totalsOf(name), {}) ?? {};
    expect(totalsOf("model").sums["observed"]).toEqual([count]);
    const { mse, psnr } = figures("model");
    expect(mse).toBeCloseTo(squared / count, 5);
    expect((figures("pca")["mse"] as number) / (control / count)).toBeCloseTo(1, 5);
    if (layout.bounded) expect(psnr).toBeCloseTo(10 * Math.log10(count / squared), 3);
    else expect(psnr).toBeUndefined();
  });

  test("the loss is the score where nothing is drawn", async () => {
    const { totalsOf, scores } = await setUp(rows, vanilla());
    const mean = scores.reduce((a, b) => a + b, 0) / rows.rows;
    const figures = likelihood.figures?.(totalsOf("model"), {}) ?? {};
    expect((figures["reconstruction"] as number) / mean).toBeCloseTo(1, 4);
    expect(figures).not.toHaveProperty("elbo");
    expect(likelihood.figures?.(totalsOf("pca"), {})).toEqual({});
  });
});

test("accuracy counts the categories whose likeliest word is right", async () => {
  const rows = smallTable();
  const { totalsOf, layout, features, x, decoded } = await setUp(rows, vanilla());
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
  const figures = reconstruction.figures?.(totalsOf("model"), {});
  expect(figures?.["accuracy"]).toBe(hits / (3 * rows.rows));
});

describe("the ELBO", () => {
  const layout: Layout = { shape: [2], bounded: false, segments: [] };
  const totals = (family: Family, sums: Sums): Totals => ({
    sums,
    rows: 4,
    layout,
    latent: 3,
    family,
  });

  test("is minus the sum of its two terms, whatever beta", () => {
    const sums = { "term.reconstruction": [-8], "term.kl": [20] };
    expect(likelihood.figures?.(totals(variational({ beta: 7 }), sums), {})).toEqual({
      elbo: -3,
      reconstruction: -2,
      kl: 5,
    });
  });

  test("comes from the weights of draws where the loss is another bound", () => {
    const sums = { "term.reconstruction": [-8], "term.kl": [20], logWeight: [-10] };
    const family = variational({ samples: 5 });
    expect(likelihood.figures?.(totals(family, sums), {})).toMatchObject({ elbo: -2.5, kl: 5 });
  });

  test("by one draw a row is near the score at the mean of the posterior", async () => {
    const rows = smallTable(20);
    const [one, again] = [await setUp(rows, variational()), await setUp(rows, variational())];
    expect(again.totalsOf("model").sums).toEqual(one.totalsOf("model").sums);
    const score = one.scores.reduce((a, b) => a + b, 0) / 20;
    const elbo = likelihood.figures?.(one.totalsOf("model"), {})["elbo"] as number;
    expect(-elbo).not.toBeCloseTo(score, 2);
    expect(Math.abs(-elbo - score) / Math.abs(score)).toBeLessThan(0.5);
  });
});
