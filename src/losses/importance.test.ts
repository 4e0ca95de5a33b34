/** The three terms are the bound, and have its gradient, whatever beta. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { expectClose } from "../../test/support/compare.ts";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { input, scalar } from "../graph/value.ts";
import { add, logSumExp, mul, neg, sub, sum } from "../ops/index.ts";
import { importanceWeighted } from "./importance.ts";

const reconstruction = input("reconstruction", "float64", [3, "batch"]);
const kl = input("kl", "float64", [3, "batch"]);
const feeds = (errors: readonly number[], divergences: readonly number[]) =>
  new Map([
    [reconstruction, tensor("float64", Float64Array.from(errors), [3, errors.length / 3])],
    [kl, tensor("float64", Float64Array.from(divergences), [3, errors.length / 3])],
  ]);

describe.each([1, 0.3, 0])("with beta %d", (beta) => {
  const weight = scalar(beta, "float64");
  const terms = importanceWeighted(reconstruction, kl, weight);
  const shown = add(add(terms.reconstruction, mul(terms.kl, weight)), terms.importance);
  const bound = sub(Math.log(3), logSumExp(neg(add(reconstruction, mul(kl, weight))), 0));
  const given = feeds([1, 5, 2.5, 4, -1, 300], [0.5, 2, 3, -1, 7, 4]);

  test("the sum of the terms is the bound, and their gradient its gradient", () => {
    const both = (loss: Value) => [loss, ...gradients(sum(loss), [reconstruction, kl])];
    const expected = evaluate(both(bound), given);
    for (const [i, got] of evaluate(both(shown), given).entries())
      expectClose(got, expected[i] as typeof got, 1e-13, String(i));
  });
});

test("the third term tells how uneven the weights are: from 0 to the logarithm of their number", () => {
  const { importance } = importanceWeighted(reconstruction, kl, scalar(1, "float64"));
  const at = (errors: readonly number[]) =>
    Array.from(evaluate([importance], feeds(errors, [0, 0, 0]))[0]?.data ?? [], Number)[0];
  expect(at([7, 7, 7])).toBeCloseTo(0, 14);
  expect(at([0, 1e5, 1e6])).toBeCloseTo(Math.log(3), 14);
  expect(at([7, 7, 1e6])).toBeCloseTo(Math.log(3 / 2), 14);
});
