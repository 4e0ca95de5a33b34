/** Against Python's onnx: the field numbers, and the bytes we write. Skipped where Python has no onnx. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Tensor } from "../base/tensor.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES, MESSAGES } from "./messages.ts";
import type { Field, OnnxModel, OnnxNode } from "./messages.ts";
import { readModel } from "./read.ts";
import { writeModel } from "./write.ts";

const python = process.env["PYTHON"] ?? "python3";
const version = run("import onnx; print(onnx.__version__)");
const missing = version.status === 0 ? "" : ` (skipped: ${python} cannot import onnx)`;
const folder = mkdtempSync(join(tmpdir(), "onnx-python-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(script: string, ...args: string[]) {
  return spawnSync(python, ["-c", script, ...args], { encoding: "utf8" });
}

function ask(script: string, ...args: string[]): unknown {
  const { status, stdout, stderr } = run(script, ...args);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const DESCRIBE = `
import json, onnx
from google.protobuf.descriptor import FieldDescriptor as F
kinds = {F.TYPE_INT32: "int32", F.TYPE_ENUM: "int32", F.TYPE_INT64: "int64", F.TYPE_UINT64: "uint64",
         F.TYPE_FLOAT: "float", F.TYPE_DOUBLE: "double", F.TYPE_STRING: "string", F.TYPE_BYTES: "bytes"}
out = {}
def add(message):
    out[message.full_name.removeprefix("onnx.")] = {
        f.name: {"number": f.number, "kind": kinds.get(f.type) or f.message_type.full_name.removeprefix("onnx."),
                 "repeated": f.is_repeated if hasattr(f, "is_repeated") else f.label == 3,
                 "packed": bool(f.GetOptions().packed)}
        for f in message.fields}
    for inner in message.nested_types: add(inner)
for message in onnx.onnx_ml_pb2.DESCRIPTOR.message_types_by_name.values(): add(message)
print(json.dumps({"messages": out, "types": dict(onnx.TensorProto.DataType.items()),
                  "attributes": dict(onnx.AttributeProto.AttributeType.items())}))
`;

interface Description {
  messages: Record<
    string,
    Record<string, { number: number; kind: string; repeated: boolean; packed: boolean }>
  >;
  types: Record<string, number>;
  attributes: Record<string, number>;
}

describe.skipIf(missing !== "")(`with Python's onnx${missing}`, () => {
  it("our table is the official one", () => {
    const { messages, types, attributes } = ask(DESCRIBE) as Description;
    for (const [name, fields] of Object.entries<Record<string, Field>>(MESSAGES)) {
      for (const [key, field] of Object.entries(fields)) {
        const official = messages[name]?.[key];
        expect(official?.number, `${name}.${key}`).toBe(field.number);
        if (field.kind === "ignored" || field.kind === "refused") continue;
        const { repeated = false, packed = false, kind, number } = field;
        expect(official, `${name}.${key}`).toEqual({ number, kind, repeated, packed });
      }
    }
    const official = { float32: "FLOAT", float64: "DOUBLE" } as Record<string, string>;
    for (const [dtype, code] of Object.entries(DATA_TYPES)) {
      expect(types[official[dtype] ?? dtype.toUpperCase()], dtype).toBe(code);
    }
    for (const [type, { code }] of Object.entries(ATTRIBUTE_TYPES)) {
      expect(attributes[type.toUpperCase()], type).toBe(code);
    }
  });

  it("our bytes pass the checker, hold the numbers we wrote, and come back the same", () => {
    const ours = join(folder, "ours.onnx");
    const theirs = join(folder, "theirs.onnx");
    const bytes = writeModel(sample);
    writeFileSync(ours, bytes);
    expect(ask(ROUND_TRIP, ours, theirs)).toEqual({
      float32: { shape: [2, 2], data: [1.5, -2, 3, 4] },
      float64: { shape: [2], data: [0.1, -1e300] },
      int32: { shape: [2], data: [-1, 2147483647] },
      // Beyond 2^53 JSON's numbers are not exact: as text.
      int64: { shape: [1], data: ["-9223372036854775808"] },
      uint32: { shape: [1], data: [4294967295] },
      uint8: { shape: [2], data: [0, 255] },
      bool: { shape: [2], data: [true, false] },
      string: { shape: [2], data: ["é", ""] },
      empty: { shape: [0, 3], data: [] },
      trips: { shape: [], data: ["3"] },
      always: { shape: [], data: [true] },
      top: { shape: [], data: [5] },
      // r = [0, 5], so three rounds make x = [1, 2] into [1, 17]; then the two swap.
      run: [17, 1],
    });
    const again = readModel(readFileSync(theirs), "theirs.onnx");
    expect(again).toEqual(sample);
  });
});

const ROUND_TRIP = `
import json, sys, numpy as np, onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
out = {}
for t in model.graph.initializer:
    a = numpy_helper.to_array(t)
    flat = [str(v) for v in a.ravel()] if a.dtype == np.int64 else [
        v.decode() if isinstance(v, bytes) else v.item() if hasattr(v, "item") else v for v in a.ravel()]
    out[t.name] = {"shape": list(a.shape), "data": flat}
result = ReferenceEvaluator(model).run(None, {"x": np.array([[1, 2]], np.float32)})
out["run"] = [float(v) for v in result[0].ravel()]
onnx.save(model, sys.argv[2])
print(json.dumps(out))
`;

function initializer(name: string, dtype: Tensor["dtype"], shape: number[], data: Tensor["data"]) {
  return { name, tensor: { dtype, shape, data } as Tensor };
}

function node(op: string, inputs: string[], outputs: string[], rest: Partial<OnnxNode> = {}) {
  return { op, domain: "", name: op, inputs, outputs, attributes: {}, ...rest };
}

const row = { dtype: "float32", shape: ["n", 2] } as const;

/** Every element type, a Loop whose body captures `r`, attributes of several kinds, two domains. */
const sample: OnnxModel = {
  irVersion: 8,
  opsets: [
    { domain: "", version: 18 },
    { domain: "ai.onnx.ml", version: 3 },
  ],
  producer: "autoencoders",
  producerVersion: "1",
  graph: {
    name: "sample",
    nodes: [
      // x @ float32.T * 0.5 = [[-1.25, 5.5]]
      node("Gemm", ["x", "float32"], ["y"], {
        attributes: { alpha: { type: "float", value: 0.5 }, transB: { type: "int", value: 1 } },
      }),
      // No lower bound: an optional input left out.
      node("Clip", ["y", "", "top"], ["c"]),
      node("Relu", ["c"], ["r"]),
      node("Loop", ["trips", "always", "x"], ["z"], {
        attributes: {
          body: {
            type: "graph",
            value: {
              name: "body",
              nodes: [node("Identity", ["go"], ["goOn"]), node("Add", ["state", "r"], ["next"])],
              initializers: [],
              inputs: [
                { name: "i", dtype: "int64", shape: [] },
                { name: "go", dtype: "bool", shape: [] },
                { name: "state", ...row },
              ],
              outputs: [
                { name: "goOn", dtype: "bool", shape: [] },
                { name: "next", ...row },
              ],
            },
          },
        },
      }),
      node("Transpose", ["z"], ["t"], { attributes: { perm: { type: "ints", value: [1, 0] } } }),
      node("Constant", [], ["order"], {
        attributes: {
          value: {
            type: "tensor",
            value: { dtype: "int64", shape: [2], data: BigInt64Array.of(1n, 0n) },
          },
        },
      }),
      node("Gather", ["t", "order"], ["out"]),
      node("LabelEncoder", ["string"], ["codes"], {
        domain: "ai.onnx.ml",
        attributes: {
          default_float: { type: "float", value: -1 },
          keys_strings: { type: "strings", value: ["é", ""] },
          values_floats: { type: "floats", value: [1, 2.5] },
        },
      }),
    ],
    initializers: [
      initializer("float32", "float32", [2, 2], Float32Array.of(1.5, -2, 3, 4)),
      initializer("float64", "float64", [2], Float64Array.of(0.1, -1e300)),
      initializer("int32", "int32", [2], Int32Array.of(-1, 2 ** 31 - 1)),
      initializer("int64", "int64", [1], BigInt64Array.of(-(2n ** 63n))),
      initializer("uint32", "uint32", [1], Uint32Array.of(2 ** 32 - 1)),
      initializer("uint8", "uint8", [2], Uint8Array.of(0, 255)),
      initializer("bool", "bool", [2], Uint8Array.of(1, 0)),
      initializer("string", "string", [2], ["é", ""]),
      initializer("empty", "float32", [0, 3], new Float32Array(0)),
      initializer("trips", "int64", [], BigInt64Array.of(3n)),
      initializer("always", "bool", [], Uint8Array.of(1)),
      initializer("top", "float32", [], Float32Array.of(5)),
    ],
    inputs: [{ name: "x", ...row }],
    outputs: [{ name: "out", dtype: "float32", shape: [2, "n"] }],
    values: [
      { name: "y", ...row },
      { name: "codes", dtype: "float32", shape: [2] },
    ],
  },
  metadata: { a: '{"x":1}', b: "2" },
};
