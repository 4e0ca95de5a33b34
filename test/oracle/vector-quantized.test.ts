/** The vector-quantized family against PyTorch's float64 (vector-quantized.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { VectorQuantizedOptions } from "../../src/families/vector-quantized.ts";
import { vectorQuantized } from "../../src/families/vector-quantized.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";
import type { RecordedSymbols } from "../support/symbols-oracle.ts";
import { compareSymbols } from "../support/symbols-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/vector-quantized.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedSymbols>> };

const cases: Readonly<Record<string, readonly [VectorQuantizedOptions, Layout]>> = {
  vectors: [{ codes: 4 }, mixedLayout],
  restarts: [{ codes: 4 }, mixedLayout],
  dimension: [{ codes: 5, dimension: 1 }, pixelLayout],
  commitment: [{ codes: 5, dimension: 1, commitment: 0.6 }, pixelLayout],
  decay: [{ codes: 5, dimension: 1, decay: 0.8 }, pixelLayout],
  restart: [{ codes: 5, dimension: 1, restart: 0.95 }, pixelLayout],
};

test("every recorded case is compared", () => {
  expect(Object.keys(cases)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(cases))("%s in float64", (name, [options, layout]) => {
  const recorded = recording.families[name] as RecordedSymbols;
  const family = vectorQuantized(options);
  compareFamily(recorded, { family, layout });
  compareSymbols(recorded, { family, layout });
});
