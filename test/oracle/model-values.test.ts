/** Families against PyTorch's float64, and the PCA control against numpy's (model_values.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "../../src/base/tensor.ts";
import { dense } from "../../src/bodies/dense.ts";
import { preprocessingOf } from "../../src/data/preprocessings.ts";
import type { Scaling } from "../../src/data/scaling.ts";
import { fitPca } from "../../src/evaluate/pca.ts";
import type { Family } from "../../src/families/family.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { variational } from "../../src/families/variational.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { expectClose } from "../support/compare.ts";
import type { Recorded, RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/model-values.json", import.meta.url), "utf8"),
) as {
  readonly families: Readonly<Record<string, RecordedFamily>>;
  readonly pca: {
    readonly rows: Recorded;
    readonly mean: Recorded;
    readonly axes: Recorded;
    readonly mse: number;
  };
};

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  vanilla: [vanilla(), mixedLayout],
  "variational.learned": [variational(), mixedLayout],
  // Warm-up is over at the end of training, where a scope without a schedule stands.
  "variational.fixed": [variational({ sigma: 0.4, beta: 0.5 }), mixedLayout],
  "variational.bernoulli": [variational({ likelihood: "bernoulli" }), pixelLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recording.families[name] as RecordedFamily, { family, layout });
});

describe("PCA", () => {
  const { rows, mean, axes, mse } = recording.pca;
  const [count, features] = rows.shape as [number, number];
  const engine = createEngine({ threads: 1 });
  afterAll(() => engine.close());

  const plain: Scaling = {
    center: 0,
    scale: 1,
    tail: false,
    mean: 0,
    deviation: 1,
    low: -100,
    high: 100,
    integer: false,
  };
  const network = {
    family: vanilla(),
    body: dense([4]),
    latent: 3,
    preprocessing: preprocessingOf({
      kind: "array",
      shape: [features],
      missing: [],
      scalings: Array.from({ length: features }, () => plain),
    }),
  };
  const fit = async (data: readonly number[], size: number) => {
    const values = tensor("float32", Float32Array.from(data), [data.length / features, features]);
    await engine.hold("data.values", values);
    const order = Int32Array.from({ length: data.length / features }, (_, i) => i);
    return fitPca(engine, network, order, size, true);
  };
  const column = (matrix: Float32Array, width: number, at: number): number[] =>
    Array.from({ length: features }, (_, i) => matrix[i * width + at] as number);
  const product = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

  test("mean and axes are those of numpy's singular value decomposition", async () => {
    const found = await fit(rows.data, 3);
    expectClose({ shape: [features], data: found.mean }, mean, 1e-6, "mean");
    for (let k = 0; k < 3; k += 1) {
      const axis = axes.data.slice(k * features, (k + 1) * features);
      const got = column(found.components, 3, k);
      // The sign of an axis is free.
      expect(Math.abs(product(axis, got)), `axis ${k}`).toBeCloseTo(1, 5);
      expect(product(got, got), `length ${k}`).toBeCloseTo(1, 5);
    }
    let error = 0;
    for (let row = 0; row < count; row += 1) {
      const x = rows.data.slice(row * features, (row + 1) * features);
      const centred = x.map((value, i) => value - (found.mean[i] as number));
      const codes = [0, 1, 2].map((k) => product(centred, column(found.components, 3, k)));
      for (const [i, value] of centred.entries()) {
        const back = codes.reduce(
          (sum, code, k) => sum + code * (found.components[i * 3 + k] as number),
          0,
        );
        error += (value - back) ** 2;
      }
    }
    expect(error / rows.data.length).toBeCloseTo(mse, 5);
  });

  test("beyond the rank of the data nothing is made up", async () => {
    const flat = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: features }, (__, j) => 5 + (i - 20) * (j + 1)),
    ).flat();
    const found = await fit(flat, 3);
    const direction = Array.from({ length: features }, (_, j) => j + 1);
    const length = Math.sqrt(product(direction, direction));
    expect(Math.abs(product(direction, column(found.components, 3, 0))) / length).toBeCloseTo(1, 5);
    expect(found.components.every(Number.isFinite)).toBe(true);
    // As many axes as features at most.
    expect((await fit(rows.data, 20)).size).toBe(features);
  });
});
