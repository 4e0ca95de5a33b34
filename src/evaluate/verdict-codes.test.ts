import { describe, expect, test } from "vitest";
import { codesVerdict } from "./verdict-codes.ts";

describe("labels", () => {
  const verdict = (code: number, pca: number, raw: number): string | undefined =>
    codesVerdict(
      { probeAccuracy: code },
      { pca: { probeAccuracy: pca }, raw: { probeAccuracy: raw } },
      1024,
    )[0];

  test("name the winner among the code, PCA and the features, with all three figures", () => {
    expect(verdict(0.93, 0.9, 0.91)).toBe(
      "Labels: the code wins. A linear probe finds 93.0 % of the labels in the code, 90.0 % in PCA of the same size, 91.0 % in all 1,024 features.",
    );
    expect(verdict(0.9, 0.93, 0.91)).toContain("Labels: PCA wins.");
    expect(verdict(0.9, 0.91, 0.94)).toContain("Labels: the raw features win.");
    expect(verdict(0.9, 0.905, 0.9)).toContain("Labels: a draw.");
    // Ahead by less than a point of the better control is no win.
    expect(verdict(0.915, 0.8, 0.91)).toContain("Labels: a draw.");
  });

  test("that are numbers are told of by R²; alone, a code beats nobody", () => {
    const [numeric] = codesVerdict({ probeR2: 0.5 }, { pca: { probeR2: 0.4 }, raw: undefined }, 9);
    expect(numeric).toBe(
      "Labels: the code wins. A linear probe reaches R² 0.500 in the code, 0.400 in PCA of the same size.",
    );
    expect(codesVerdict({ probeAccuracy: 1 }, { pca: undefined, raw: undefined }, 9)).toEqual([]);
    expect(codesVerdict({}, { pca: {}, raw: {} }, 9)).toEqual([]);
  });
});

test("neighbours name the winner against PCA", () => {
  const verdict = (code: number, pca: number): string | undefined =>
    codesVerdict(
      { trustworthiness: code },
      { pca: { trustworthiness: pca }, raw: undefined },
      9,
    )[0];
  expect(verdict(0.98, 0.95)).toBe(
    "Neighbours: the code keeps them better than PCA of the same size (trustworthiness 0.980 against 0.950).",
  );
  expect(verdict(0.95, 0.98)).toContain("PCA of the same size keeps them better than the code");
  expect(verdict(0.951, 0.95)).toContain("as well as");
});
