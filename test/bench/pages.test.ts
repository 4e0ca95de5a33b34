import { expect, test } from "vitest";
import { convNetwork, denseNetwork, operationsOf } from "../../bench/speed/networks.ts";
import type { Kept } from "../../bench/speed/pages.ts";
import { withoutFolders } from "../../bench/speed/run.ts";
import { resultsPage, withResults } from "../../bench/speed/pages.ts";

const figure = (median: number) => ({ median, low: median, high: median });
const kept: Kept = {
  small: {
    date: "2026-01-02",
    machine: "2 cores",
    about: "a small network",
    rounds: 5,
    quick: false,
    peak: figure(150e9),
    measures: [{ key: "speed", title: "steps a second", unit: "steps/s", better: "more" }],
    players: [
      { name: "autoencoders", figures: { speed: figure(18_500), share: figure(5) }, ratios: {} },
      { name: "Peer", figures: { speed: figure(3700) }, ratios: { speed: figure(5) } },
      { name: "Absent", missing: "no module | here", figures: {}, ratios: {} },
    ],
  },
};

test("who is missing stands in the tables, with why", () => {
  const page = resultsPage(kept);
  expect(page).toContain("| small | 18,500 | 5 % | 5.00 | missing |");
  expect(page).toContain(String.raw`| Absent | – |  | missing: no module \| here |`);
  expect(page).toContain("Peak of matrix products: 150 GFLOP/s.");
});

test("what is published names no folder of the machine", () => {
  const said = "spawn /opt/env/bin/python: see bench/peers/requirements.txt ('/tmp/x/few.parquet')";
  expect(withoutFolders(said)).toBe(
    "spawn python: see bench/peers/requirements.txt ('few.parquet')",
  );
});

test("results go between the marks and leave the rest of the page; twice is once", () => {
  const page = [
    "# Speed",
    "<!-- results: written by npm run bench -- --write -->",
    "old",
    "<!-- end of results -->",
    "the end",
  ].join("\n");
  const written = withResults(page, "new");
  expect(written).toContain("# Speed");
  expect(written).toContain("new");
  expect(written).not.toContain("old");
  expect(written.endsWith("the end")).toBe(true);
  expect(withResults(written, "new")).toBe(written);
  expect(() => withResults("no marks", "new")).toThrow("no place");
});

test("operations of a step are those of its products", () => {
  // 3-2-3: forward 12 multiplications a row, weights 12, inputs of the second layer alone 6.
  expect(operationsOf(denseNetwork(3, [], 2), 10)).toBe(2 * 10 * (12 + 12 + 6));
  // 4 × 4 × 1 → 2 × 2 × 5: 4 positions × 9 taps × 5; code of 2 from 20 numbers; and back.
  const { products } = convNetwork([4, 4, 1], [5], 2);
  expect(products).toEqual({ forward: 2 * (180 + 40), first: 180 });
});
