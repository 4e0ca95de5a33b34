import { describe, expect, test } from "vitest";
import { cells } from "../../test/evaluator/cells.ts";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { DIFFERENCES, FLOAT32, STEP } from "../../test/tolerance.ts";
import { tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input, scalar } from "../graph/value.ts";
import { sortedNodes } from "../graph/walk.ts";
import {
  add,
  broadcastLike,
  cast,
  concat,
  exp,
  floor,
  gather,
  gemm,
  loop,
  mean,
  mul,
  neg,
  reshape,
  sigmoid,
  split,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
} from "../ops/index.ts";
import { keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import { gradients } from "./gradients.ts";

const vector = (...values: readonly number[]) => cells("float64", [values.length], values);
const numbers = (value: Value, feeds: Parameters<typeof evaluate>[1]): readonly number[] =>
  Array.from(evaluate([value], feeds)[0]?.data ?? []);

const x = input("x", "float64", [3]);
const at = new Map([[x, vector(0.5, -1, 2)]]);
const toX = (loss: Value): Value => gradients(loss, [x])[0] as Value;

describe("what flows", () => {
  test("adds up where a value is used again", () => {
    const y = exp(x);
    const loss = sum(add(mul(y, x), add(y, mul(x, x))));
    const expected = [0.5, -1, 2].map((v) => Math.exp(v) * (v + 2) + 2 * v);
    expectClose(
      { shape: [3], data: numbers(toX(loss), at) },
      { shape: [3], data: expected },
      1e-14,
    );
  });

  test("is zero to what the loss does not depend on, in its type and shape", () => {
    const unused = input("u", "float64", ["batch", 2]);
    const [g] = gradients(sum(x), [unused]) as [Value];
    expect(g).toMatchObject({ dtype: "float64", shape: ["batch", 2] });
    expect(numbers(g, new Map([...at, [unused, cells("float64", [1, 2], [7, 7])]]))).toEqual([
      0, 0,
    ]);
  });

  test("is one to the loss itself", () => {
    const loss = sum(x);
    const [toLoss, again] = gradients(loss, [loss, x]) as [Value, Value];
    expect(numbers(toLoss, at)).toEqual([1]);
    expect(numbers(again, at)).toEqual([1, 1, 1]);
  });

  test("reaches values in the middle and what they come from", () => {
    const middle = mul(x, 3);
    const [toMiddle, toStart] = gradients(sum(square(middle)), [middle, x]) as [Value, Value];
    expect(numbers(toMiddle, at)).toEqual([3, -6, 12]);
    expect(numbers(toStart, at)).toEqual([9, -18, 36]);
  });

  test("reaches values in the middle that the written graph passes over", () => {
    const one = input("one", "float64", []);
    const feeds = new Map([...at, [one, cells("float64", [], [2])] as const]);
    const scaled = mul(x, 3);
    const negated = neg(x);
    const wide = broadcastLike(one, x);
    const loss = sum(add(add(mul(scaled, one), neg(negated)), mul(wide, x)));
    const found = gradients(loss, [scaled, negated, wide]);
    expect(found.map((value) => numbers(value, feeds))).toEqual([
      [2, 2, 2],
      [-1, -1, -1],
      [0.5, -1, 2],
    ]);
  });

  test("is summed over what was broadcast", () => {
    const rows = input("r", "float64", ["batch", 3]);
    const scale = input("s", "float64", []);
    const column = input("c", "float64", ["batch", 1]);
    const loss = sum(mul(mul(add(rows, x), scale), column));
    const found = gradients(loss, [rows, x, scale, column]);
    expect(found.map(({ shape }) => shape)).toEqual([["batch", 3], [3], [], ["batch", 1]]);
    const feeds = new Map([
      ...at,
      [rows, cells("float64", [2, 3], [1, 2, 3, 4, 5, 6])] as const,
      [scale, cells("float64", [], [2])] as const,
      [column, cells("float64", [2, 1], [1, 10])] as const,
    ]);
    expect(found.map((value) => numbers(value, feeds))).toEqual([
      [2, 2, 2, 20, 20, 20],
      [22, 22, 22],
      [7.5 + 165],
      [15, 33],
    ]);
  });

  test("stops at stopGradient, and at whole numbers", () => {
    expect(numbers(toX(sum(mul(stopGradient(x), x))), at)).toEqual([0.5, -1, 2]);
    expect(numbers(toX(sum(stopGradient(square(x)))), at)).toEqual([0, 0, 0]);
    expect(numbers(toX(sum(floor(x))), at)).toEqual([0, 0, 0]);
    expect(numbers(toX(sum(cast(cast(x, "int64"), "float64"))), at)).toEqual([0, 0, 0]);
  });

  test("goes through split and concat to each part", () => {
    const [a, b] = split(x, [1, 2]) as [Value, Value];
    const loss = sum(square(concat([mul(b, 2), a, a])));
    expect(numbers(toX(loss), at)).toEqual([2, -8, 16]);
    expect(numbers(toX(sum(a)), at)).toEqual([1, 0, 0]);
  });

  test("adds where an index repeats", () => {
    expect(numbers(toX(sum(gather(x, [2, 0, 2, -1]))), at)).toEqual([1, 0, 3]);
  });
});

describe("limits", () => {
  test("a loss is a scalar", () => {
    expect(() => gradients(x, [x])).toThrow("gradients: expected a scalar loss, got [3]");
  });

  test("a loop is not passed through, and says so", () => {
    const { state } = loop(scalar(2, "int64"), [x], (_, [held]) => ({
      state: [mul(held as Value, 2)],
      scans: [],
    }));
    expect(() => gradients(sum(state[0] as Value), [x])).toThrow("Loop");
    const captured = loop(scalar(2, "int64"), [scalar(0, "float64")], (_, [held]) => ({
      state: [add(held as Value, sum(x))],
      scans: [],
    }));
    expect(() => gradients(captured.state[0] as Value, [x])).toThrow("Loop");
    // A loop of constants is one.
    expect(gradients(add(sum(x), mean(stopGradient(state[0] as Value))), [x])).toHaveLength(1);
  });

  test("a chain of 5000 nodes is no deeper than one of five", () => {
    let y = x;
    for (let i = 0; i < 5000; i += 1) y = i % 2 === 0 ? add(y, x) : mul(y, 0.5);
    const [g] = gradients(sum(y), [x]) as [Value];
    // y ← (y + x) / 2 leaves the derivative at 1 from the start.
    expect(numbers(g, at)).toEqual([1, 1, 1]);
    const { graph } = exportModel({ name: "deep", inputs: [], outputs: { g } });
    expect(graph.nodes.length).toBeGreaterThan(5000);
  });

  test("makes nothing for values that do not lead to what is asked for", () => {
    const other = input("o", "float64", [3]);
    const loss = sum(mul(tanh(x), sigmoid(exp(other))));
    const names = sortedNodes([toX(loss)]).map((node) => node.op.name);
    // Through exp nothing flows back: it appears once, in the way forward.
    expect(names.filter((name) => name === "Exp")).toHaveLength(1);
  });
});

describe("a small network", () => {
  const inputs = input("inputs", "float64", ["batch", 2]);
  const weights = input("weights", "float64", [9]);
  const draws = uniforms(keyAt(5, 0), 64);
  const rows = cells("float64", [4, 2], draws.slice(0, 8));
  const start = Float64Array.from(draws.slice(8, 17), (u) => 2 * u - 1);
  const feedsAt = (w: Float64Array) =>
    new Map([
      [inputs, rows],
      [weights, cells("float64", [9], w)],
    ]);

  /** 2 → 2 → 1, with the parameters as one vector, as training has them. */
  function loss(): Value {
    const [w1, b1, w2, b2] = split(weights, [4, 2, 2, 1]) as [Value, Value, Value, Value];
    const hidden = tanh(add(gemm(inputs, reshape(w1, [2, 2])), b1));
    const out = add(gemm(hidden, reshape(w2, [2, 1])), b2);
    return mean(square(sub(out, 0.3)));
  }

  test("has the Hessian that differences of its gradient give", () => {
    const value = loss();
    const [g] = gradients(value, [weights]) as [Value];
    const parts = split(
      g,
      Array.from({ length: 9 }, () => 1),
    );
    const hessian = parts.map((part) => gradients(sum(part), [weights])[0] as Value);
    const exact = evaluate(hessian, feedsAt(start)).map(({ data }) => data);
    for (let i = 0; i < 9; i += 1) {
      const moved = (by: number): readonly number[] => {
        const w = start.slice();
        w[i] = (w[i] as number) + by;
        return numbers(g, feedsAt(w));
      };
      const [above, below] = [moved(STEP), moved(-STEP)];
      const column = above.map((a, k) => (a - (below[k] as number)) / (2 * STEP));
      expectClose(
        { shape: [9], data: exact[i] as Float64Array },
        { shape: [9], data: column },
        DIFFERENCES,
      );
      // Mixed derivatives do not care about the order.
      for (let k = 0; k < i; k += 1) {
        expect(exact[i]?.[k]).toBeCloseTo(exact[k]?.[i] as number, 12);
      }
    }
  });

  test("runs, gradient and all, as it evaluates", async () => {
    const a = input("a", "float32", ["batch", 2]);
    const w = input("w", "float32", [2, 2]);
    const value = mean(square(tanh(gemm(a, w))));
    const [g] = gradients(value, [w]) as [Value];
    const feeds = new Map([
      [a, tensor("float32", draws.slice(0, 8), [4, 2])],
      [w, tensor("float32", draws.slice(8, 12), [2, 2])],
    ]);
    const got = await runGraph([value, g], feeds);
    for (const [i, expected] of evaluate([value, g], feeds).entries()) {
      expectClose(got[i] as (typeof got)[number], expected, FLOAT32);
    }
  });
});
