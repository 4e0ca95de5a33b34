/** The sparse family against PyTorch's float64 (sparse.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { sparse } from "../../src/families/sparse.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/sparse.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  // By default, of six units one is active, and those silent for 1,000 rows are dead.
  topk: [sparse(), mixedLayout],
  "topk.awake": [sparse({ k: 2, dead: 5000 }), mixedLayout],
  "topk.pixels": [sparse({ k: 3, dead: 30 }), pixelLayout],
  batchtopk: [sparse({ penalty: "batchtopk" }), mixedLayout],
  "batchtopk.first": [sparse({ penalty: "batchtopk", k: 2 }), mixedLayout],
  l1: [sparse({ penalty: "l1" }), mixedLayout],
  "l1.lambda": [sparse({ penalty: "l1", lambda: 0.7 }), mixedLayout],
  kl: [sparse({ penalty: "kl" }), mixedLayout],
  "kl.rho": [sparse({ penalty: "kl", lambda: 2.5, rho: 0.2 }), mixedLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recording.families[name] as RecordedFamily, { family, layout, latent: 6 });
});
