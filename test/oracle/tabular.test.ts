/** The tabular variational autoencoder against PyTorch's float64 (tabular.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { tabular } from "../../src/families/tabular.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/tabular.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

/** In the user's order the category comes first. The first number can be missing. */
const rowLayout: Layout = {
  ...mixedLayout,
  variables: [
    { kind: "category", start: 3, size: 3 },
    { kind: "number", at: 0, flag: 2, low: [-4, -0.4, 0.1], high: [-0.6, -0.4, 4] },
    { kind: "number", at: 1, low: [-4, 0.2], high: [0, 5] },
  ],
};

const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  tabular: [tabular(), mixedLayout],
  "tabular.complete": [tabular(), mixedLayout],
  "tabular.modes": [tabular({ modes: 3 }), mixedLayout],
  "tabular.one-mode": [tabular({ modes: 1 }), mixedLayout],
  // Warm-up is over at the end of training, where a scope without a schedule stands.
  "tabular.beta": [tabular({ modes: 3, beta: 0.5 }), mixedLayout],
  "tabular.pairs": [tabular({ modes: 3 }), mixedLayout],
  "tabular.pictures": [tabular({ modes: 3 }), numbersLayout([3, 2], true)],
  "tabular.rows": [tabular({ modes: 3 }), rowLayout],
  "tabular.rows.pairs": [tabular({ modes: 3, beta: 0.5 }), rowLayout],
};

test("every recorded case is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recording.families[name] as RecordedFamily, { family, layout });
});
