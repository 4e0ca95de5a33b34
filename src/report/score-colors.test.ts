import { expect, test } from "vitest";
import { colourScores } from "./score-colors.ts";

const quantiles = [0.5, 0.9, 0.99, 1].map((quantile, i) => ({ quantile, value: i + 1 }));

test("colours change at the median, 90 % and 99 % of held-out scores", () => {
  const { groups, groupOf } = colourScores([0.5, 1, 1.01, 2.5, 3.5, 99, NaN], quantiles);
  expect([...groupOf]).toEqual([0, 0, 1, 2, 3, 3, 4]);
  expect(groups.map(({ name, count }) => [name, count])).toEqual([
    ["up to 1 (50%)", 2],
    ["up to 2 (90%)", 1],
    ["up to 3 (99%)", 1],
    ["above 3", 2],
    ["", 1],
  ]);
  expect(new Set(groups.map(({ colour }) => colour)).size).toBe(5);
});

test("without quantiles all rows are one group", () => {
  const { groups, groupOf } = colourScores([1, 2], []);
  expect([...groupOf]).toEqual([0, 0]);
  expect(groups[0]).toMatchObject({ name: "all", count: 2 });
});
