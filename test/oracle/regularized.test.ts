/** The regularized deterministic family against PyTorch's float64 (regularized.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dense } from "../../src/bodies/dense.ts";
import { partsOf } from "../../src/families/family.ts";
import type { RegularizedOptions } from "../../src/families/regularized.ts";
import { regularized } from "../../src/families/regularized.ts";
import type { Value } from "../../src/graph/value.ts";
import { input } from "../../src/graph/value.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { createScope } from "../../src/nn/scope.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import { expectClose } from "../support/compare.ts";
import type { Recorded, RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily, mixedLayout, pixelLayout } from "../support/family-oracle.ts";
import { FLOAT64 } from "../tolerance.ts";

interface RecordedSlope extends RecordedFamily {
  /** Squared Frobenius norm of the decoder's Jacobian, `[rows]`. */
  readonly slope: Recorded;
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/regularized.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedSlope>> };

const cases: Readonly<Record<string, readonly [RegularizedOptions, Layout]>> = {
  l2: [{}, mixedLayout],
  gradient: [{ penalty: "gradient" }, mixedLayout],
  none: [{ penalty: "none" }, pixelLayout],
  weighed: [{ penalty: "gradient", beta: 0.5, lambda: 0.7 }, pixelLayout],
};

test("every recorded case is compared", () => {
  expect(Object.keys(cases)).toEqual(Object.keys(recording.families));
});

describe.each(Object.entries(cases))("%s in float64", (name, [options, layout]) => {
  const recorded = recording.families[name] as RecordedSlope;
  const family = regularized(options);
  compareFamily(recorded, { family, layout });

  if (options.penalty === "gradient") {
    test("the estimates along all features add up to the whole Jacobian's square", () => {
      const { x, weights, slope } = recorded;
      const held = { ...weights, x, draw: { shape: x.shape, data: x.data } };
      const inputs = new Map<string, Value>();
      for (const [at, { shape }] of Object.entries(held))
        inputs.set(at, input(at, "float64", shape));
      const named = (at: string): Value => inputs.get(at) as Value;
      const base = createScope({
        dtype: "float64",
        training: true,
        key: input("key", "uint32", [2]),
        parameter: (spec) => named(spec.name),
        buffer: (spec) => named(spec.name),
      });
      const scope = { ...base, normal: () => named("draw") };
      const parts = partsOf(scope, dense([4], { activation: "tanh" }), layout, 2);
      const { penalty } = family.loss(parts, { x: named("x") });
      const [rows, features] = x.shape as [number, number];
      const total = new Float64Array(rows);
      for (let feature = 0; feature < features; feature += 1) {
        const draw = x.data.map((_, i) => Number(i % features === feature));
        const feeds = Object.entries({ ...held, draw: { shape: x.shape, data: draw } }).map(
          ([at, { shape, data }]) =>
            [named(at), cells("float64", shape, data.map(Number))] as const,
        );
        const [found] = evaluate([penalty.value], new Map(feeds));
        for (const [row, value] of (found?.data ?? []).entries())
          total[row] = (total[row] as number) + value;
      }
      expectClose({ shape: [rows], data: total }, slope, FLOAT64, "slope");
    });
  }
});
