import { describe, expect, it } from "vitest";
import { tensor } from "../base/tensor.ts";
import { checkModel } from "./check.ts";
import { extractModel } from "./extract.ts";
import type { OnnxModel, OnnxNode } from "./messages.ts";
import { printModel } from "./print.ts";

function node(op: string, inputs: string[], outputs: string[], rest: Partial<OnnxNode> = {}) {
  return { op, domain: "", name: "", inputs, outputs, attributes: {}, ...rest };
}

function info(name: string, shape: readonly (number | string)[]) {
  return { name, dtype: "float32" as const, shape };
}

const inner = {
  name: "inner",
  nodes: [node("Mul", ["latent", "gain"], ["b"])],
  initializers: [],
  inputs: [],
  outputs: [info("b", ["n", 2])],
};

/** x → latent → (a branch that captures latent and gain) → y, and a score from x and y. */
const whole: OnnxModel = {
  irVersion: 8,
  opsets: [{ domain: "", version: 18 }],
  producer: "",
  producerVersion: "",
  graph: {
    name: "autoencoder",
    nodes: [
      node("Gemm", ["x", "encode"], ["latent"]),
      node("If", ["always"], ["scaled"], {
        attributes: {
          then_branch: { type: "graph", value: inner },
          else_branch: { type: "graph", value: inner },
        },
      }),
      node("Gemm", ["scaled", "decode"], ["y"]),
      node("Split", ["y"], ["left", "right"]),
      node("Sub", ["x", "y"], ["score"]),
    ],
    initializers: [
      { name: "encode", tensor: tensor("float32", new Float32Array(6), [3, 2]) },
      { name: "decode", tensor: tensor("float32", new Float32Array(6), [2, 3]) },
      { name: "gain", tensor: tensor("float32", new Float32Array([2]), []) },
      { name: "always", tensor: tensor("bool", new Uint8Array([1]), []) },
    ],
    inputs: [info("x", ["n", 3])],
    outputs: [info("y", ["n", 3]), info("score", ["n", 3])],
    values: [info("latent", ["n", 2]), info("scaled", ["n", 2]), info("right", ["n", 1])],
  },
  metadata: { family: "vanilla" },
};

const ops = new Set(["Gemm", "If", "Mul", "Split", "Sub"]);

describe("extractModel", () => {
  it("cuts out an encoder with its weights only", () => {
    const encoder = extractModel(whole, ["x"], ["latent"]);
    checkModel(encoder, ops, "encoder");
    expect(printModel(encoder)).toBe(`opset 18
graph autoencoder(%x: float32[n, 3]) -> (%latent: float32[n, 2]) {
  %encode = float32[3, 2] [0, 0, 0, 0, 0, 0]
  %latent: float32[n, 2] = Gemm(%x, %encode)
}
`);
    expect(encoder.metadata).toEqual({ family: "vanilla" });
    expect(encoder.graph.initializers[0]).toBe(whole.graph.initializers[0]);
  });

  it("cuts out a decoder, with what its bodies capture", () => {
    const decoder = extractModel(whole, ["latent"], ["y"]);
    checkModel(decoder, ops, "decoder");
    expect(decoder.graph.initializers.map(({ name }) => name)).toEqual([
      "decode",
      "gain",
      "always",
    ]);
    expect(decoder.graph.nodes.map(({ op }) => op)).toEqual(["If", "Gemm"]);
    expect(decoder.graph.inputs).toEqual([info("latent", ["n", 2])]);
    expect(decoder.graph.values).toEqual([info("scaled", ["n", 2])]);
  });

  it("is the whole model between its own inputs and outputs", () => {
    const all = extractModel(whole, ["x"], ["y", "score"]);
    expect(all.graph.nodes).toEqual(whole.graph.nodes.filter(({ op }) => op !== "Split"));
    expect(all.graph.initializers).toEqual(whole.graph.initializers);
  });

  it("turns a weight into an input", () => {
    const open = extractModel(whole, ["latent", "gain"], ["scaled"]);
    checkModel(open, ops, "open");
    expect(open.graph.inputs[1]).toEqual({ name: "gain", dtype: "float32", shape: [] });
    expect(open.graph.initializers.map(({ name }) => name)).toEqual(["always"]);
  });

  it("says which input an output depends on", () => {
    expect(() => extractModel(whole, ["latent"], ["score"])).toThrow(
      /outputs score: expected outputs that depend on latent only, got a need of input "x"/,
    );
  });

  it("says which input a body depends on", () => {
    expect(() => extractModel(whole, ["gain"], ["scaled"])).toThrow(/need of input "x"/);
  });

  it("refuses names it does not know, names twice, and half of a node's outputs", () => {
    expect(() => extractModel(whole, ["x"], ["nothing"])).toThrow(/"nothing"/);
    expect(() => extractModel(whole, ["nothing"], ["y"])).toThrow(/"nothing"|"x"/);
    // Made by Split, but no type is recorded for it.
    expect(() => extractModel(whole, ["x"], ["left"])).toThrow(/"left".*recorded type/);
    expect(() => extractModel(whole, ["x", "x"], ["y"])).toThrow(/"x" twice/);
    expect(() => extractModel(whole, ["y", "right"], ["left"])).toThrow(/"right"/);
  });
});
