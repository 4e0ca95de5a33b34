import { expect, test } from "vitest";
import { verdictOf } from "./verdict.ts";

const judged = { latent: 3, features: 9, fillsIn: false };

const verdict = (mse: number, pca: number, untrained: number): string =>
  verdictOf({ mse }, { pca: { mse: pca }, untrained: { mse: untrained } }, judged);

test("the verdict names the winner and by how much", () => {
  expect(verdict(0.5, 1, 2)).toBe(
    "The autoencoder beats PCA with the same 3 numbers a row: mean squared error 0.500 against 1.00, 50.0 % less.",
  );
  expect(verdict(1, 1.01, 2)).toContain("do equally well");
  expect(verdict(1, 0.5, 2)).toContain("PCA with the same 3 numbers a row reconstructs better");
  expect(verdictOf({ mse: 1 }, { pca: undefined, untrained: undefined }, judged)).toContain(
    "no control",
  );
});

test("it tells of the untrained network where training brought nothing", () => {
  expect(verdict(0.5, 1, 2)).not.toContain("before training");
  expect(verdict(2, 1, 2)).toContain(
    "It does no better than the same network before training: mean squared error 2.00 against 2.00.",
  );
});

test("families that PCA is no yardstick for are told so", () => {
  const controls = { pca: { mse: 1 }, untrained: { mse: 9 } };
  const hidden = verdictOf({ mse: 2 }, controls, { ...judged, fillsIn: true });
  expect(hidden).toContain("guess hidden parts");
  expect(hidden).not.toContain("Use PCA");
  const sparse = verdictOf({ mse: 2, l0: 8 }, controls, judged);
  expect(sparse).toContain("the autoencoder 8.00 a row");
  const symbols = verdictOf({ mse: 2, perplexity: 100 }, controls, judged);
  expect(symbols).toContain("not cut to a few symbols");
  const large = { latent: 12, features: 9, fillsIn: false };
  expect(verdictOf({ mse: 2 }, { pca: undefined, untrained: { mse: 9 } }, large)).toContain(
    "with 12 numbers it would copy the 9",
  );
});
