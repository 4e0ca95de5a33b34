/** Evaluations of trained models: what is measured when, on which rows, beside which controls. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallTable } from "../../test/support/small-data.ts";
import { imagesFrom, tableSource } from "../data/memory.ts";
import type { Images, ImageSource } from "../data/source.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { vanilla } from "../families/vanilla.ts";
import { variational } from "../families/variational.ts";
import { keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import { train } from "./train.ts";
import type { Generative, Model } from "./types.ts";

const ROWS = 200;
const SIDE = 8;
/** Two waves in amounts of their own, and noise: what a row is made of lies on straight lines. */
const amounts = Array.from(uniforms(keyAt(11, 0), 2 * ROWS), (u) => 2 * u - 1);
const noise = uniforms(keyAt(12, 0), ROWS * SIDE * SIDE);
const images: Images = {
  kind: "images",
  rows: ROWS,
  height: SIDE,
  width: SIDE,
  channels: 1,
  data: Uint8Array.from({ length: ROWS * SIDE * SIDE }, (_, i) => {
    const [row, y, x] = [Math.floor(i / 64), Math.floor((i % 64) / SIDE), i % SIDE];
    const [one = 0, other = 0] = amounts.slice(2 * row, 2 * row + 2);
    const wave = 55 * one * Math.sin(y / 2) + 40 * other * Math.cos(x / 2);
    return 128 + wave + 30 * ((noise[i] as number) - 0.5);
  }),
};
const brightness = Array.from({ length: ROWS }, (_, row) => amounts[2 * row] as number);
const classes = brightness.map((value) =>
  value < -1 / 3 ? "dark" : value < 1 / 3 ? "grey" : "bright",
);
const settings = { epochs: 30, seed: 3, threads: 1, validation: 0 } as const;

let plain: Model;
let drawing: Model & Generative;
beforeAll(async () => {
  plain = await train(vanilla({ latent: 3 }), images, settings);
  drawing = await train(variational({ latent: 3 }), images, settings);
});
afterAll(async () => {
  await plain?.close();
  await drawing?.close();
});

const labelled = (): ImageSource => imagesFrom(images.data, { ...images, labels: classes });

test("the figures do not depend on how many rows are read at a time", async () => {
  const whole = await drawing.evaluate(images);
  for (const chunk of [1, 33, 200])
    expect(await drawing.evaluate(images, { chunk })).toEqual(whole);
});

test("pictures, a likelihood, a prior: each brings its figures, and the controls what they have", async () => {
  const { metrics, controls, dimensions, notes } = await drawing.evaluate(images);
  const own = ["mse", "psnr", "ssim"];
  const kept = ["trustworthiness", "continuity"];
  const likelihood = ["elbo", "reconstruction", "kl", "activeUnits"];
  const samples = ["frechet", "density", "coverage"];
  expect(Object.keys(metrics)).toEqual([...own, ...likelihood, ...kept, ...samples]);
  expect(Object.keys(controls["pca"] ?? {})).toEqual([...own, ...kept]);
  expect(controls).not.toHaveProperty("raw");
  expect(Object.keys(controls["untrained"] ?? {})).toEqual(Object.keys(metrics));
  expect(dimensions["kl"]?.reduce((a, b) => a + b, 0)).toBeCloseTo(metrics["kl"] as number, 4);
  expect(notes).toEqual([
    "200 samples were compared with as many rows by the first 3 principal components of the training rows.",
  ]);
  const of = (name: string) => [metrics[name], controls["untrained"]?.[name]] as [number, number];
  for (const name of ["mse", "frechet"]) expect(of(name)[0], name).toBeLessThan(of(name)[1]);
  for (const name of ["ssim", "elbo", "coverage"])
    expect(of(name)[0], name).toBeGreaterThan(of(name)[1]);
});

test("the untrained control is the network before its first step", async () => {
  const still = await train(vanilla({ latent: 3 }), images, {
    ...settings,
    epochs: 1,
    learningRate: 1e-12,
  });
  const { metrics } = await still.evaluate(images);
  await still.close();
  const { controls } = await plain.evaluate(images);
  expect(controls["untrained"]?.["mse"]).toBeCloseTo(metrics["mse"] as number, 6);
  expect((await plain.evaluate(images)).metrics["mse"]).toBeLessThan(
    (metrics["mse"] as number) / 2,
  );
});

describe("labels", () => {
  test("bring a linear probe of all contenders, fitted on a half of the rows", async () => {
    const { metrics, controls, notes, findings, verdict } = await plain.evaluate(labelled());
    for (const figures of [metrics, controls["pca"], controls["untrained"], controls["raw"]])
      expect(figures?.["probeAccuracy"]).toBeGreaterThan(0.8);
    // The features have no error and no neighbours to lose: only labels to be found in.
    expect(Object.keys(controls["raw"] ?? {})).toEqual(["probeAccuracy"]);
    expect(findings.slice(1).map((finding) => finding.split(":")[0])).toEqual([
      "Labels",
      "Neighbours",
    ]);
    expect(findings[1]).toContain("in all 64 features");
    expect(verdict).toBe(findings.join(" "));
    expect(notes[0]).toBe("The linear probe was fitted on the other half of the labelled rows.");
    expect((await plain.evaluate(images)).metrics).not.toHaveProperty("probeAccuracy");
    // Given beside the rows, they are the same labels.
    expect((await plain.evaluate(images, { labels: classes })).metrics).toEqual(metrics);
  });

  test("that say nothing about the rows are found as often as by chance", async () => {
    const turned = classes.map((_, row) => classes[(row * 77 + 13) % 200] as string);
    const { metrics } = await plain.evaluate(images, { labels: turned });
    expect(metrics["probeAccuracy"]).toBeLessThan(0.5);
  });

  test("may come with rows to fit on", async () => {
    const probeTrain = imagesFrom(images.data, { ...images, labels: classes, name: "more rows" });
    const { metrics, notes } = await plain.evaluate(labelled(), { probeTrain });
    expect(notes[0]).toBe("The linear probe was fitted on more rows.");
    expect(metrics["probeAccuracy"]).toBeGreaterThan(0.8);
    await expect(plain.evaluate(labelled(), { probeTrain: images })).rejects.toMatchObject({
      code: "data.labels",
    });
  });

  test("that are numbers of many values bring R² in place of accuracy", async () => {
    const { metrics } = await plain.evaluate(images, { labels: brightness });
    expect(metrics).not.toHaveProperty("probeAccuracy");
    expect(metrics["probeR2"]).toBeGreaterThan(0.8);
    expect(metrics["probeR2"]).toBeLessThanOrEqual(1);
  });

  test.each<[string, readonly (string | null)[], string]>([
    ["one label", classes.map(() => "same"), "all rows that it could learn from have one label"],
    ["as many labels as rows", classes.map((_, i) => `row ${i}`), "are no classes"],
  ])("of no use are left out, and it is said: %s", async (_, labels, words) => {
    const { metrics, notes } = await plain.evaluate(images, { labels });
    expect(metrics).not.toHaveProperty("probeAccuracy");
    expect(notes.join(" ")).toContain(words);
  });

  test("must be one a row", async () => {
    await expect(plain.evaluate(images, { labels: ["one"] })).rejects.toMatchObject({
      code: "data.labels",
    });
  });
});

test("the log-likelihood, when asked for, lies above the ELBO and rises with the draws", async () => {
  const of = async (samples: number): Promise<Evaluation> => drawing.evaluate(images, { samples });
  const [few, many] = [await of(1), await of(100)];
  const elbo = few.metrics["elbo"] as number;
  expect(Math.abs((few.metrics["logLikelihood"] as number) - elbo)).toBeLessThan(1.5);
  expect(many.metrics["logLikelihood"]).toBeGreaterThan(few.metrics["logLikelihood"] as number);
  expect(many.metrics["logLikelihood"]).toBeGreaterThan(elbo);
  expect(await of(100)).toEqual(many);
  const { metrics, notes } = await plain.evaluate(images, { samples: 5 });
  expect(metrics).not.toHaveProperty("logLikelihood");
  expect(notes).toContain("The vanilla family has no likelihood to sample.");
  await expect(of(0)).rejects.toMatchObject({ code: "options.invalid" });
});

test("known factors bring the information gap", async () => {
  const { metrics, controls } = await plain.evaluate(images, { factors: { brightness } });
  for (const figures of [metrics, controls["pca"]]) {
    expect(figures?.["mig"]).toBeGreaterThanOrEqual(0);
    expect(figures?.["mig"]).toBeLessThanOrEqual(1);
  }
  await expect(plain.evaluate(images, { factors: { brightness: [1] } })).rejects.toMatchObject({
    code: "data.labels",
  });
});

test("another model may be the space in which samples are compared", async () => {
  const { metrics, notes } = await drawing.evaluate(images, { encoder: plain });
  expect(notes[0]).toContain("by the codes of another model, vanilla of latent 3");
  const own = await drawing.evaluate(images);
  expect(metrics["frechet"]).toBeGreaterThan(0);
  expect(metrics["frechet"]).not.toBeCloseTo(own.metrics["frechet"] as number, 3);
});

test("a handful of rows is too few to compare samples with", async () => {
  const few = { ...images, rows: 5, data: images.data.slice(0, 5 * 64) };
  const { metrics, notes } = await drawing.evaluate(few);
  expect(metrics).not.toHaveProperty("frechet");
  expect(notes[0]).toContain("takes 12 rows");
});

test("tables: columns beside the model's may be labels and factors", async () => {
  const table = smallTable(160);
  const source = tableSource(table, { label: "half" });
  const model = await train(vanilla({ latent: 2 }), source, { ...settings, epochs: 10 });
  const { metrics, controls } = await model.evaluate(tableSource(table, { label: "half" }));
  await model.close();
  const kept = ["trustworthiness", "continuity"];
  const own = ["mse", "accuracy", "reconstruction"];
  expect(Object.keys(metrics)).toEqual([...own, ...kept, "probeAccuracy"]);
  expect(controls["untrained"]?.["accuracy"]).toBeLessThan(metrics["accuracy"] as number);
});
