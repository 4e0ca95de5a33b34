import { describe, expect, it } from "vitest";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { checkModel } from "./check.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from "./messages.ts";

const OPS = ["Gemm", "Relu", "If", "Loop", "Constant", "Identity", "Cast", "ConstantOfShape"];
const MORE = ["Expand", "Range", "Tile", "Pad", "ai.onnx.ml:LabelEncoder"];
const allowed = new Set([...OPS, ...MORE]);

function node(op: string, inputs: string[], outputs: string[], rest: Partial<OnnxNode> = {}) {
  return { op, domain: "", name: "", inputs, outputs, attributes: {}, ...rest };
}

function body(graph: Partial<OnnxGraph>): OnnxAttribute {
  const value = { name: "body", nodes: [], initializers: [], inputs: [], outputs: [], ...graph };
  return { type: "graph", value };
}

function info(name: string, shape: readonly (number | string)[] = ["n", 2]) {
  return { name, dtype: "float32" as const, shape };
}

function model(
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
  constants: Readonly<Record<string, Tensor>> = {},
): OnnxModel {
  return {
    irVersion: 8,
    opsets: [{ domain: "", version: 18 }],
    producer: "",
    producerVersion: "",
    graph: {
      name: "g",
      nodes,
      initializers: Object.entries(constants).map(([name, value]) => ({ name, tensor: value })),
      inputs: [info("x")],
      outputs: outputs.map((name) => info(name)),
    },
    metadata: {},
  };
}

function expectCode(bad: OnnxModel, code: string, message: RegExp): void {
  expect(() => checkModel(bad, allowed, "m.onnx")).toThrow(
    expect.objectContaining({
      code,
      fault: "input",
      message: expect.stringMatching(message),
    }) as Error,
  );
}

const int64 = (...values: number[]): Tensor => tensor("int64", BigInt64Array.from(values, BigInt));

describe("checkModel accepts", () => {
  it("bodies that capture, optional inputs left out, constants of a usual size", () => {
    const branch = body({ nodes: [node("Relu", ["w"], ["b"])], outputs: [info("b")] });
    const nodes = [
      node("Relu", ["x"], ["w"]),
      // Both branches may use a name: neither sees the other.
      node("If", ["c"], ["y"], { attributes: { then_branch: branch, else_branch: branch } }),
      node("Pad", ["y", "pads", "", "axes"], ["z"]),
      node("ConstantOfShape", ["shape"], ["k"]),
    ];
    const constants = {
      c: tensor("bool", new Uint8Array([1]), []),
      pads: int64(1, 1),
      axes: int64(-1),
      shape: int64(1024, 1024),
    };
    checkModel(model(nodes, ["z"], constants), allowed, "m.onnx");
  });

  it("other domains that are imported and allowed", () => {
    const good = model([node("LabelEncoder", ["x"], ["y"], { domain: "ai.onnx.ml" })], ["y"]);
    const opsets = [...good.opsets, { domain: "ai.onnx.ml", version: 3 }];
    checkModel({ ...good, opsets }, allowed, "m.onnx");
  });
});

describe("checkModel refuses", () => {
  it("operators not in the list, in bodies too", () => {
    expectCode(
      model([node("Shell", ["x"], ["y"])], ["y"]),
      "onnx.op",
      /m\.onnx: node "y".*"Shell"/,
    );
    const inner = body({ nodes: [node("Shell", ["x"], ["b"])], outputs: [info("b")] });
    expectCode(
      model([node("If", ["x"], ["y"], { attributes: { inner } })], ["y"]),
      "onnx.op",
      /Shell/,
    );
    // An allowed name in another domain is another operator.
    expectCode(
      model([node("Relu", ["x"], ["y"], { domain: "evil" })], ["y"]),
      "onnx.op",
      /evil:Relu/,
    );
  });

  it("domains without an opset, and opsets twice", () => {
    const ml = model([node("LabelEncoder", ["x"], ["y"], { domain: "ai.onnx.ml" })], ["y"]);
    expectCode(ml, "onnx.opset", /ai\.onnx\.ml/);
    const opsets = [
      { domain: "", version: 18 },
      { domain: "", version: 9 },
    ];
    expectCode({ ...ml, opsets }, "onnx.duplicate", /"ai.onnx" twice/);
  });

  it("names defined twice", () => {
    const relu = node("Relu", ["x"], ["y"]);
    expectCode(model([relu, relu], ["y"]), "onnx.duplicate", /"y" twice/);
    expectCode(model([node("Relu", ["x"], ["x"])], ["x"]), "onnx.duplicate", /"x" twice/);
    expectCode(model([], ["x"], { x: int64(1) }), "onnx.duplicate", /"x" twice/);
    expectCode(model([], ["x", "x"]), "onnx.duplicate", /"x" twice/);
    const twice = model([], ["w"], { w: int64(1) });
    const initializers = [...twice.graph.initializers, ...twice.graph.initializers];
    expectCode(
      { ...twice, graph: { ...twice.graph, initializers } },
      "onnx.duplicate",
      /"w" twice/,
    );
    const shadow = body({ inputs: [info("x")], outputs: [info("x")] });
    expectCode(
      model([node("Loop", ["x"], ["y"], { attributes: { shadow } })], ["y"]),
      "onnx.duplicate",
      /"x"/,
    );
  });

  it("tensors used before they are made, and a body's tensors used outside", () => {
    const late = [node("Relu", ["b"], ["y"]), node("Relu", ["x"], ["b"])];
    expectCode(model(late, ["y"]), "onnx.undefined", /"b"/);
    const inner = body({ nodes: [node("Relu", ["x"], ["b"])], outputs: [info("b")] });
    const outside = [
      node("If", ["x"], ["a"], { attributes: { inner } }),
      node("Relu", ["b"], ["y"]),
    ];
    expectCode(model(outside, ["y"]), "onnx.undefined", /"b"/);
  });

  it("outputs that the graph does not make, its bodies included", () => {
    expectCode(model([], ["y"]), "onnx.output", /"y"/);
    const inner = body({ outputs: [info("x")] });
    expectCode(
      model([node("If", ["x"], ["y"], { attributes: { inner } })], ["y"]),
      "onnx.output",
      /"x"/,
    );
  });

  it("more weights than a file can hold", () => {
    const half = tensor("float32", new Float32Array(2 ** 24), [2 ** 24]);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`w${i}`, half]));
    expectCode(model([], ["x"], many), "onnx.too-large", /bytes of weights/);
  });
});

describe("constant bombs", () => {
  const limit = 2 ** 28;
  const constant = (attributes: OnnxNode["attributes"]) =>
    node("Constant", [], ["c"], { attributes });
  const scalar = (value: number): Tensor => tensor("int64", BigInt64Array.of(BigInt(value)), []);

  const bombs: [string, OnnxNode[], Record<string, Tensor>][] = [
    ["ConstantOfShape", [node("ConstantOfShape", ["s"], ["y"])], { s: int64(limit + 1) }],
    [
      "ConstantOfShape of many dimensions",
      [node("ConstantOfShape", ["s"], ["y"])],
      { s: int64(...Array.from({ length: 99 }, () => 2)) },
    ],
    [
      "ConstantOfShape of a Constant's ints",
      [
        constant({ value_ints: { type: "ints", value: [limit, 2] } }),
        node("ConstantOfShape", ["c"], ["y"]),
      ],
      {},
    ],
    [
      "ConstantOfShape of a Constant's tensor",
      [
        constant({ value: { type: "tensor", value: int64(limit, 2) } }),
        node("ConstantOfShape", ["c"], ["y"]),
      ],
      {},
    ],
    [
      "ConstantOfShape behind Identity and Cast",
      [
        node("Identity", ["s"], ["i"]),
        node("Cast", ["i"], ["j"]),
        node("ConstantOfShape", ["j"], ["y"]),
      ],
      { s: int64(limit, 2) },
    ],
    ["Expand", [node("Expand", ["x", "s"], ["y"])], { s: int64(limit, 1) }],
    [
      "Range",
      [node("Range", ["a", "b", "d"], ["y"])],
      { a: scalar(5), b: scalar(-limit - 5), d: scalar(-1) },
    ],
    [
      "Range without a step",
      [node("Range", ["a", "b", "d"], ["y"])],
      { a: scalar(0), b: scalar(1), d: scalar(0) },
    ],
    ["Tile", [node("Tile", ["x", "s"], ["y"])], { s: int64(2 ** 14, 2 ** 14) }],
    ["Pad", [node("Pad", ["x", "s"], ["y"])], { s: int64(0, 0, 2 ** 14, 2 ** 15) }],
    [
      "Pad by attribute",
      [
        node("Pad", ["x"], ["y"], {
          attributes: { pads: { type: "ints", value: [0, 0, limit, 0] } },
        }),
      ],
      {},
    ],
    [
      "Pad along an axis",
      [node("Pad", ["x", "s", "", "axis"], ["y"])],
      { s: int64(0, limit), axis: int64(-1) },
    ],
  ];

  it.each(bombs)("%s", (_, nodes, constants) => {
    expectCode(model(nodes, ["y"], constants), "onnx.too-large", /268435456 elements/);
  });

  it("in a body, by a constant outside it", () => {
    const inner = body({ nodes: [node("ConstantOfShape", ["s"], ["b"])], outputs: [info("b")] });
    const nodes = [node("If", ["x"], ["y"], { attributes: { inner } })];
    expectCode(model(nodes, ["y"], { s: int64(limit, 2) }), "onnx.too-large", /elements/);
  });

  it("exactly at the limit passes", () => {
    const nodes = [node("ConstantOfShape", ["s"], ["y"])];
    checkModel(model(nodes, ["y"], { s: int64(2 ** 14, 2 ** 14) }), allowed, "m.onnx");
  });
});
