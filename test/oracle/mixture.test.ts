/** Gaussian mixtures against scikit-learn's (mixture.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { fitMixture } from "../../src/evaluate/fit-mixture.ts";
import type { Mixture } from "../../src/evaluate/mixture.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { expectClose } from "../support/compare.ts";
import type { Recorded } from "../support/family-oracle.ts";
import { meanLikelihood } from "../support/gaussian-mixture.ts";

interface Fit {
  readonly components: number;
  readonly likelihood: number;
  readonly weights: Recorded;
  readonly means: Recorded;
  readonly covariances: Recorded;
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/mixture.json", import.meta.url), "utf8"),
) as {
  readonly rows: Readonly<Record<string, Recorded>>;
  readonly fits: Readonly<Record<string, readonly Fit[]>>;
};

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const matrixOf = ({ shape, data }: Recorded) => ({
  rows: shape[0] as number,
  columns: shape[1] as number,
  data: Float32Array.from(data),
});

/** Covariances from their factors, components by falling weight. */
function parametersOf({ size, weights, means, factors }: Mixture) {
  const order = Array.from(weights.keys()).toSorted(
    (a, b) => (weights[b] as number) - (weights[a] as number),
  );
  const covariance = (k: number): number[] => {
    const at = (i: number, j: number): number => factors[(k * size + i) * size + j] as number;
    const rows = Array.from({ length: size }, (_, i) => i);
    return rows.flatMap((i) =>
      rows.map((j) => rows.reduce((sum, m) => sum + at(i, m) * at(j, m), 0)),
    );
  };
  return {
    weights: order.map((k) => weights[k] as number),
    means: order.flatMap((k) => Array.from(means.subarray(k * size, (k + 1) * size))),
    covariances: order.flatMap(covariance),
  };
}

const cases = Object.entries(recording.fits).flatMap(([name, fits]) =>
  fits.map((fit) => ({ name, fit, components: fit.components })),
);

describe.each(cases)("$components components of $name", ({ name, fit, components }) => {
  const rows = recording.rows[name] as Recorded;
  const codes = matrixOf(rows);

  test.each([0, 1, 2])("are as likely as scikit-learn's best of many, seed %i", async (seed) => {
    const mixture = await fitMixture(engine, codes, { components, seed });
    expect(mixture.weights.length).toBe(components);
    const likelihood = meanLikelihood(mixture, codes);
    // Ours stops a little earlier, and starts four times instead of forty.
    expect(likelihood).toBeGreaterThan(fit.likelihood - 0.01);
    expect(likelihood).toBeLessThan(fit.likelihood + 0.01);
  });

  if (components === 1 || name === "apart") {
    test("have scikit-learn's weights, means and covariances", async () => {
      const found = parametersOf(await fitMixture(engine, codes, { components }));
      const close = (part: "weights" | "means" | "covariances", tolerance: number): void => {
        const { shape, data } = fit[part];
        // In units of the largest, since numbers of a code are of different units.
        const unit = Math.max(...data.map(Math.abs));
        const scaled = (values: readonly number[]) => ({
          shape,
          data: values.map((value) => value / unit),
        });
        expectClose(scaled(found[part]), scaled(data), tolerance, part);
      };
      close("weights", 1e-4);
      close("means", 1e-4);
      close("covariances", 1e-3);
    });
  }
});
