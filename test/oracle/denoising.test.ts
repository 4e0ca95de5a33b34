/** The denoising family against PyTorch's float64 (denoising.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/families/family.ts";
import { denoising } from "../../src/families/denoising.ts";
import type { Layout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";

const recording = JSON.parse(
  readFileSync(new URL("recorded/denoising.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const noise = { corruption: "gaussian" } as const;
const extremes = { corruption: "salt-and-pepper" } as const;
const families: Readonly<Record<string, readonly [Family, Layout]>> = {
  masking: [denoising(), mixedLayout],
  "masking.level": [denoising({ corruption: "masking", level: 0.6 }), mixedLayout],
  "masking.pixels": [denoising({ corruption: "masking" }), pixelLayout],
  gaussian: [denoising(noise), mixedLayout],
  "gaussian.level": [denoising({ ...noise, level: 1.2 }), pixelLayout],
  "salt-and-pepper": [denoising(extremes), mixedLayout],
  "salt-and-pepper.level": [denoising({ ...extremes, level: 0.7 }), mixedLayout],
  "salt-and-pepper.pixels": [denoising({ ...extremes, level: 0.5 }), pixelLayout],
  none: [denoising({ corruption: "none" }), mixedLayout],
  pairs: [denoising(), mixedLayout],
  "pairs.gaussian": [denoising(noise), mixedLayout],
};

test("every recorded family is compared", () => {
  expect(Object.keys(families)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(families))("%s in float64", (name, [family, layout]) => {
  compareFamily(recording.families[name] as RecordedFamily, { family, layout });
});
