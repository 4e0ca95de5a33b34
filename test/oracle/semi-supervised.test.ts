/** The semi-supervised family against PyTorch's float64 (semi-supervised.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { semiSupervised } from "../../src/families/semi-supervised.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const { families: recorded } = JSON.parse(
  readFileSync(new URL("recorded/semi-supervised.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const likelihood = "bernoulli";
const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  learned: [semiSupervised(), mixedLayout],
  fixed: [semiSupervised({ sigma: 0.4, beta: 0.5, alpha: 3 }), mixedLayout],
  bernoulli: [semiSupervised({ likelihood }), pixelLayout],
  labelled: [semiSupervised({ likelihood, alpha: 2 }), pixelLayout],
  unlabelled: [semiSupervised({ likelihood }), pixelLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recorded));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recorded[name] as RecordedFamily, { family, layout });
});
