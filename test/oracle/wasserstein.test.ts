/** The Wasserstein family against PyTorch's float64 (wasserstein.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { wasserstein } from "../../src/families/wasserstein.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const { families: recorded } = JSON.parse(
  readFileSync(new URL("recorded/wasserstein.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  deterministic: [wasserstein({ lambda: 7 }), mixedLayout],
  default: [wasserstein(), pixelLayout],
  gaussian: [wasserstein({ lambda: 30, encoder: "gaussian" }), mixedLayout],
  "gaussian.kl": [wasserstein({ lambda: 20, encoder: "gaussian", kl: 0.4 }), pixelLayout],
  one: [wasserstein({ lambda: 5 }), pixelLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recorded));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recorded[name] as RecordedFamily, { family, layout });
});
