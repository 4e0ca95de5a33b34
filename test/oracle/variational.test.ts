/** The options of the variational family against PyTorch's float64 (variational.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { variational } from "../../src/families/variational.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const { families: recorded } = JSON.parse(
  readFileSync(new URL("recorded/variational.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const sigma = 0.7;
const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  beta: [variational({ sigma, beta: 0.5 }), mixedLayout],
  "capacity.above": [variational({ sigma, capacity: 0.25, gamma: 30 }), mixedLayout],
  "capacity.below": [variational({ sigma, capacity: 50 }), mixedLayout],
  freeBits: [variational({ likelihood: "bernoulli", freeBits: 3, beta: 0.5 }), pixelLayout],
  totalCorrelation: [variational({ sigma, totalCorrelation: 1.7, beta: 2 }), mixedLayout],
  samples: [variational({ sigma, samples: 3 }), mixedLayout],
  "samples.bernoulli": [variational({ likelihood: "bernoulli", samples: 4 }), pixelLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recorded));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recorded[name] as RecordedFamily, { family, layout });
});
