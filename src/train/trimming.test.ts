import { expect, test } from "vitest";
import { cells } from "../../test/evaluator/cells.ts";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { square } from "../ops/index.ts";
import { totalLoss } from "./total-loss.ts";

const x = input("x", "float64", ["batch"]);
const feeds = new Map([[x, cells("float64", [5], [1, -4, 2, 10, 3])]]);
const numbers = (value: Value): readonly number[] =>
  Array.from(evaluate([value], feeds)[0]?.data ?? []);
const trimmed = (trim: number) => totalLoss({ error: { value: square(x) } }, ["error"], trim);

test("the rows with the largest losses take no part in the mean, nor in its gradient", () => {
  const { total } = trimmed(0.4);
  // 16 and 100 are left out: 1, 4 and 9 remain.
  expect(numbers(total)[0]).toBeCloseTo(14 / 3, 12);
  const gradient = numbers(gradients(total, [x])[0] as Value);
  expect(gradient.map((one) => Math.round(3 * one) + 0)).toEqual([2, 0, 4, 0, 6]);
});

test("a share of less than a row still leaves the worst row out", () => {
  expect(numbers(trimmed(0.01).total)[0]).toBeCloseTo(30 / 4, 12);
});

test("terms of the whole batch keep their place", () => {
  const whole = input("x0", "float64", []);
  const terms = { error: { value: square(x) }, other: { value: whole } };
  const { total } = totalLoss(terms, ["error", "other"], 0.4);
  const given = new Map([...feeds, [whole, cells("float64", [], [5])]]);
  expect(evaluate([total], given)[0]?.data[0]).toBeCloseTo(14 / 3 + 5, 12);
});
