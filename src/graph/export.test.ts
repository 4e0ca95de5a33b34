import { describe, expect, test } from "vitest";
import { runModel } from "../../test/runtime.ts";
import { tensor } from "../base/tensor.ts";
import type { OnnxGraph } from "../onnx/messages.ts";
import { writeModel } from "../onnx/write.ts";
import {
  add,
  broadcastLike,
  codeOf,
  exp,
  gemm,
  greater,
  loop,
  mul,
  neg,
  relu,
  split,
  sub,
  where,
} from "../ops/index.ts";
import type { ModelSpec } from "./export.ts";
import { exportModel, IR_VERSION, OPSET } from "./export.ts";
import type { Value } from "./value.ts";
import { constant, input, scalar } from "./value.ts";

function graphOf(spec: Omit<ModelSpec, "name">): OnnxGraph {
  return exportModel({ name: "test", ...spec }).graph;
}

const opsOf = (graph: OnnxGraph): readonly string[] => graph.nodes.map((node) => node.op);
const vector = (...values: readonly number[]) => tensor("float32", Float32Array.from(values));

describe("a written graph", () => {
  const x = input("x", "float32", ["batch", 2]);
  const weight = constant(tensor("float32", Float32Array.of(1, 2, 3, 4), [2, 2]), "encoder.weight");
  const outputs = { y: relu(gemm(x, weight)), code: neg(x) };

  test("states versions, names, types and shapes", () => {
    const model = exportModel({ name: "m", inputs: [x], outputs, metadata: { family: "vanilla" } });
    expect(model).toMatchObject({
      irVersion: IR_VERSION,
      opsets: [{ domain: "", version: OPSET }],
      producer: "autoencoders",
      metadata: { family: "vanilla" },
    });
    expect(model.graph.inputs).toEqual([{ name: "x", dtype: "float32", shape: ["batch", 2] }]);
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(["y", "code"]);
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(["encoder.weight"]);
    expect(opsOf(model.graph)).toEqual(["Gemm", "Relu", "Neg"]);
  });

  test("runs under its own names", async () => {
    const model = exportModel({ name: "m", inputs: [x], outputs });
    const results = await runModel(model, {
      x: tensor("float32", Float32Array.of(1, 1, -1, 0), [2, 2]),
    });
    expect(results["y"]).toEqual(tensor("float32", Float32Array.of(4, 6, 0, 0), [2, 2]));
    expect(Object.keys(results)).toEqual(["y", "code"]);
  });

  test("is the same bytes every time", () => {
    const make = (): Uint8Array => {
      const a = input("a", "float32", ["batch"]);
      const { state } = loop(scalar(3, "int64"), [a], (index, [held]) => ({
        state: [mul(add(held as Value, 0.5), exp(a))],
        scans: [index],
      }));
      return writeModel(exportModel({ name: "m", inputs: [a], outputs: { b: state[0] as Value } }));
    };
    expect(make()).toEqual(make());
  });

  test("names the domains it uses, and no others", () => {
    const text = input("text", "string", ["batch"]);
    const model = exportModel({
      name: "m",
      inputs: [text],
      outputs: { code: codeOf(text, ["a"], 1) },
    });
    expect(model.opsets).toEqual([
      { domain: "", version: OPSET },
      { domain: "ai.onnx.ml", version: 3 },
    ]);
  });

  test("spells products of dimensions as names a runtime accepts", () => {
    const both = graphOf({ inputs: [input("x", "float32", ["batch*49", 2])], outputs: {} });
    expect(both.inputs[0]?.shape).toEqual(["n49_times_batch", 2]);
  });
});

describe("duplicate work", () => {
  const x = input("x", "float32", ["batch"]);

  test("is written once", () => {
    const graph = graphOf({ inputs: [x], outputs: { y: add(exp(neg(x)), exp(neg(x))) } });
    expect(opsOf(graph)).toEqual(["Neg", "Exp", "Add"]);
    expect(graph.nodes[2]?.inputs[0]).toBe(graph.nodes[2]?.inputs[1]);
  });

  test("is told apart by attributes, order and count of outputs", () => {
    const [a, b] = split(input("z", "float32", [4]), [2, 2]) as [Value, Value];
    const graph = graphOf({
      inputs: [a.node.inputs[0] as Value],
      outputs: { y: add(sub(a, b), sub(b, a)) },
    });
    expect(opsOf(graph)).toEqual(["Split", "Sub", "Sub", "Add"]);
  });

  test("is found again inside a loop", () => {
    const { state } = loop(scalar(2, "int64"), [x], (_, [held]) => ({
      state: [add(mul(held as Value, exp(x)), mul(held as Value, exp(x)))],
      scans: [],
    }));
    const graph = graphOf({ inputs: [x], outputs: { y: state[0] as Value } });
    expect(opsOf(graph)).toEqual(["Exp", "Loop"]);
    const body = graph.nodes[1]?.attributes["body"];
    expect(body?.type === "graph" && opsOf(body.value)).toEqual(["Identity", "Mul", "Add"]);
  });

  test("small constants of equal type, shape and content are one", () => {
    const other = constant(tensor("float32", Float32Array.of(2), [1]));
    const graph = graphOf({
      inputs: [x],
      outputs: { y: mul(mul(mul(x, 2), 2), mul(other, scalar(-0))), z: mul(neg(x), scalar(0)) },
    });
    expect(graph.initializers.map(({ tensor: { data, shape } }) => [data[0], shape])).toEqual([
      [2, []],
      [2, [1]],
      [-0, []],
      [0, []],
    ]);
  });

  test("named constants keep their names, whatever they hold", () => {
    const [a, b] = ["a.bias", "b.bias"].map((name) => constant(vector(0), name)) as [Value, Value];
    const graph = graphOf({ inputs: [x], outputs: { y: add(add(x, a), b) } });
    expect(graph.initializers.map(({ name }) => name)).toEqual(["a.bias", "b.bias"]);
  });
});

describe("needless work", () => {
  const x = input("x", "float32", ["batch", 3]);
  const rate = input("rate", "float32", []);

  test("is left out: double negation, Expands, scalars one after the other", async () => {
    const wide = broadcastLike(rate, x);
    const spec = {
      inputs: [x, rate],
      outputs: {
        back: exp(neg(neg(x))),
        sum: add(x, wide),
        scaled: mul(mul(mul(x, rate), 3), wide),
        chosen: where(greater(x, wide), x, wide),
      },
    };
    const graph = graphOf(spec);
    expect(opsOf(graph).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "Add",
      "Exp",
      "Greater",
      "Mul",
      "Mul",
      "Mul",
      "Where",
    ]);
    const results = await runModel(exportModel({ name: "m", ...spec }), {
      x: tensor("float32", Float32Array.of(0, 1, -1), [1, 3]),
      rate: tensor("float32", Float32Array.of(2), []),
    });
    expect(results["sum"]?.data).toEqual(Float32Array.of(2, 3, 1));
    expect(results["scaled"]?.data).toEqual(Float32Array.of(0, 12, -12));
    expect(results["chosen"]?.data).toEqual(Float32Array.of(2, 2, 2));
    expect(results["back"]?.shape).toEqual([1, 3]);
  });

  test("stays where a cut would be passed by", () => {
    for (const [middle, after] of [
      [mul(x, rate), (v: Value) => mul(v, 2)],
      [neg(x), neg],
      [neg(neg(x)), exp],
      [broadcastLike(rate, x), (v: Value) => add(v, x)],
    ] as const) {
      const outputs = { y: after(middle) };
      const graph = graphOf({ inputs: [x, rate], outputs, names: new Map([[middle, "latent"]]) });
      const last = graph.nodes.find((node) => node.outputs.includes("y"));
      expect(last?.inputs).toContain("latent");
    }
  });

  test("is told apart from repetition that changes a shape", async () => {
    const wide = broadcastLike(input("one", "float32", [1]), x);
    const graph = graphOf({
      inputs: [wide.node.inputs[0] as Value, x],
      outputs: { y: mul(wide, 2) },
    });
    expect(opsOf(graph)).toContain("Expand");
  });
});

describe("names", () => {
  const x = input("x", "float32", ["batch"]);
  const y = exp(x);

  test("of outputs that repeat come through an Identity", async () => {
    const model = exportModel({
      name: "m",
      inputs: [x],
      outputs: { first: y, second: y, same: x, one: scalar(1) },
    });
    expect(opsOf(model.graph)).toEqual(["Exp", "Identity", "Identity", "Identity"]);
    const results = await runModel(model, { x: vector(0, 0) });
    expect(Object.values(results).map(({ data }) => Array.from(data, Number))).toEqual([
      [1, 1],
      [1, 1],
      [0, 0],
      [1],
    ]);
  });

  test("given to cuts are those that other nodes use", () => {
    const graph = graphOf({
      inputs: [x],
      outputs: { result: neg(y), other: y },
      names: new Map([[y, "latent"]]),
    });
    expect(graph.nodes.find((node) => node.op === "Neg")?.inputs).toEqual(["latent"]);
    expect(graph.nodes.find((node) => node.op === "Identity")).toMatchObject({
      inputs: ["latent"],
      outputs: ["other"],
    });
  });

  test("may be of a cut and an output at once", () => {
    const graph = graphOf({
      inputs: [x],
      outputs: { latent: y, result: neg(y) },
      names: new Map([[y, "latent"]]),
    });
    expect(opsOf(graph)).toEqual(["Exp", "Neg"]);
  });

  test("of a cut survive even where nothing else needs the value", () => {
    const graph = graphOf({ inputs: [x], outputs: { y }, names: new Map([[neg(x), "cut"]]) });
    expect(graph.nodes.flatMap(({ outputs }) => outputs)).toContain("cut");
  });

  test("inside the graph give way to those of inputs and outputs", () => {
    const odd = input("Exp_0", "float32", ["batch"]);
    const graph = graphOf({ inputs: [odd], outputs: { const_0: mul(exp(exp(odd)), 3) } });
    const all = graph.nodes.flatMap(({ outputs }) => outputs);
    expect(new Set([...all, "Exp_0"]).size).toBe(4);
    expect(graph.initializers[0]?.name).not.toBe("const_0");
  });

  test("asked for twice are refused", () => {
    const twin = input("x", "float32", ["batch"]);
    expect(() => graphOf({ inputs: [x, twin], outputs: { y: add(x, twin) } })).toThrow("for two");
    expect(() => graphOf({ inputs: [x], outputs: { x } })).toThrow('"x" for two');
    expect(() =>
      graphOf({ inputs: [x], outputs: { latent: y }, names: new Map([[x, "latent"]]) }),
    ).toThrow('"latent" for two');
  });

  test("of inputs that are used must be listed", () => {
    expect(() => graphOf({ inputs: [], outputs: { y } })).toThrow('graph input "x"');
  });
});

describe("a loop", () => {
  const x = input("x", "float32", [2]);
  const rate = input("rate", "float32", []);

  test("captures values, constants and state passed through", async () => {
    const { state, scans } = loop(scalar(3, "int64"), [x, rate], (index, [held, kept]) => {
      const next = mul(held as Value, add(exp(rate), 1));
      // The first state goes on as the second; a captured value and a constant are kept.
      return { state: [next, kept as Value], scans: [index, rate, scalar(4)] };
    });
    const model = exportModel({
      name: "m",
      inputs: [x, rate],
      outputs: Object.fromEntries([...state, ...scans].map((value, i) => [`r${i}`, value])),
    });
    const results = await runModel(model, {
      x: vector(1, 2),
      rate: tensor("float32", Float32Array.of(0), []),
    });
    expect(Object.values(results).map(({ data }) => Array.from(data, Number))).toEqual([
      [8, 16],
      [0],
      [0, 1, 2],
      [0, 0, 0],
      [4, 4, 4],
    ]);
  });

  test("gives its results without a copy at the end", () => {
    const { state } = loop(scalar(3, "int64"), [x], (_, [held]) => ({
      state: [mul(held as Value, rate)],
      scans: [],
    }));
    const graph = graphOf({ inputs: [x, rate], outputs: { y: state[0] as Value } });
    const body = graph.nodes[0]?.attributes["body"];
    if (body?.type !== "graph") throw new Error("a loop has a body");
    expect(opsOf(body.value)).toEqual(["Identity", "Mul"]);
    expect(body.value.nodes[1]?.outputs[0]).toBe(body.value.outputs[1]?.name);
  });

  test("inside a loop reaches out through both", async () => {
    const { state } = loop(scalar(2, "int64"), [x], (turn, [held]) => {
      const inner = loop(add(turn, 1), [held as Value], (_, [deep]) => ({
        state: [add(mul(deep as Value, rate), mul(held as Value, x))],
        scans: [],
      }));
      return { state: [inner.state[0] as Value], scans: [] };
    });
    const model = exportModel({ name: "m", inputs: [x, rate], outputs: { y: state[0] as Value } });
    const results = await runModel(model, {
      x: vector(1, 2),
      rate: tensor("float32", Float32Array.of(2), []),
    });
    // h → 2h + h·x, then twice d → 2d + h·x from d = h.
    const expected = [1, 2].map((start) => {
      const first = 2 * start + start * start;
      const once = 2 * first + first * start;
      return 2 * once + first * start;
    });
    expect(Array.from(results["y"]?.data ?? [], Number)).toEqual(expected);
  });
});
