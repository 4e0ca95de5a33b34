/** Detection metrics and simple detectors against scikit-learn's and slow definitions (detection.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chiSquarePoint } from "../../src/evaluate/detection/chi-square.ts";
import type { Points } from "../../src/evaluate/detection/detector.ts";
import { isolationForest } from "../../src/evaluate/detection/isolation-forest.ts";
import { nearestNeighbours } from "../../src/evaluate/detection/nearest-neighbours.ts";
import { leadingAxes, pcaError } from "../../src/evaluate/detection/pca-error.ts";
import { periodOf } from "../../src/evaluate/detection/period.ts";
import { areaUnderRoc, averagePrecision } from "../../src/evaluate/detection/ranking.ts";
import { robustCovariance } from "../../src/evaluate/detection/robust-covariance.ts";
import { fitSubsequencePca } from "../../src/evaluate/detection/subsequence-pca.ts";
import { volumeUnderPr } from "../../src/evaluate/detection/volume-under-pr.ts";
import { expectClose } from "../support/compare.ts";
import type { Recorded } from "../support/family-oracle.ts";

interface Scored {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
}

interface Recording {
  readonly ranking: Readonly<
    Record<string, Scored & { readonly auroc: number; readonly averagePrecision: number }>
  >;
  readonly series: Readonly<
    Record<
      string,
      Scored & { readonly buffer: number; readonly paper: number; readonly "tsb-ad": number }
    >
  >;
  readonly detectors: Readonly<
    Record<"train" | "test" | "neighbours" | "ownNeighbours", Recorded>
  > & {
    readonly labels: readonly number[];
    readonly forest: { readonly mean: number; readonly deviation: number };
    readonly pca: { readonly components: number; readonly error: Recorded };
  };
  readonly robust: Readonly<
    Record<
      string,
      { readonly rows: Recorded; readonly anomalies: number; readonly distances: Recorded }
    >
  >;
  readonly subsequences: Readonly<
    Record<
      string,
      Readonly<Record<"series" | "distances" | "variances" | "error", Recorded>> & {
        readonly window: number;
      }
    >
  >;
  readonly periods: readonly {
    readonly length: number;
    readonly values: readonly number[];
    readonly period: number;
  }[];
  readonly chiSquare: readonly {
    readonly freedom: number;
    readonly chance: number;
    readonly point: number;
  }[];
}

const recording = JSON.parse(
  readFileSync(new URL("./recorded/detection.json", import.meta.url), "utf8"),
) as Recording;

function pointsOf({ shape: [rows = 0, columns = 0], data }: Recorded): Points {
  return { rows, columns, data: Float32Array.from(data as readonly number[]) };
}

function listed(values: Float64Array) {
  return { shape: [values.length], data: values };
}

test.each(Object.entries(recording.ranking))("ranking, %s", (_, { scores, labels, ...wanted }) => {
  expect(areaUnderRoc(scores, labels)).toBeCloseTo(wanted.auroc, 12);
  expect(averagePrecision(scores, labels)).toBeCloseTo(wanted.averagePrecision, 12);
});

test.each(Object.entries(recording.series))("VUS-PR, %s", (_, { scores, labels, ...wanted }) => {
  const { buffer } = wanted;
  for (const form of ["paper", "tsb-ad"] as const)
    expect(volumeUnderPr(scores, labels, { buffer, form }), form).toBeCloseTo(wanted[form], 12);
});

describe("detectors", () => {
  const { detectors } = recording;
  const [train, others] = [pointsOf(detectors.train), pointsOf(detectors.test)];

  test("isolation forest, within a hundredth of the mean of 20", () => {
    const areas = Array.from({ length: 10 }, (_, seed) => {
      const scores = isolationForest.fit(train, { seed }).score(others);
      return areaUnderRoc(scores, detectors.labels) as number;
    });
    const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
    expect(Math.abs(mean - detectors.forest.mean)).toBeLessThan(0.01);
    expect(new Set(areas).size).toBeGreaterThan(5);
  });

  test("nearest neighbours", () => {
    const fitted = nearestNeighbours.fit(train);
    expectClose(listed(fitted.score(others)), detectors.neighbours, 1e-12);
    const fittedRow = Int32Array.from({ length: train.rows }, (_, row) => row);
    expectClose(listed(fitted.score(train, { fittedRow })), detectors.ownNeighbours, 1e-12);
  });

  test("reconstruction by principal components", () => {
    expect(leadingAxes(train, 0.9).directions).toHaveLength(detectors.pca.components);
    expectClose(listed(pcaError.fit(train).score(others)), detectors.pca.error, 1e-9);
  });
});

test.each(Object.entries(recording.robust))("robust covariance, %s rows", (_, wanted) => {
  const rows = pointsOf(wanted.rows);
  const found = robustCovariance.fit(rows).score(rows);
  // A ridge of 1e-6 is in every variance.
  expectClose(listed(found.map((x) => x * x)), wanted.distances, 1e-4);
});

test.each(Object.entries(recording.subsequences))("sub-sequence PCA, %s", (name, wanted) => {
  const series = pointsOf(wanted.series);
  const asked = name === "one channel" ? {} : { window: wanted.window };
  for (const form of ["distances", "variances", "error"] as const) {
    const { window, score } = fitSubsequencePca(series, { ...asked, form });
    expect(window).toBe(wanted.window);
    expectClose(listed(score(series)), wanted[form], 1e-7, form);
  }
});

test("the period of a series", () => {
  const found = recording.periods.map(({ values }) => periodOf(values));
  expect(found).toEqual(recording.periods.map(({ period }) => period));
});

test("points of the chi-square distribution", () => {
  for (const { freedom, chance, point } of recording.chiSquare)
    expect(chiSquarePoint(chance, freedom) / point).toBeCloseTo(1, 10);
});
