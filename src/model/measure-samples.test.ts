/** Samples judged through a fitted model, and how the words of it look. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluationText } from "../cli/figures.ts";
import { openData } from "../data/open.ts";
import { collect } from "../data/memory.ts";
import { takeRows } from "../data/rows.ts";
import type { Images, Rows } from "../data/source.ts";
import { variational } from "../families/variational.ts";
import { keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import { train } from "./train.ts";
import type { Generative, Model } from "./types.ts";

const plain = { bold: String, dim: String };

function every<T extends Rows>(rows: T, step: number, from: number): T {
  const count = Math.ceil((rows.rows - from) / step);
  return takeRows(
    rows,
    Int32Array.from({ length: count }, (_, i) => from + step * i),
  );
}

describe("a model of a table", () => {
  let model: Model & Generative;
  let training: Rows;
  let others: Rows;
  beforeAll(async () => {
    const all = await collect(await openData("demo:penguins"));
    [training, others] = [every(all, 2, 0), every(all, 2, 1)];
    model = await train(variational({ latent: 3 }), training, { epochs: 5, seed: 1, threads: 1 });
  });
  afterAll(() => model.close());

  test("is judged beside the copula and the bootstrap, and says so in its table and verdict", async () => {
    const found = await model.evaluate(others, { controlsFrom: training, target: "Species" });
    const { samples } = found;
    expect(Object.keys(samples?.controls ?? {})).toEqual(["copula", "bootstrap"]);
    expect(samples?.real.predictive).toBeGreaterThan(0.95);
    expect(samples?.controls.bootstrap?.remembered).toBe(1);
    // Five epochs make poor rows, and the copula's columns are the training rows' own.
    expect(samples?.model.marginals).toBeGreaterThan(samples?.controls.copula?.marginals ?? 1);
    expect(found.verdict).toContain(samples?.verdict ?? "no verdict");
    const shown = evaluationText(found, "penguins.onnx", plain);
    expect(shown).toMatch(/model +Gaussian copula +bootstrap +real rows +best/);
    expect(shown).toMatch(/prediction on held-out rows +\S+% +\S+% +\S+% +\S+% +as real rows/);
  });

  test("asks for what a target takes", async () => {
    await expect(model.evaluate(others, { target: "Species" })).rejects.toMatchObject({
      code: "options.invalid",
      message: expect.stringContaining("--controls-from") as string,
    });
    await expect(
      model.evaluate(others, { controlsFrom: training, target: "Price" }),
    ).rejects.toThrow(/Price/);
  });

  test("without training rows nothing is judged, nor where anomalies are looked for", async () => {
    expect((await model.evaluate(others)).samples).toBeUndefined();
    const labels = Array.from({ length: others.rows }, (_, row) => Number(row % 9 === 0));
    const found = await model.evaluate(others, { labels, controlsFrom: training });
    expect(found.detection).toBeDefined();
    expect(found.samples).toBeUndefined();
  });
});

test("a model of images is judged in a space that is learned from the training rows", async () => {
  const SIDE = 8;
  const bars = (rows: number, seed: number): Images => {
    const where = uniforms(keyAt(seed, 0), rows);
    return {
      kind: "images",
      rows,
      height: SIDE,
      width: SIDE,
      channels: 1,
      data: Uint8Array.from({ length: rows * SIDE * SIDE }, (_, at) => {
        const row = Math.floor(at / (SIDE * SIDE));
        const line = Math.floor((at % (SIDE * SIDE)) / SIDE);
        return Math.floor((where[row] as number) * SIDE) === line ? 230 : 10;
      }),
    };
  };
  const model = await train(variational({ latent: 2 }), bars(200, 1), { epochs: 2, threads: 1 });
  const judge = () => model.evaluate(bars(60, 2), { controlsFrom: bars(200, 1) });
  const { samples } = await judge();
  expect(Object.keys(samples?.controls ?? {})).toEqual([
    "pcaGaussian",
    "pixelMixture",
    "bootstrap",
  ]);
  expect(samples?.space).toContain("denoising autoencoder");
  // Training rows again are as good as rows get; two epochs are not.
  expect(samples?.controls.bootstrap?.frechet).toBeLessThan((samples?.model.frechet ?? 0) / 2);
  // Eight pictures are all there are: held-out rows equal training rows too, and nothing is copied.
  expect(samples?.real.duplicates).toBe(1);
  expect((await judge()).samples).toEqual(samples);
  await model.close();
});
