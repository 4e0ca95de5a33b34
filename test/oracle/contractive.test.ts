/** The contractive family against PyTorch's float64 (contractive.py): second derivatives included. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conv } from "../../src/bodies/conv.ts";
import { dense } from "../../src/bodies/dense.ts";
import { contractive } from "../../src/families/contractive.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { FamilyCase, RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/contractive.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const cases: Readonly<Record<string, FamilyCase>> = {
  tanh: { family: contractive(), layout: mixedLayout },
  relu: {
    family: contractive({ lambda: 0.8 }),
    layout: mixedLayout,
    body: dense([4], { activation: "relu" }),
  },
  conv: {
    family: contractive({ lambda: 0.3 }),
    layout: numbersLayout([5, 4, 1], true),
    body: conv([2], { activation: "tanh" }),
  },
};

test("every recorded family is compared", () => {
  expect(Object.keys(cases)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(cases))("%s in float64", (name, given) => {
  compareFamily(recording.families[name] as RecordedFamily, given);
});
