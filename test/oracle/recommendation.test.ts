/** Lists, item neighbours and EASE against scikit-learn and scipy (recommendation.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Interactions } from "../../src/data/source.ts";
import { fitEase } from "../../src/evaluate/recommendation/ease.ts";
import { neighbourScore, neighboursOf } from "../../src/evaluate/recommendation/item-neighbours.ts";
import { rankingOf } from "../../src/evaluate/recommendation/ranking.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { FLOAT32 } from "../tolerance.ts";

type Histories = readonly (readonly number[])[];

interface Fitted {
  readonly train: Histories;
  readonly items: number;
  readonly given: Histories;
  readonly scores: Histories;
}

interface Recording {
  readonly lists: Readonly<
    Record<"ndcg100" | "recall20" | "recall50" | "novelty20" | "counts", readonly number[]>
  > &
    Readonly<Record<"scores" | "given" | "asked", Histories>> & {
      readonly trainUsers: number;
      readonly coverage20: number;
    };
  readonly ease: Readonly<Record<string, Fitted & { readonly lambda: number }>>;
  readonly neighbours: Readonly<
    Record<string, Fitted & { readonly neighbours: number; readonly shrinkage: number }>
  >;
}

const recording = JSON.parse(
  readFileSync(new URL("./recorded/recommendation.json", import.meta.url), "utf8"),
) as Recording;

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

function interactions(histories: Histories, items: number): Interactions {
  const starts = Int32Array.of(0, ...histories.map(({ length }) => length));
  for (let row = 0; row < histories.length; row += 1)
    starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  return {
    kind: "interactions",
    rows: histories.length,
    items: Array.from({ length: items }, (_, i) => `item ${i}`),
    starts,
    codes: Int32Array.from(histories.flat()),
  };
}

function expectNear(found: Float32Array, wanted: Histories, tolerance: number): void {
  const flat = wanted.flat();
  expect(found.length).toBe(flat.length);
  const worst = Math.max(...flat.map((x, i) => Math.abs((found[i] as number) - x)));
  expect(worst).toBeLessThan(tolerance);
}

test("figures of lists", () => {
  const { lists } = recording;
  const items = lists.counts.length;
  // As many users take each item as the recording says.
  const train = interactions(
    Array.from({ length: lists.trainUsers }, (_, user) =>
      lists.counts.flatMap((count, item) => (user < count ? [item] : [])),
    ),
    items,
  );
  const [given, asked] = [lists.given, lists.asked].map((part) => interactions(part, items)) as [
    Interactions,
    Interactions,
  ];
  const ranking = rankingOf(train, { given, asked });
  // In two parts, as they come.
  ranking.add(Float32Array.from(lists.scores.slice(0, 4).flat()), 0, 4);
  ranking.add(Float32Array.from(lists.scores.slice(4).flat()), 4, 2);
  for (const name of ["ndcg100", "recall20", "recall50", "novelty20"] as const) {
    const own = ranking.byUser(name);
    const wanted = lists[name];
    expect(own.length).toBe(wanted.length);
    for (const [user, x] of wanted.entries()) expect(own[user]).toBeCloseTo(x, 9);
    const mean = wanted.reduce((a, b) => a + b, 0) / wanted.length;
    const spread = wanted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (wanted.length - 1);
    const { value, error } = ranking.figures()[name];
    expect(value).toBeCloseTo(mean, 9);
    expect(error).toBeCloseTo(Math.sqrt(spread / wanted.length), 9);
  }
  expect(ranking.figures().coverage20.value).toBeCloseTo(lists.coverage20, 9);
});

describe("EASE is the ridge regression of each item on all others", () => {
  test.each(Object.entries(recording.ease))("%s", async (_, one) => {
    const train = interactions(one.train, one.items);
    const fitted = await fitEase(engine, train, { lambda: one.lambda });
    try {
      const scores = await fitted.score(interactions(one.given, one.items));
      expectNear(scores, one.scores, 10 * FLOAT32);
    } finally {
      await fitted.close?.();
    }
  });
});

describe("item neighbours", () => {
  test.each(Object.entries(recording.neighbours))("%s", async (_, one) => {
    const train = interactions(one.train, one.items);
    const score = neighbourScore(neighboursOf(train, one), one);
    expectNear(await score(interactions(one.given, one.items)), one.scores, FLOAT32);
  });
});
