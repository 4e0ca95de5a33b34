/** The metrics of an evaluation against numpy, scipy, scikit-learn and scikit-image (evaluation.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix } from "../../src/base/tensor.ts";
import { tensor } from "../../src/base/tensor.ts";
import { frechetDistance } from "../../src/evaluate/metrics/frechet.ts";
import { mutualInformationGap } from "../../src/evaluate/metrics/information-gap.ts";
import { logisticAccuracies } from "../../src/evaluate/metrics/logistic.ts";
import { neighbourhoods } from "../../src/evaluate/metrics/neighbours.ts";
import { standardised } from "../../src/evaluate/metrics/probe.ts";
import { ridgeScores } from "../../src/evaluate/metrics/ridge.ts";
import { ssim } from "../../src/evaluate/metrics/structural-similarity.ts";
import { input } from "../../src/graph/value.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import { runGraph } from "../runtime.ts";

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Recording {
  readonly ssim: Readonly<Record<string, Readonly<Record<"x" | "y" | "ssim", Recorded>>>>;
  readonly samples: Readonly<
    Record<
      string,
      Readonly<Record<"real" | "fake", Recorded>> &
        Readonly<Record<"frechet" | "density" | "coverage", number>>
    >
  >;
  readonly probe: Readonly<Record<"fit" | "test", Recorded>> &
    Readonly<
      Record<
        "fitLabels" | "testLabels" | "guesses" | "fitNumbers" | "testNumbers",
        readonly number[]
      >
    > & { readonly accuracy: number; readonly r2: number };
  readonly informationGap: {
    readonly codes: Recorded;
    readonly factors: Readonly<Record<string, readonly number[]>>;
    readonly mig: number;
  };
}

const recording = JSON.parse(
  readFileSync(new URL("./recorded/evaluation.json", import.meta.url), "utf8"),
) as Recording;

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

function matrixOf({ shape: [rows = 0, columns = 0], data }: Recorded): Matrix {
  return { rows, columns, data: Float32Array.from(data) };
}

describe.each(Object.entries(recording.ssim))("structural similarity, %s pictures", (_, case_) => {
  const [count = 0, height = 0, width = 0, channels = 0] = case_.x.shape;
  const x = input("x", "float32", ["batch", height, width, channels]);
  const y = input("y", "float32", ["batch", height, width, channels]);
  const perPlane = ssim(x, y, [height, width, channels]);
  /** Mean over the channels of each picture. */
  const perPicture = (data: ArrayLike<number>): readonly number[] =>
    Array.from({ length: count }, (_unused, i) => {
      const planes = Array.from(data).slice(i * channels, (i + 1) * channels);
      return planes.reduce((a, b) => a + b, 0) / channels;
    });

  test("by the definition in float64", () => {
    const feeds = new Map([
      [x, cells("float32", case_.x.shape, case_.x.data)],
      [y, cells("float32", case_.y.shape, case_.y.data)],
    ]);
    const [found] = evaluate([perPlane], feeds);
    for (const [i, value] of perPicture(found?.data ?? []).entries())
      // The weights of the window are held as float32.
      expect(value).toBeCloseTo(case_.ssim.data[i] as number, 6);
  });

  test("in the engine", async () => {
    const [found] = await runGraph(
      [perPlane],
      new Map([
        [x, tensor("float32", Float32Array.from(case_.x.data), case_.x.shape)],
        [y, tensor("float32", Float32Array.from(case_.y.data), case_.y.shape)],
      ]),
    );
    for (const [i, value] of perPicture((found?.data ?? []) as Float32Array).entries())
      // Variances are differences of float32 numbers near 1, against 0.03² in the denominator.
      expect(Math.abs(value - (case_.ssim.data[i] as number))).toBeLessThan(2e-4);
  });
});

describe.each(Object.entries(recording.samples))("samples against rows, %s columns", (_, case_) => {
  const [real, fake] = [matrixOf(case_.real), matrixOf(case_.fake)];

  test("Fréchet distance", () => {
    expect(frechetDistance(real, fake) / case_.frechet).toBeCloseTo(1, 5);
    expect(frechetDistance(real, real)).toBeLessThan(1e-6);
  });

  test("density and coverage", async () => {
    const [found, self] = await neighbourhoods(engine, real, [fake, real]);
    expect(found?.density).toBeCloseTo(case_.density, 10);
    expect(found?.coverage).toBeCloseTo(case_.coverage, 10);
    expect(self?.coverage).toBe(1);
  });
});

describe("the linear probe", () => {
  const { probe } = recording;
  const pair = standardised(matrixOf(probe.fit), matrixOf(probe.test));

  test("finds as many classes as scikit-learn's logistic regression", async () => {
    const labels = { fit: Int32Array.from(probe.fitLabels), count: 5 };
    const test_ = Int32Array.from(probe.testLabels);
    const [accuracy] = await logisticAccuracies(engine, [pair], { ...labels, test: test_ });
    expect(Math.abs((accuracy as number) - probe.accuracy)).toBeLessThan(0.005);
    // The same classes, and not only as many.
    const [agreement] = await logisticAccuracies(engine, [pair], {
      ...labels,
      test: Int32Array.from(probe.guesses),
    });
    expect(agreement).toBeGreaterThan(0.99);
  });

  test("explains as much of a number as scikit-learn's ridge", async () => {
    const numbers = [probe.fitNumbers, probe.testNumbers].map((list) => Float64Array.from(list));
    const [fit, test_] = numbers as [Float64Array, Float64Array];
    const [r2] = await ridgeScores(engine, [pair], fit, test_);
    expect(r2).toBeCloseTo(probe.r2, 4);
  });
});

test("mutual information gap", () => {
  const { codes, factors, mig } = recording.informationGap;
  const known = Object.values(factors).map((values) => values.map(String));
  expect(mutualInformationGap(matrixOf(codes), known)).toBeCloseTo(mig, 6);
  // A factor that does not vary tells nothing, and must not turn the mean into no number.
  const flat = Array.from({ length: codes.shape[0] as number }, () => "same");
  expect(mutualInformationGap(matrixOf(codes), [...known, flat])).toBeCloseTo(mig, 6);
  expect(mutualInformationGap(matrixOf(codes), [flat])).toBeUndefined();
});
