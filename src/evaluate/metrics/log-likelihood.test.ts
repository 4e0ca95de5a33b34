/**
 * A linear-Gaussian model, whose marginal is known: z ~ N(0, 1), x | z ~ N(w z, s²) gives
 * x ~ N(0, w wᵀ + s²).
 */
import { describe, expect, test } from "vitest";
import { runModel } from "../../../test/runtime.ts";
import { tensor } from "../../base/tensor.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Family, Parts } from "../../families/family.ts";
import { vanilla } from "../../families/vanilla.ts";
import { exportModel } from "../../graph/export.ts";
import { constant, input } from "../../graph/value.ts";
import { createScope } from "../../nn/scope.ts";
import { add, gemm, mul, square, sub, sum } from "../../ops/index.ts";
import { importanceSampled } from "./log-likelihood.ts";

const W = [0.8, -1.5, 0.4];
const NOISE = 0.6;
const ROWS = [0.3, -0.2, 0.9, 1.4, -2.2, 0.1, -0.5, 0.4, 0];
const LOG_2PI = Math.log(2 * Math.PI);

/** log N(x; 0, w wᵀ + s²), by the determinant and inverse of a rank-one change. */
function exact(row: readonly number[]): number {
  const variance = NOISE ** 2;
  const length = W.reduce((total, w) => total + w * w, 0);
  const along = row.reduce((total, x, i) => total + x * (W[i] as number), 0);
  const distance =
    row.reduce((total, x) => total + x * x, 0) / variance -
    along ** 2 / (variance * (variance + length));
  const logDeterminant = 2 * Math.log(variance) + Math.log(variance + length);
  return -0.5 * (3 * LOG_2PI + logDeterminant + distance);
}

/**
 * @param spread of the proposal, in deviations of the true posterior
 */
function linearGaussian(spread: number): Family {
  const length = W.reduce((total, w) => total + w * w, 0);
  const precision = 1 + length / NOISE ** 2;
  const deviation = spread / Math.sqrt(precision);
  const weights = constant(tensor("float32", Float32Array.from(W), [3, 1]), "encoder");
  return {
    ...vanilla(),
    logWeight: ({ scope }: Parts, { x }) => {
      const mu = mul(gemm(x, weights), 1 / (precision * NOISE ** 2));
      const noise = scope.normal(mu);
      const z = add(mu, mul(noise, deviation));
      const errors = sum(square(sub(x, gemm(z, weights, { transB: 1 }))), { axes: [1] });
      const logX = add(mul(errors, -0.5 / NOISE ** 2), -1.5 * LOG_2PI - 3 * Math.log(NOISE));
      const logPrior = add(mul(sum(square(z), { axes: [1] }), -0.5), -0.5 * LOG_2PI);
      const logPosterior = add(
        mul(sum(square(noise), { axes: [1] }), -0.5),
        -0.5 * LOG_2PI - Math.log(deviation),
      );
      return sub(add(logX, logPrior), logPosterior);
    },
  };
}

function programOf(family: Family, samples: number) {
  const x = input("x", "float32", ["batch", 3]);
  const key = input("key", "uint32", [2]);
  const none = (): never => {
    throw new Error("the stub has no weights");
  };
  const partsAt = (drawn: typeof key): Parts =>
    ({
      scope: createScope({ parameter: none, buffer: none, training: false, key: drawn }),
    }) as unknown as Parts;
  return exportModel({
    name: "likelihood",
    inputs: [x, key],
    outputs: { estimate: importanceSampled({ family, key, partsAt }, { x }, samples) },
  });
}

/** @param copies of the rows, each with draws of its own */
async function estimate(
  family: Family,
  samples: number,
  { key = 1, copies = 1 } = {},
): Promise<readonly number[]> {
  const rows = Array.from({ length: copies }, () => ROWS).flat();
  const out = await runModel(programOf(family, samples), {
    x: tensor("float32", Float32Array.from(rows), [3 * copies, 3]),
    key: tensor("uint32", Uint32Array.of(key, 7), [2]),
  });
  return [...(out["estimate"] as Tensor<"float32">).data];
}

const wanted = [0, 1, 2].map((row) => exact(ROWS.slice(3 * row, 3 * row + 3)));
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

describe("the log-likelihood by importance sampling", () => {
  test.each([1, 2, 50])("is exact with %i draws of the true posterior", async (samples) => {
    const found = await estimate(linearGaussian(1), samples);
    for (const [row, value] of found.entries()) expect(value).toBeCloseTo(wanted[row] as number, 4);
  });

  test("comes close from below as draws of a poor posterior grow", async () => {
    const many = await estimate(linearGaussian(2), 20_000);
    for (const [row, value] of many.entries()) expect(value).toBeCloseTo(wanted[row] as number, 1);
    const gap = async (samples: number): Promise<number> => {
      const found = await estimate(linearGaussian(2), samples, { copies: 400 });
      return mean(wanted) - mean(found);
    };
    const [one, five, fifty] = [await gap(1), await gap(5), await gap(50)];
    expect(one).toBeGreaterThan(2 * five);
    expect(five).toBeGreaterThan(2 * fifty);
    expect(fifty).toBeGreaterThan(-0.02);
  });

  test("draws anew at every turn and under every key, and the same under the same", async () => {
    const [one, again, other] = [
      await estimate(linearGaussian(2), 5),
      await estimate(linearGaussian(2), 5),
      await estimate(linearGaussian(2), 5, { key: 2 }),
    ];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(await estimate(linearGaussian(2), 1)).not.toEqual(one);
  });

  test("encodes once: only what follows a draw is inside the loop", () => {
    const { graph } = programOf(linearGaussian(2), 5);
    const turn = graph.nodes.find(({ op }) => op === "Loop");
    const body = turn?.attributes["body"];
    if (body?.type !== "graph") throw new Error("no loop");
    const products = (nodes: typeof graph.nodes) => nodes.filter(({ op }) => op === "Gemm").length;
    expect([products(graph.nodes), products(body.value.nodes)]).toEqual([1, 1]);
  });
});
