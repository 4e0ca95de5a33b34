import { describe, expect, it } from "vitest";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { OnnxModel } from "./messages.ts";
import { printModel } from "./print.ts";

function weights(...tensors: Tensor[]): OnnxModel {
  return {
    irVersion: 8,
    opsets: [{ domain: "", version: 18 }],
    producer: "someone",
    producerVersion: "9",
    graph: {
      name: "a graph",
      nodes: [],
      initializers: tensors.map((value, i) => ({ name: `w${i}`, tensor: value })),
      inputs: [],
      outputs: [],
    },
    metadata: { when: "now" },
  };
}

function printed(value: Tensor): string {
  return printModel(weights(value)).split("\n")[2]?.trim() ?? "";
}

describe("printModel", () => {
  it("prints float32 as the shortest decimal that is the same float32", () => {
    const values = [0.1, -0, 1 / 3, 3.4028234663852886e38, 1.4e-45, Infinity, NaN];
    expect(printed(tensor("float32", Float32Array.from(values)))).toBe(
      "%w0 = float32[7] [0.1, -0, 0.33333334, 3.4028235e+38, 1e-45, Infinity, NaN]",
    );
    expect(printed(tensor("float64", Float64Array.of(0.1, -0)))).toBe("%w0 = float64[2] [0.1, -0]");
  });

  it("prints eight elements in full and nine by type and shape", () => {
    expect(printed(tensor("uint8", new Uint8Array(8), [2, 4]))).toContain(
      "[0, 0, 0, 0, 0, 0, 0, 0]",
    );
    expect(printed(tensor("uint8", new Uint8Array(9), [3, 3]))).toBe("%w0 = uint8[3, 3]");
  });

  it("escapes strings and names, so that a line stays a line", () => {
    expect(printed(tensor("string", ['a"\n']))).toBe('%w0 = string[1] ["a\\"\\n"]');
    expect(printModel(weights())).toContain('graph "a graph"() -> () {');
  });

  it("leaves out who made the model, and when", () => {
    expect(printModel(weights())).not.toMatch(/someone|now/);
  });
});
