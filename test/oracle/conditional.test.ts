/** The conditional family against PyTorch's float64 (conditional.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conditional } from "../../src/families/conditional.ts";
import type { Family } from "../../src/families/family.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const { families: recorded } = JSON.parse(
  readFileSync(new URL("recorded/conditional.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  learned: [conditional(), mixedLayout],
  fixed: [conditional({ sigma: 0.4, beta: 0.5 }), mixedLayout],
  bernoulli: [conditional({ likelihood: "bernoulli" }), pixelLayout],
  positions: [conditional({ likelihood: "bernoulli" }), numbersLayout([2, 3], true)],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recorded));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recorded[name] as RecordedFamily, { family, layout });
});
