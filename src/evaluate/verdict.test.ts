import { expect, test } from "vitest";
import { verdictOf } from "./verdict.ts";

const verdict = (mse: number, pca: number, untrained: number): string =>
  verdictOf({ mse }, { pca: { mse: pca }, untrained: { mse: untrained } }, 3);

test("the verdict names the winner and by how much", () => {
  expect(verdict(0.5, 1, 2)).toBe(
    "The autoencoder beats PCA with the same 3 numbers a row: mean squared error 0.500 against 1.00, 50.0 % less.",
  );
  expect(verdict(1, 1.01, 2)).toContain("do equally well");
  expect(verdict(1, 0.5, 2)).toContain("PCA with the same 3 numbers a row reconstructs better");
  expect(verdictOf({ mse: 1 }, { pca: undefined, untrained: undefined }, 3)).toContain(
    "no control",
  );
});

test("it tells of the untrained network where training brought nothing", () => {
  expect(verdict(0.5, 1, 2)).not.toContain("before training");
  expect(verdict(2, 1, 2)).toContain(
    "It does no better than the same network before training: mean squared error 2.00 against 2.00.",
  );
});
