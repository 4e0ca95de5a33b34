import { afterAll, beforeAll, expect, test } from "vitest";
import { seriesFrom } from "../data/series-windows.ts";
import { splitWindows } from "../data/split.ts";
import type { SeriesWindows } from "../data/source.ts";
import { collect } from "../data/memory.ts";
import { vanilla } from "../families/vanilla.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { foldWindows } from "./fold.ts";
import { train } from "./train.ts";
import type { Model } from "./types.ts";

// So short that windows are fewer than their numbers.
const [POINTS, WINDOW, SEED] = [330, 48, 2];
const noise = normals(keyAt(4, 0), POINTS, 4);
const points = Array.from({ length: POINTS }, (_, t) =>
  Array.from({ length: 4 }, (_, c) => Math.sin(t / (5 + c)) + 0.3 * (noise[t * 4 + c] as number)),
);
const source = seriesFrom(points, { window: WINDOW });

let model: Model;
let heldOut: Int32Array;

beforeAll(async () => {
  model = await train(vanilla(), source, { epochs: 8, seed: SEED, threads: 1 });
  const rows = (await collect(source)) as SeriesWindows;
  heldOut = splitWindows(rows, 0.1, SEED).validation;
});
afterAll(() => model.close());

test("of a series, 1 is the median score of held-out windows that the rule did not learn from", () => {
  expect(heldOut).toHaveLength(model.info.training.validationRows);
  const middle = model.info.scores.quantiles.find(({ quantile }) => quantile === 0.5);
  expect(middle?.value).toBeGreaterThan(0.98);
  expect(middle?.value).toBeLessThan(1.02);
});

test("the covariance that is kept is of all windows, so that those held out come nearer", async () => {
  const { scores } = await model.score(source);
  const own = Array.from(heldOut, (row) => scores[row] as number);
  // Were it kept as it was measured, their median would be 1.
  expect(own.toSorted((a, b) => a - b)[own.length >> 1]).toBeLessThan(0.8);
});

test("alarms are about points, by scores from before the rule had learned from them", async () => {
  const { alarms, scores } = model.info;
  expect(alarms.rows).toBe(heldOut.length + WINDOW - 1);
  const whole = await model.score(source);
  const fold = foldWindows({ points: POINTS, steps: WINDOW });
  fold.add({
    starts: heldOut,
    scores: Array.from(heldOut, (row) => whole.scores[row] as number),
  });
  const after = fold.end().filter(Number.isFinite);
  const before = scores.points?.find(({ quantile }) => quantile === 1)?.value as number;
  expect(Math.max(...after)).toBeLessThan(before);
  expect(alarms.value).toBeLessThanOrEqual(before);
});
