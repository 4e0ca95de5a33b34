/** Codes for a mixture: draws around what `encode` gives, for families whose codes are uncertain. */
import { afterAll, expect, test } from "vitest";
import { smallData } from "../../test/support/small-data.ts";
import { meanOf } from "../../test/support/statistics.ts";
import { dense } from "../bodies/dense.ts";
import { tableSource } from "../data/memory.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import { takeRows } from "../data/rows.ts";
import type { Family } from "../families/family.ts";
import { tabular } from "../families/tabular.ts";
import { vanilla } from "../families/vanilla.ts";
import { variational } from "../families/variational.ts";
import { wasserstein } from "../families/wasserstein.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { createEngine } from "../runtime/node.ts";
import type { Network } from "../train/network.ts";
import { networkSpec } from "../train/network.ts";
import { aggregateCodes } from "./aggregate-codes.ts";

const LATENT = 2;
const COPIES = 4000;
const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const table = smallData.table();
const preprocessing = preprocessingOf(fitSchema(table, { name: "data" }));
/** One row, many times. */
const rows = tableSource(takeRows(table, new Int32Array(COPIES).fill(3)));

async function codesOf(family: Family, seed = 0) {
  const network: Network = { family, body: dense([8]), latent: LATENT, preprocessing };
  const spec = networkSpec(network, false);
  const parameters = new Float32Array(countOf(spec.parameters));
  let at = 0;
  for (const [i, { shape, initial }] of spec.parameters.entries()) {
    const values = initial(atSite(keyAt(4, 0), i), shape);
    parameters.set(values, at);
    at += values.length;
  }
  const weights = { spec, parameters, buffers: new Float32Array(countOf(spec.buffers)) };
  const info = { family: { name: family.name, options: family.options } };
  const drawn = await aggregateCodes(engine, network, weights, info, rows, seed);
  const certain = Object.fromEntries(
    Object.entries(family).filter(([name]) => name !== "drawCode"),
  ) as unknown as Family;
  const middle = await aggregateCodes(
    engine,
    { ...network, family: certain },
    weights,
    info,
    rows,
    0,
  );
  return { drawn: drawn.data, middle: middle.data };
}

const column = (data: Float32Array, at: number) =>
  Float64Array.from({ length: COPIES }, (_, row) => data[row * LATENT + at] as number);

test.each([variational(), tabular(), wasserstein({ encoder: "gaussian" })])(
  "of $name they lie around the middle of the posterior, each somewhere else",
  async (family) => {
    const { drawn, middle } = await codesOf(family);
    for (let at = 0; at < LATENT; at += 1) {
      const all = column(drawn, at);
      const mean = meanOf(all);
      const deviation = Math.sqrt(meanOf(all, (x) => (x - mean) ** 2));
      // First weights: variances about 1.
      expect(deviation).toBeGreaterThan(0.3);
      expect(new Set(all).size).toBeGreaterThan(0.99 * COPIES);
      expect(Math.abs(mean - (middle[at] as number))).toBeLessThan(
        (4.5 * deviation) / Math.sqrt(COPIES),
      );
    }
  },
);

test("they follow the seed", async () => {
  const { drawn } = await codesOf(variational(), 1);
  expect((await codesOf(variational(), 1)).drawn).toEqual(drawn);
  expect((await codesOf(variational(), 2)).drawn).not.toEqual(drawn);
});

test("without uncertainty they are the codes themselves", async () => {
  const { drawn, middle } = await codesOf(vanilla());
  expect(drawn).toEqual(middle);
});
