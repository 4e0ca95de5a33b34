/** Finite scalar quantization against PyTorch's float64 (finite-scalar.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FiniteScalarOptions } from "../../src/families/finite-scalar.ts";
import { finiteScalar } from "../../src/families/finite-scalar.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";
import type { RecordedSymbols } from "../support/symbols-oracle.ts";
import { compareSymbols } from "../support/symbols-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/finite-scalar.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedSymbols>> };

const cases: Readonly<Record<string, readonly [FiniteScalarOptions, Layout, number]>> = {
  short: [{}, mixedLayout, 3],
  whole: [{ levels: [4, 3, 2] }, pixelLayout, 6],
  uneven: [{ levels: [7, 6] }, pixelLayout, 5],
};

test("every recorded case is compared", () => {
  expect(Object.keys(cases)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(cases))("%s in float64", (name, [options, layout, latent]) => {
  const recorded = recording.families[name] as RecordedSymbols;
  const family = finiteScalar(options);
  compareFamily(recorded, { family, layout, latent });
  compareSymbols(recorded, { family, layout, latent });
});
