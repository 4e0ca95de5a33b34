import { describe, expect, test } from "vitest";
import type { Evaluation } from "./evaluation.ts";
import { summarize } from "./summary.ts";

const evaluation = (mse: number, more: Partial<Evaluation> = {}): Evaluation => ({
  model: { family: "vanilla", body: "dense", latent: 3 },
  data: "rows",
  rows: 10,
  metrics: { mse },
  controls: { pca: { mse: 2 } },
  dimensions: {},
  notes: [],
  findings: [],
  verdict: "",
  ...more,
});

describe("a summary of several models", () => {
  test("is the mean of each figure with Student's interval", () => {
    // 1, 2, 3: s = 1, and t = 4.3027 with 2 degrees of freedom.
    const { models, metrics, controls } = summarize([1, 2, 3].map((mse) => evaluation(mse)));
    expect(models).toBe(3);
    expect(metrics["mse"]?.mean).toBe(2);
    expect(metrics["mse"]?.high).toBeCloseTo(2 + 4.3027 / Math.sqrt(3), 4);
    expect(metrics["mse"]?.low).toBeCloseTo(2 - 4.3027 / Math.sqrt(3), 4);
    expect(controls["pca"]?.["mse"]).toEqual({ mean: 2, low: 2, high: 2 });
  });

  test.each([
    [21, 2.0796],
    [40, 2.0211],
    [1000, 1.9623],
  ])("knows Student's distribution for %i degrees of freedom", (freedom, point) => {
    // Half at −1 and half at 1, and one at 0: s² = freedom / freedom.
    const values = Array.from({ length: freedom + 1 }, (_, i) => (i % 2 === 0 ? -1 : 1));
    const { metrics } = summarize(values.map((mse) => evaluation(mse)));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / freedom;
    const { high = 0 } = metrics["mse"] ?? {};
    expect((high - mean) / Math.sqrt(variance / values.length)).toBeCloseTo(point, 3);
  });

  test("has the figures that all have", () => {
    const { metrics } = summarize([evaluation(1, { metrics: { mse: 1, psnr: 3 } }), evaluation(2)]);
    expect(Object.keys(metrics)).toEqual(["mse"]);
  });

  test.each<[string, readonly Evaluation[]]>([
    ["one model", [evaluation(1)]],
    [
      "models of two sizes",
      [evaluation(1), evaluation(1, { model: { family: "vanilla", body: "dense", latent: 4 } })],
    ],
    ["other data", [evaluation(1), evaluation(1, { rows: 11 })]],
  ])("refuses %s", (_, evaluations) => {
    expect(() => summarize(evaluations)).toThrow(
      expect.objectContaining({ code: "options.invalid" }),
    );
  });
});
