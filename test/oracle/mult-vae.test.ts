/** The mult-vae family against PyTorch's float64 (mult-vae.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { multVae } from "../../src/families/mult-vae.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily } from "../support/family-oracle.ts";

const { families: recorded } = JSON.parse(
  readFileSync(new URL("recorded/mult-vae.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const layout: Layout = {
  shape: [6],
  bounded: false,
  segments: [{ kind: "counts", start: 0, size: 6 }],
};

const families: Readonly<Record<string, Family>> = {
  default: multVae(),
  beta: multVae({ beta: 1.5 }),
  "held out": multVae(),
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recorded));
});

describe.each(Object.entries(families))("%s in float64", (name, family) => {
  compareFamily(recorded[name] as RecordedFamily, { family, layout });
});
