/** The masked family against PyTorch's float64 (masked.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dense } from "../../src/bodies/dense.ts";
import type { Family } from "../../src/families/family.ts";
import { masked } from "../../src/families/masked.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/masked.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

/** The flag tells whether the second number is missing. */
const columns: Layout = { ...mixedLayout, columns: [0, 1, 1, 2] };
const colour = numbersLayout([4, 5, 2], true);
const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  columns: [masked(), columns],
  "columns.ratio": [masked({ ratio: 0.7 }), columns],
  patches: [masked(), colour],
  "patches.ratio": [masked({ ratio: 0.3 }), colour],
  "patches.size": [masked({ patch: 3 }), numbersLayout([4, 5, 1], true)],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  const body = dense([4], { activation: "tanh" });
  compareFamily(recording.families[name] as RecordedFamily, { family, layout, body });
});
