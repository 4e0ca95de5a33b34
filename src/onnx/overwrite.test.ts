import { describe, expect, it } from "vitest";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { exportModel } from "../graph/export.ts";
import { add, matMul, mul, reshape, sum } from "../ops/index.ts";
import { mayOverwrite } from "./overwrite.ts";

const weights = input("weights", "float32", [4, 4]);
const rows = input("rows", "float32", [4, 4]);

function may(outputs: Readonly<Record<string, Value>>): boolean {
  const model = exportModel({ name: "step", inputs: [weights, rows], outputs });
  return mayOverwrite(model, "weights", "next");
}

describe("mayOverwrite", () => {
  it("allows a decaying sum", () => {
    expect(may({ next: add(mul(weights, 0.9), rows) })).toBe(true);
  });

  it("allows the last node to read the input itself, element by element", () => {
    expect(may({ next: add(weights, mul(rows, 2)) })).toBe(true);
  });

  it("refuses a product as the last node: its elements need those written before", () => {
    expect(may({ next: matMul(weights, rows) })).toBe(false);
  });

  it("refuses when another output may read the input later", () => {
    expect(may({ next: add(weights, rows), other: sum(mul(weights, rows)) })).toBe(false);
  });

  it("refuses when that reader sees the input through a view", () => {
    const view = reshape(weights, [16]);
    expect(may({ next: add(weights, rows), other: sum(mul(view, 2)) })).toBe(false);
  });

  it("allows a reader that the output waits for", () => {
    const size = sum(mul(weights, weights));
    expect(may({ next: add(weights, mul(rows, size)), size })).toBe(true);
  });

  it("refuses the input itself as an output", () => {
    expect(may({ next: add(weights, rows), before: reshape(weights, [16]) })).toBe(false);
  });
});
