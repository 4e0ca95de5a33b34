/** What a judgement says of recommenders that are known to be good, plain or broken. */
import { afterAll, describe, expect, test } from "vitest";
import { historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import { keyAt } from "../../random/bits.ts";
import { uniforms } from "../../random/numbers.ts";
import { createEngine } from "../../runtime/node.ts";
import { ease, fitEase } from "./ease.ts";
import { columnCounts, sparseOf } from "./histories.ts";
import { itemNeighbours } from "./item-neighbours.ts";
import { judgeRecommendations } from "./judge.ts";
import type { Score } from "./recommender.ts";
import { holdOutUsers } from "./splits.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const [ITEMS, KINDS] = [120, 4];

/** The chance of an item for a user of a kind: those of its kind, and some that all like. */
function chanceOf(kind: number, item: number): number {
  const liked = item % KINDS === kind ? 0.45 : 0.03;
  return liked * (1.5 - item / ITEMS);
}

function made(users: number, chance: (kind: number, item: number) => number): Interactions {
  const draws = uniforms(keyAt(6, 0), users * ITEMS);
  const starts = new Int32Array(users + 1);
  const codes: number[] = [];
  for (let user = 0; user < users; user += 1) {
    for (let item = 0; item < ITEMS; item += 1)
      if ((draws[user * ITEMS + item] as number) < chance(user % KINDS, item)) codes.push(item);
    starts[user + 1] = codes.length;
  }
  return {
    kind: "interactions",
    rows: users,
    items: Array.from({ length: ITEMS }, (_, i) => String(i)),
    starts,
    codes: Int32Array.from(codes),
  };
}

const split = holdOutUsers(made(700, chanceOf), { seed: 1 });

/** Who knows how the data were made: the kind that fits a history best, and its chances. */
const knowing: Score = ({ rows, starts, codes, items }) => {
  const scores = new Float32Array(rows * items.length);
  for (let row = 0; row < rows; row += 1) {
    const counts = new Float64Array(KINDS);
    const numbers = Int32Array.from(items, Number);
    for (const code of historyOf({ starts, codes }, row)) {
      const kind = (numbers[code] as number) % KINDS;
      counts[kind] = (counts[kind] as number) + 1;
    }
    const kind = counts.indexOf(Math.max(...counts));
    for (const [code, item] of numbers.entries())
      scores[row * items.length + code] = chanceOf(kind, item);
  }
  return Promise.resolve(scores);
};

const popular: Score = ({ rows, items }) => {
  const counts = columnCounts(sparseOf(split.train));
  return Promise.resolve(
    Float32Array.from(
      { length: rows * items.length },
      (_, i) => counts[i % items.length] as number,
    ),
  );
};

const judge = (score: Score) => judgeRecommendations({ engine, ...split, score, seed: 2 });

describe("users of four kinds", () => {
  test("who knows the kinds is better than popularity, which finds the same for all", async () => {
    const found = await judge(knowing);
    const { popularity, itemNeighbours: neighbours, ease: linear } = found.controls;
    expect(popularity?.lead.ndcg100.value).toBeGreaterThan(0.15);
    expect(popularity?.lead.recall20.value).toBeGreaterThan(0.15);
    // The others find the kinds: they are behind by no more than chance.
    for (const control of [neighbours, linear]) {
      expect(Math.abs(control?.lead.ndcg100.value ?? NaN)).toBeLessThan(0.05);
      expect(control?.figures.coverage20.value).toBeGreaterThan(
        2 * (popularity?.figures.coverage20.value ?? NaN),
      );
      expect(control?.figures.novelty20.value).toBeGreaterThan(
        popularity?.figures.novelty20.value ?? NaN,
      );
    }
    expect(found.users).toEqual({ train: 560, heldOut: 140 });
    expect(found.findings).toHaveLength(3);
    expect(found.findings[1]).toMatch(/^It ranks better than popularity, \d+\.\d %/);
    expect(found.findings[2]).toMatch(/^All first 20 together hold \d+\.\d % of the items/);
    expect(found.notes).toEqual([]);
  });

  test("popularity is as good as popularity, and worse than the rest", async () => {
    const { controls, findings, model } = await judge(popular);
    expect(controls.popularity?.figures).toEqual(model);
    expect(controls.popularity?.lead.ndcg100).toEqual({ value: 0, error: 0 });
    expect(findings[1]).toMatch(/as well as popularity, .*worse than item k-NN, .*and EASE/);
    expect(findings[1]).toMatch(/(Item k-NN|EASE) is the better choice here/);
  });

  test("scores that say nothing are worse than popularity", async () => {
    const draws = uniforms(keyAt(8, 0), split.heldOut.given.rows * ITEMS);
    const { findings, model } = await judge(({ rows, items }) =>
      Promise.resolve(draws.slice(0, rows * items.length)),
    );
    expect(findings[1]).toMatch(/^It ranks worse than popularity, .*item k-NN, .*EASE/);
    expect(model.coverage20.value).toBeGreaterThan(0.9);
  });

  test("scores that are no numbers find nothing, and those of another shape are refused", async () => {
    const { model } = await judge(({ rows, items }) =>
      Promise.resolve(new Float32Array(rows * items.length).fill(NaN)),
    );
    expect(model.ndcg100.value).toBe(0);
    expect(model.recall50.value).toBe(0);
    await expect(judge(() => Promise.resolve(new Float32Array(7)))).rejects.toMatchObject({
      code: "evaluate.scores",
    });
  });
});

test("parts with other items are refused", async () => {
  const { given } = split.heldOut;
  const asked = { ...split.heldOut.asked, items: ["a"] };
  await expect(
    judgeRecommendations({ engine, train: split.train, heldOut: { given, asked }, score: popular }),
  ).rejects.toMatchObject({ code: "data.items" });
});

describe("what controls choose", () => {
  const options = { seed: 3, signal: undefined };

  test("EASE trusts pairs less where there is only popularity", async () => {
    const plain = made(700, (_, item) => 0.3 * (1.5 - item / ITEMS));
    const lambdas: number[] = [];
    for (const train of [made(700, chanceOf), plain]) {
      const fitted = await ease.fit(engine, train, options);
      if (typeof fitted === "string") throw new Error(fitted);
      lambdas.push(fitted.settings["lambda"] as number);
      await fitted.close?.();
    }
    expect(lambdas[0]).toBeLessThan(lambdas[1] as number);
  });

  test("with nobody to spare, what is usual", async () => {
    const few = made(30, chanceOf);
    const [neighbours, linear] = [
      await itemNeighbours.fit(engine, few, options),
      await ease.fit(engine, few, options),
    ];
    expect(neighbours).toMatchObject({ settings: { neighbours: 100, shrinkage: 10 } });
    expect(linear).toMatchObject({ settings: { lambda: 300 } });
    if (typeof linear !== "string") await linear.close?.();
  });

  test("EASE is left out where its matrix would be too large, and says why", async () => {
    const rows = 12_001;
    const large: Interactions = {
      kind: "interactions",
      rows,
      items: Array.from({ length: rows }, (_, i) => String(i)),
      starts: Int32Array.from({ length: rows + 1 }, (_, i) => i),
      codes: Int32Array.from({ length: rows }, (_, i) => i),
    };
    expect(await ease.fit(engine, large, options)).toMatch(/12,001 here, and 12,000 at most/);
  });

  test("two fits at once do not mix their matrices", async () => {
    const train = made(60, chanceOf);
    const [one, other] = await Promise.all(
      [5, 5000].map((lambda) => fitEase(engine, train, { lambda })),
    );
    const [first, second, again] = [
      await one?.score(train),
      await other?.score(train),
      await one?.score(train),
    ];
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
    await one?.close?.();
    await other?.close?.();
  });
});
