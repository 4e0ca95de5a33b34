import { describe, expect, test } from "vitest";
import { add, exp, identity, loop, mul, neg, split, stopGradient, sum } from "../ops/index.ts";
import type { Op, Value } from "./value.ts";
import { applyOne, input, scalar } from "./value.ts";
import { bodyOf, capturesOf, innerNodes, lower, sortedNodes, substitute } from "./walk.ts";

const names = (outputs: readonly Value[]): readonly string[] =>
  sortedNodes(outputs).map((node) => node.op.name);

/** Σ of a value over three turns, scaled by something from outside. */
function summing(x: Value, scale: Value): Value {
  return loop(scalar(3, "int64"), [x], (_, [held]) => ({
    state: [add(held as Value, mul(scale, scale))],
    scans: [],
  })).state[0] as Value;
}

describe("sortedNodes", () => {
  test("puts each node once, after what it needs", () => {
    const x = input("x", "float32", ["batch"]);
    const y = exp(x);
    const z = add(mul(y, y), y);
    expect(names([z, y])).toEqual(["#input", "Exp", "Mul", "Add"]);
  });

  test("includes what loop bodies capture, and nothing from inside them", () => {
    const x = input("x", "float32", []);
    const scale = exp(input("s", "float32", []));
    const order = names([summing(x, scale)]);
    expect(order.indexOf("Exp")).toBeGreaterThan(-1);
    expect(order.indexOf("Mul")).toBeLessThan(order.indexOf("Loop"));
    expect(order).not.toContain("Add");
  });

  test("stops where it is told", () => {
    const middle = exp(input("x", "float32", []));
    expect(sortedNodes([neg(middle)], (node) => node === middle.node)).toHaveLength(1);
  });

  test("takes chains and towers of any size", () => {
    let x = input("x", "float32", []);
    // Each value is used twice: a walk that forgot what it has seen would never end.
    for (let i = 0; i < 20_000; i += 1) x = add(x, x);
    expect(sortedNodes([x])).toHaveLength(20_001);
    let state = input("s", "float32", []);
    for (let i = 0; i < 40; i += 1) state = summing(state, state);
    expect(names([state]).filter((name) => name === "Loop")).toHaveLength(40);
  });
});

describe("bodies", () => {
  test("hold what depends on their inputs and capture the rest", () => {
    const x = input("x", "float32", []);
    const scale = input("s", "float32", []);
    const body = bodyOf(summing(x, scale).node);
    if (body === undefined) throw new Error("a loop has a body");
    expect(innerNodes(body).map((node) => node.op.name)).toEqual(["Identity", "Add"]);
    expect(capturesOf(body).map((value) => value.node.op.name)).toEqual(["Mul"]);
  });

  test("capture values they pass through, and those of loops inside them", () => {
    const outside = exp(input("x", "float32", []));
    const through = input("y", "float32", []);
    const { state } = loop(scalar(2, "int64"), [outside], (turn, [held]) => {
      const inner = loop(turn, [held as Value], (_, [deep]) => ({
        state: [add(deep as Value, mul(outside, held as Value))],
        scans: [],
      }));
      return { state: [inner.state[0] as Value], scans: [through] };
    });
    const body = bodyOf((state[0] as Value).node);
    if (body === undefined) throw new Error("a loop has a body");
    expect(new Set(capturesOf(body))).toContain(outside);
    expect(new Set(capturesOf(body))).toContain(through);
    // outside · held is the same at every inner turn, and so is worked out before the inner loop.
    expect(innerNodes(body).map((node) => node.op.name)).toEqual(["Identity", "Mul", "Loop"]);
  });
});

describe("lower", () => {
  const twice: Op = {
    name: "Twice",
    infer: ([x]) => (x ? [{ dtype: x.dtype, shape: x.shape }] : []),
    lower: ([x]) => (x ? [add(stopGradient(x), x)] : []),
  };

  test("goes on until only ONNX's own ops are left", () => {
    const x = input("x", "float32", ["batch"]);
    const [y] = lower([exp(applyOne(twice, [applyOne(twice, [x], {})], {}))]);
    expect(names([y as Value])).toEqual(["#input", "Add", "Add", "Exp"]);
  });

  test("reaches into loop bodies, and keeps one loop one loop", () => {
    const x = input("x", "float32", []);
    const looped = loop(scalar(2, "int64"), [x], (_, [held]) => ({
      state: [applyOne(twice, [held as Value], {})],
      scans: [],
    })).state[0] as Value;
    const after = [applyOne(twice, [looped], {}), applyOne(twice, [neg(looped)], {})];
    const order = names(lower(after));
    expect(order.filter((name) => name === "Loop")).toHaveLength(1);
    const loops = sortedNodes(lower(after)).filter((node) => node.op.name === "Loop");
    const body = bodyOf(loops[0] as Value["node"]);
    expect(body && innerNodes(body).map((node) => node.op.name)).toEqual(["Identity", "Add"]);
  });

  test("looks at each node once, however many are lowered after it", () => {
    let looks = 0;
    const watched: Op = { ...twice, name: "Watched" };
    const look = (): undefined => {
      looks += 1;
    };
    Object.defineProperty(watched, "lower", { get: look });
    let y = applyOne(watched, [input("x", "float32", [])], {});
    for (let i = 0; i < 100; i += 1) y = applyOne(twice, [y], {});
    lower([y]);
    expect(looks).toBe(1);
  });

  test("leaves a graph without such ops as it is", () => {
    const parts = split(input("x", "float32", [4]), [1, 3]);
    const y = summing(sum(parts[0] as Value), sum(parts[1] as Value));
    expect(lower([y])).toEqual([y]);
    expect(lower([y])[0]).toBe(y);
  });
});

describe("substitute", () => {
  test("replaces inputs and inner values, and shares what is untouched", () => {
    const x = input("x", "float32", ["batch"]);
    const y = input("y", "float32", ["batch"]);
    const kept = exp(y);
    const [out] = substitute([add(neg(x), kept)], new Map([[x, y]]));
    expect(names([out as Value])).toEqual(["#input", "Neg", "Exp", "Add"]);
    expect((out as Value).node.inputs[1]).toBe(kept);
    expect(substitute([x], new Map([[x, y]]))).toEqual([y]);
  });

  test("replaces one part of a split and leaves the others", () => {
    const x = input("x", "float32", [4]);
    const other = input("y", "float32", [1]);
    const [a, b] = split(x, [1, 3]) as [Value, Value];
    const [out] = substitute([add(sum(exp(a)), sum(b))], new Map([[a, other]]));
    const inputs = sortedNodes([out as Value]).filter((node) => node.op.name === "#input");
    expect(new Set(inputs)).toEqual(new Set([x.node, other.node]));
  });

  test("replaces what a loop captures", () => {
    const x = input("x", "float32", []);
    const scale = input("s", "float32", []);
    const fixed = scalar(2);
    const [out] = substitute([summing(x, scale)], new Map([[scale, fixed]]));
    const order = sortedNodes([out as Value]);
    expect(order.some((node) => node === scale.node)).toBe(false);
    expect(order.some((node) => node === fixed.node)).toBe(true);
  });

  test("gives new shapes where the replacement has others", () => {
    const x = input("x", "float32", ["batch", 3]);
    const one = input("x", "float32", [1, 3]);
    expect(substitute([identity(x)], new Map([[x, one]]))[0]?.shape).toEqual([1, 3]);
  });
});
