/** Families against PyTorch's float64, and the PCA control against numpy's (model_values.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradients.ts";
import { tensor } from "../../src/base/tensor.ts";
import { dense } from "../../src/bodies/dense.ts";
import { preprocessingOf } from "../../src/data/preprocessings.ts";
import type { Scaling } from "../../src/data/scaling.ts";
import { fitPca } from "../../src/evaluate/pca.ts";
import type { Family } from "../../src/families/family.ts";
import { partsOf } from "../../src/families/family.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { variational } from "../../src/families/variational.ts";
import type { Value } from "../../src/graph/value.ts";
import { input, scalar } from "../../src/graph/value.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import { createScope } from "../../src/nn/scope.ts";
import { sum } from "../../src/ops/index.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { totalLoss } from "../../src/train/program.ts";
import type { Cells } from "../evaluator/cells.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import { expectClose } from "../support/compare.ts";
import { FLOAT64 } from "../tolerance.ts";

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Model {
  readonly weights: Readonly<Record<string, Recorded>>;
  readonly gradients: Readonly<Record<string, Recorded>>;
  readonly terms: Readonly<Record<string, Recorded>>;
  readonly loss: Recorded;
  readonly x: Recorded;
  readonly observed: Recorded | null;
  readonly noise?: Recorded;
  readonly code: Recorded;
  readonly decoded: Recorded;
  readonly score: Recorded;
  readonly parts: Recorded;
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/model-values.json", import.meta.url), "utf8"),
) as {
  readonly families: Readonly<Record<string, Model>>;
  readonly pca: {
    readonly rows: Recorded;
    readonly mean: Recorded;
    readonly axes: Recorded;
    readonly mse: number;
  };
};

const mixed: Layout = {
  shape: [6],
  bounded: false,
  segments: [
    { kind: "numbers", start: 0, size: 2 },
    { kind: "flags", start: 2, size: 1 },
    { kind: "category", start: 3, size: 3 },
  ],
};

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  vanilla: [vanilla(), mixed],
  "variational.learned": [variational(), mixed],
  // Warm-up is over at the end of training, where a scope without a schedule stands.
  "variational.fixed": [variational({ sigma: 0.4, beta: 0.5 }), mixed],
  "variational.bernoulli": [variational({ likelihood: "bernoulli" }), numbersLayout([6], true)],
};

const read = ({ shape, data }: Recorded): Cells => cells("float64", shape, data.map(Number));

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  const recorded = recording.families[name] as Model;
  const named = new Map(
    Object.entries(recorded.weights).map(([path, { shape }]) => [
      path,
      input(path, "float64", shape),
    ]),
  );
  const asked = new Set<string>();
  const scope = createScope({
    dtype: "float64",
    training: true,
    key: input("key", "uint32", [2]),
    parameter: ({ name: path }) => {
      asked.add(path);
      return named.get(path) as Value;
    },
    buffer: () => scalar(0, "float64"),
  });
  const noise = input("noise", "float64", ["batch", 2]);
  const parts = partsOf(
    { ...scope, normal: () => noise },
    dense([4], { activation: "tanh" }),
    layout,
    2,
  );
  const x = input("x", "float64", ["batch", 6]);
  const observed = input("observed", "float64", ["batch", 2]);
  const batch = recorded.observed === null ? { x } : { x, observed };
  const feeds = new Map([
    ...[...named].map(
      ([path, value]) => [value, read(recorded.weights[path] as Recorded)] as const,
    ),
    [x, read(recorded.x)] as const,
    ...(recorded.observed === null ? [] : [[observed, read(recorded.observed)] as const]),
    ...(recorded.noise === undefined ? [] : [[noise, read(recorded.noise)] as const]),
  ]);
  const check = (value: Value, expected: Recorded, place: string): void => {
    const [got] = evaluate([value], feeds);
    expectClose(got as Cells, read(expected), FLOAT64, place);
  };

  test("each term of the loss, and their weighted sum, are PyTorch's", () => {
    const terms = family.loss(parts, batch);
    expect(Object.keys(terms)).toEqual(Object.keys(recorded.terms));
    for (const [term, expected] of Object.entries(recorded.terms))
      check(terms[term]?.value as Value, expected, term);
    const { total } = totalLoss(terms, Object.keys(terms));
    check(total, { ...recorded.loss, shape: [] }, "loss");
    expect(asked).toEqual(new Set(named.keys()));
  });

  test("the gradient of every weight is PyTorch's", () => {
    const terms = family.loss(parts, batch);
    const { total } = totalLoss(terms, Object.keys(terms));
    const found = gradients(total, [...named.values()]);
    for (const [i, path] of [...named.keys()].entries())
      check(found[i] as Value, recorded.gradients[path] as Recorded, path);
  });

  test("code, reconstruction, score and its parts are PyTorch's", () => {
    const code = family.encode(parts, x);
    check(code, recorded.code, "code");
    check(family.decode(parts, code), recorded.decoded, "decoded");
    const { score, parts: shares } = family.score(parts, batch);
    check(score, recorded.score, "score");
    check(shares, recorded.parts, "parts");
    if (family.divergence === undefined) return;
    const kl = sum(family.divergence(parts, x), { axes: [1] });
    check(kl, recorded.terms["kl"] as Recorded, "divergence");
  });
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
