import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { DType, Tensor } from "../base/tensor.ts";
import { sizeOf } from "../base/tensor.ts";
import { DATA_TYPES } from "./messages.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./messages.ts";
import { readModel } from "./read.ts";
import { writeModel } from "./write.ts";

const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "\uFEFFx", "__proto__"));
const dtype = fc.constantFrom(...(Object.keys(DATA_TYPES) as DType[]));
const float32 = fc.float();
const safeInteger = fc.maxSafeInteger();

const elements = {
  float32: (n: number) => exactly(float32, n).map((a) => Float32Array.from(a)),
  float64: (n: number) => exactly(fc.double(), n).map((a) => Float64Array.from(a)),
  int32: (n: number) => exactly(fc.integer(), n).map((a) => Int32Array.from(a)),
  int64: (n: number) =>
    exactly(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), n).map((a) => BigInt64Array.from(a)),
  uint32: (n: number) => exactly(fc.nat(2 ** 31 - 1), n).map((a) => Uint32Array.from(a, (x) => ~x)),
  uint8: (n: number) => exactly(fc.nat(255), n).map((a) => Uint8Array.from(a)),
  bool: (n: number) => exactly(fc.nat(1), n).map((a) => Uint8Array.from(a)),
  string: (n: number) => exactly(text, n),
} satisfies Record<DType, (n: number) => fc.Arbitrary<Tensor["data"]>>;

function exactly<T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: length, maxLength: length });
}

const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(dtype, fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([type, shape]) => {
    const data: fc.Arbitrary<Tensor["data"]> = elements[type](sizeOf(shape));
    return data.map((values) => ({ dtype: type, shape, data: values }) as Tensor);
  });

const valueInfo: fc.Arbitrary<OnnxValueInfo> = fc.record({
  name: text,
  dtype,
  shape: fc.option(fc.array(fc.oneof(fc.nat(), text), { maxLength: 4 }), { nil: undefined }),
});

const plainAttribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  fc.record({ type: fc.constant("float" as const), value: float32 }),
  fc.record({ type: fc.constant("int" as const), value: safeInteger }),
  fc.record({ type: fc.constant("string" as const), value: text }),
  fc.record({ type: fc.constant("tensor" as const), value: tensor }),
  fc.record({ type: fc.constant("floats" as const), value: fc.array(float32) }),
  fc.record({ type: fc.constant("ints" as const), value: fc.array(safeInteger) }),
  fc.record({ type: fc.constant("strings" as const), value: fc.array(text) }),
);

function graph(depth: number): fc.Arbitrary<OnnxGraph> {
  const attribute: fc.Arbitrary<OnnxAttribute> =
    depth === 0
      ? plainAttribute
      : fc.oneof(
          { arbitrary: plainAttribute, weight: 5 },
          {
            arbitrary: fc.record({ type: fc.constant("graph" as const), value: graph(depth - 1) }),
            weight: 1,
          },
        );
  const node: fc.Arbitrary<OnnxNode> = fc.record({
    op: text,
    domain: text,
    name: text,
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 3 }),
    attributes: fc.dictionary(text, attribute, { maxKeys: 3, noNullPrototype: true }),
  });
  return fc.record(
    {
      name: text,
      nodes: fc.array(node, { maxLength: 3 }),
      initializers: fc.array(fc.record({ name: text, tensor }), { maxLength: 3 }),
      inputs: fc.array(valueInfo, { maxLength: 3 }),
      outputs: fc.array(valueInfo, { maxLength: 3 }),
      values: fc.array(valueInfo, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ["name", "nodes", "initializers", "inputs", "outputs"] },
  );
}

const model: fc.Arbitrary<OnnxModel> = fc.record({
  irVersion: fc.nat(),
  opsets: fc.array(fc.record({ domain: text, version: safeInteger }), { maxLength: 3 }),
  producer: text,
  producerVersion: text,
  graph: graph(2),
  metadata: fc.dictionary(text, text, { noNullPrototype: true }),
});

describe("writeModel", () => {
  it("is undone by readModel, for any model", () => {
    fc.assert(
      fc.property(model, (any) => {
        expect(readModel(writeModel(any), "any.onnx")).toEqual(any);
      }),
      { numRuns: 300 },
    );
  });

  it("gives equal bytes for equal models, whatever order their records are in", () => {
    const attributes = { b: int(1), a: int(2), ab: int(3) };
    const reversed = { ab: int(3), a: int(2), b: int(1) };
    const bytes = writeModel(withNode(attributes, { y: "1", x: "2" }));
    expect(writeModel(withNode(reversed, { x: "2", y: "1" }))).toEqual(bytes);
    expect(bytes).not.toEqual(writeModel(withNode({ ...attributes, a: int(9) }, {})));
  });

  it("writes a subarray's own bytes, however large", () => {
    const memory = Float32Array.from({ length: 5000 }, (_, i) => i);
    const weights: Tensor = { dtype: "float32", shape: [4000], data: memory.subarray(500, 4500) };
    const read = readModel(writeModel(withWeights([weights])), "m.onnx");
    expect(read.graph.initializers[0]?.tensor).toEqual(weights);
  });

  it("refuses more than 2 GB before it takes the memory", () => {
    // One array under 33 names: 2.2 GB on disk, 64 MB here.
    const data = new Float32Array(2 ** 24);
    const weights: Tensor = { dtype: "float32", shape: [2 ** 24], data };
    const before = process.memoryUsage().arrayBuffers;
    expect(() => writeModel(withWeights(Array.from({ length: 33 }, () => weights)))).toThrow(
      expect.objectContaining({ code: "onnx.too-large", fault: "input" }) as Error,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8);
  });

  it("refuses to write what the file could not hold", () => {
    const unsafe = { type: "int", value: 2 ** 53 } as const;
    const huge = { type: "float", value: 1e300 } as const;
    expect(() => writeModel(withNode({ axis: unsafe }, {}))).toThrow(
      /axis: expected a safe integer/,
    );
    expect(() => writeModel(withNode({ alpha: huge }, {}))).toThrow(/alpha: expected a float32/);
  });
});

function int(value: number): OnnxAttribute {
  return { type: "int", value };
}

const empty: OnnxModel = {
  irVersion: 8,
  opsets: [{ domain: "", version: 18 }],
  producer: "",
  producerVersion: "",
  graph: { name: "g", nodes: [], initializers: [], inputs: [], outputs: [] },
  metadata: {},
};

function withNode(
  attributes: OnnxNode["attributes"],
  metadata: Readonly<Record<string, string>>,
): OnnxModel {
  const node = { op: "Op", domain: "", name: "n", inputs: [], outputs: ["y"], attributes };
  return { ...empty, graph: { ...empty.graph, nodes: [node] }, metadata };
}

function withWeights(tensors: readonly Tensor[]): OnnxModel {
  const initializers = tensors.map((weights, i) => ({ name: `w${i}`, tensor: weights }));
  return { ...empty, graph: { ...empty.graph, initializers } };
}
