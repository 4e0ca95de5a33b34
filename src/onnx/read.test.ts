import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { AutoencoderError } from "../base/errors.ts";
import { printModel } from "./print.ts";
import { readModel } from "./read.ts";
import { writeModel } from "./write.ts";
import { encode } from "./wire.ts";
import type { GraphProto, ModelProto, TensorProto } from "./messages.ts";

/**
 * A model that Python's onnx 1.23 wrote with onnx.helper and passed through its
 * checker: every element type as raw bytes and as a list, a Loop whose body
 * captures an outer tensor, string attributes and tensors, documentation strings.
 */
const PYTHON_MODEL = Buffer.from(
  [
    "CAgSBnB5dGhvbhoBMTIBZDqsCApKCgF4CgtyYXdfZmxvYXQzMhIBeRoEZ2VtbSIER2VtbSoPCgVhbHBoYRUAAAA/oA",
    "EBKg0KBnRyYW5zQhgBoAECMglyZWFkIG92ZXIKpwEKCnJhd19zY2FsYXIKAAoBeRIBeiIETG9vcCqKAQoEYm9keTJ/",
    "ChEKAWMSAmMyIghJZGVudGl0eQoPCgFzCgF4EgJzMiIDQWRkEgRib2R5WgsKAWkSBgoECAcSAFoLCgFjEgYKBAgJEg",
    "BaFAoBcxIPCg0IARIJCgMSAW4KAggCYgwKAmMyEgYKBAgJEgBiFQoCczISDwoNCAESCQoDEgFuCgIIAqABBQpwCgF3",
    "EgF2IgxMYWJlbEVuY29kZXIqFwoNZGVmYXVsdF9mbG9hdBUAAIC/oAEBKhcKDGtleXNfc3RyaW5nc0oBYUoBYqABCC",
    "ocCg12YWx1ZXNfZmxvYXRzPQAAgD89AAAgQKABBjoKYWkub25ueC5tbAolEgFrIghDb25zdGFudCoWCgV2YWx1ZSoK",
    "CAIQBzoCAgNCAKABBAomEgJrMiIIQ29uc3RhbnQqFgoMdmFsdWVfc3RyaW5nIgN0ZXigAQMKIQoBehICenQiCVRyYW",
    "5zcG9zZSoNCgRwZXJtQAFAAKABBxIEbWFpbiolCAIIAhABQgtyYXdfZmxvYXQzMkoQAADAPwAAAMAAAEBAAACAQCob",
    "CAEQC0ILcmF3X2Zsb2F0NjRKCJqZmZmZmbk/KhkIAhAGQglyYXdfaW50MzJKCP////8CAAAAKiEIAhAHQglyYXdfaW",
    "50NjRKEAAAAAAAAACA/////////38qFggBEAxCCnJhd191aW50MzJKBP////8qEwgCEAJCCXJhd191aW50OEoCAP8q",
    "EggCEAlCCHJhd19ib29sSgIBACoTCAAIAxABQglyYXdfZW1wdHlKACoYEAdCCnJhd19zY2FsYXJKCAcAAAAAAAAAKh",
    "wIAhABIggAAMA/AAAAwEIMbGlzdF9mbG9hdDMyKhwIARALQgxsaXN0X2Zsb2F0NjRSCJqZmZmZmbk/Kh0IAhAGKgv/",
    "//////////8BAkIKbGlzdF9pbnQzMiodCAIQBzoLgICAgICAgICAAQVCCmxpc3RfaW50NjQqGAgBEAxCC2xpc3RfdW",
    "ludDMyWgX/////DyoVCAIQAioDAP8BQgpsaXN0X3VpbnQ4KhMIAhAJKgIBAEIJbGlzdF9ib29sKhcIAhAIMgLDqTIA",
    "QgtsaXN0X3N0cmluZ1IJcmVhZCBvdmVyWhQKAXgSDwoNCAESCQoDEgFuCgIIAloSCgF3Eg0KCwgIEgcKAxIBbgoAYh",
    "UKAnp0Eg8KDQgBEgkKAggCCgMSAW5iEgoBdhINCgsIARIHCgMSAW4KAGoUCgF5Eg8KDQgBEgkKAxIBbgoCCAJqCQoB",
    "ehIECgIIAUIECgAQEkIOCgphaS5vbm54Lm1sEANyBgoBYhIBMnIMCgFhEgd7IngiOjF9",
  ].join(""),
  "base64",
);

const PRINTED = `opset 18
opset ai.onnx.ml 3
graph main(%x: float32[n, 2], %w: string[n, ?]) -> (%zt: float32[2, n], %v: float32[n, ?]) {
  %raw_float32 = float32[2, 2] [1.5, -2, 3, 4]
  %raw_float64 = float64[1] [0.1]
  %raw_int32 = int32[2] [-1, 2]
  %raw_int64 = int64[2] [-9223372036854775808, 9223372036854775807]
  %raw_uint32 = uint32[1] [4294967295]
  %raw_uint8 = uint8[2] [0, 255]
  %raw_bool = bool[2] [true, false]
  %raw_empty = float32[0, 3] []
  %raw_scalar = int64[] [7]
  %list_float32 = float32[2] [1.5, -2]
  %list_float64 = float64[1] [0.1]
  %list_int32 = int32[2] [-1, 2]
  %list_int64 = int64[2] [-9223372036854775808, 5]
  %list_uint32 = uint32[1] [4294967295]
  %list_uint8 = uint8[2] [0, 255]
  %list_bool = bool[2] [true, false]
  %list_string = string[2] ["é", ""]
  %y: float32[n, 2] = Gemm(%x, %raw_float32) {alpha=0.5, transB=1}
  %z: float32[...] = Loop(%raw_scalar, _, %y)
    body = graph body(%i: int64[], %c: bool[], %s: float32[n, 2]) -> (%c2: bool[], %s2: float32[n, 2]) {
      %c2: bool[] = Identity(%c)
      %s2: float32[n, 2] = Add(%s, %x)
    }
  %v: float32[n, ?] = ai.onnx.ml:LabelEncoder(%w) {default_float=-1, keys_strings=["a", "b"], values_floats=[1, 2.5]}
  %k = Constant() {value=int64[2] [2, 3]}
  %k2 = Constant() {value_string="tex"}
  %zt: float32[2, n] = Transpose(%z) {perm=[1, 0]}
}
`;

describe("a model written by Python", () => {
  const model = readModel(PYTHON_MODEL, "python.onnx");

  it("is read whole", () => {
    expect(printModel(model)).toBe(PRINTED);
    expect(model.metadata).toEqual({ a: '{"x":1}', b: "2" });
    expect([model.irVersion, model.producer, model.producerVersion]).toEqual([8, "python", "1"]);
  });

  it("has the same elements whether they are raw or listed", () => {
    const byName = new Map(model.graph.initializers.map(({ name, tensor }) => [name, tensor]));
    expect(byName.get("raw_int64")?.data).toEqual(
      new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]),
    );
    expect(byName.get("list_int64")?.data).toEqual(new BigInt64Array([-(2n ** 63n), 5n]));
    expect(byName.get("raw_float32")).toEqual({
      dtype: "float32",
      shape: [2, 2],
      data: new Float32Array([1.5, -2, 3, 4]),
    });
    expect(byName.get("list_float32")?.data).toEqual(new Float32Array([1.5, -2]));
    for (const dtype of ["float64", "uint32", "uint8", "bool"]) {
      expect(byName.get(`list_${dtype}`)).toEqual(byName.get(`raw_${dtype}`));
    }
  });

  it("is the same after writing and reading", () => {
    expect(readModel(writeModel(model), "again.onnx")).toEqual(model);
  });

  it("is read at any alignment, from a slice of a larger buffer", () => {
    for (let offset = 0; offset < 8; offset++) {
      const larger = new Uint8Array(PYTHON_MODEL.length + 16).fill(0xff);
      larger.set(PYTHON_MODEL, offset);
      const slice = larger.subarray(offset, offset + PYTHON_MODEL.length);
      expect(readModel(slice, "slice.onnx")).toEqual(model);
    }
  });
});

/** Only an error for the user may come out of bytes, never another one. */
function outcome(bytes: Uint8Array): "model" | "error" {
  try {
    readModel(bytes, "hostile.onnx");
    return "model";
  } catch (error) {
    if (!(error instanceof AutoencoderError)) throw error;
    expect(error.fault).toBe("input");
    expect(error.message).toMatch(/^hostile\.onnx/);
    return "error";
  }
}

describe("hostile bytes", () => {
  it("cut off anywhere give an error", () => {
    // A file whose graph comes last, so that no cut leaves a whole one behind it.
    const whole = encode("ModelProto", { ir_version: 8n, graph: linear });
    expect(outcome(whole)).toBe("model");
    for (let end = 0; end < whole.length; end++) {
      expect(outcome(whole.subarray(0, end)), `cut at ${end}`).toBe("error");
    }
    for (let end = 0; end < PYTHON_MODEL.length; end++) outcome(PYTHON_MODEL.subarray(0, end));
  });

  it("with flipped bits give a model or an error", () => {
    const flip = fc.record({
      at: fc.nat({ max: PYTHON_MODEL.length - 1 }),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    const seen = { model: 0, error: 0 };
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
        const bytes = new Uint8Array(PYTHON_MODEL);
        for (const { at, mask } of flips) bytes[at] = (bytes[at] ?? 0) ^ mask;
        seen[outcome(bytes)]++;
      }),
      { numRuns: 2000 },
    );
    expect(seen.model).toBeGreaterThan(0);
    expect(seen.error).toBeGreaterThan(0);
  });

  it("of any kind give an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(bytes)).toBe("error");
      }),
      { numRuns: 1000 },
    );
    expect(outcome(Buffer.from("id,amount\n1,2.5\n"))).toBe("error");
  });
});

const linear: GraphProto = {
  node: [{ op_type: "Relu", input: ["x"], output: ["y"] }],
  name: "g",
  initializer: [{ dims: [1n], data_type: 1, name: "w", raw_data: new Uint8Array(4) }],
};

function bytesOf(graph: GraphProto, rest: Partial<ModelProto> = {}): Uint8Array {
  return encode("ModelProto", { ir_version: 8n, graph, ...rest });
}

function withTensor(tensor: TensorProto): Uint8Array {
  return bytesOf({ initializer: [{ name: "w", ...tensor }] });
}

/** A length-delimited field by its number, for what the writer has no words for. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const tag = (number << 3) | 2;
  const head = tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7];
  if (bytes.length >= 128) throw new Error("too long for this helper");
  return new Uint8Array([...head, bytes.length, ...bytes]);
}

function nested(depth: number): GraphProto {
  let graph: GraphProto = { name: "leaf" };
  for (let i = 0; i < depth; i++) {
    graph = { node: [{ op_type: "If", attribute: [{ name: "body", type: 5, g: graph }] }] };
  }
  return graph;
}

describe("what is refused", () => {
  const float = { dims: [2n], data_type: 1 };
  const four = new Uint8Array(4);
  const head = encode("ModelProto", { ir_version: 8n });
  const cases: [string, Uint8Array, string, RegExp][] = [
    ["an empty file", new Uint8Array(), "onnx.malformed", /an empty file/],
    ["no graph", head, "onnx.malformed", /no graph/],
    ["no IR version", encode("ModelProto", { graph: linear }), "onnx.malformed", /no IR version/],
    [
      "two graphs",
      new Uint8Array([...head, ...field(7, four.subarray(4)), ...field(7, four.subarray(4))]),
      "onnx.malformed",
      /graph twice/,
    ],
    [
      "functions",
      new Uint8Array([...bytesOf(linear), ...field(25, new Uint8Array())]),
      "onnx.refused",
      /functions/,
    ],
    [
      "training",
      new Uint8Array([...bytesOf(linear), ...field(20, new Uint8Array())]),
      "onnx.refused",
      /training_info/,
    ],
    [
      "an unknown field",
      new Uint8Array([...bytesOf(linear), ...field(99, four)]),
      "onnx.malformed",
      /unknown field 99/,
    ],
    [
      "sparse weights",
      new Uint8Array([...head, ...field(7, field(15, four))]),
      "onnx.refused",
      /sparse_initializer/,
    ],
    [
      "external data",
      new Uint8Array([...head, ...field(7, field(5, field(13, four)))]),
      "onnx.refused",
      /external_data/,
    ],
    [
      "an external location",
      withTensor({ ...float, data_location: 1 }),
      "onnx.tensor",
      /another file/,
    ],
    [
      "a sequence type",
      new Uint8Array([...head, ...field(7, field(11, field(2, field(4, four))))]),
      "onnx.refused",
      /sequence_type/,
    ],
    [
      "a map type",
      new Uint8Array([...head, ...field(7, field(11, field(2, field(5, four))))]),
      "onnx.refused",
      /map_type/,
    ],
    ["no type", bytesOf({ input: [{ name: "x" }] }), "onnx.malformed", /"x".*no tensor type/],
    [
      "a negative dimension",
      bytesOf({
        input: [
          {
            name: "x",
            type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_value: -1n }] } } },
          },
        ],
      }),
      "onnx.malformed",
      /dimension -1/,
    ],
    [
      "too little data",
      withTensor({ ...float, raw_data: four }),
      "onnx.tensor",
      /8 bytes.*4 bytes/,
    ],
    ["no data", withTensor(float), "onnx.tensor", /2 elements.*got 0/],
    [
      "two forms of data",
      withTensor({ ...float, raw_data: new Uint8Array(8), float_data: [1, 2] }),
      "onnx.tensor",
      /one form/,
    ],
    [
      "data in a wrong field",
      withTensor({ ...float, int64_data: [1n, 2n] }),
      "onnx.tensor",
      /int64_data/,
    ],
    [
      "negative dims",
      withTensor({ dims: [-1n, -1n], data_type: 1, raw_data: four }),
      "onnx.tensor",
      /got -1/,
    ],
    [
      "dims that overflow",
      withTensor({ dims: [2n ** 31n, 2n ** 31n, 2n ** 31n], data_type: 1 }),
      "onnx.tensor",
      /at most/,
    ],
    [
      "a dim beyond memory",
      withTensor({ dims: [2n ** 62n, 0n], data_type: 1 }),
      "onnx.tensor",
      /dimensions from 0/,
    ],
    [
      "a half float",
      withTensor({ dims: [], data_type: 10, raw_data: new Uint8Array(2) }),
      "onnx.tensor",
      /data type 10/,
    ],
    [
      "a boolean of 2",
      withTensor({ dims: [1n], data_type: 9, raw_data: new Uint8Array([2]) }),
      "onnx.tensor",
      /0 and 1/,
    ],
    [
      "a byte of 256",
      withTensor({ dims: [1n], data_type: 2, int32_data: [256] }),
      "onnx.tensor",
      /0 to 255/,
    ],
    [
      "strings that are not UTF-8",
      withTensor({ dims: [1n], data_type: 8, string_data: [new Uint8Array([0xff])] }),
      "onnx.text",
      /UTF-8/,
    ],
    [
      "an unsafe integer",
      bytesOf({ node: [{ op_type: "A", attribute: [{ name: "a", type: 2, i: 2n ** 53n }] }] }),
      "onnx.malformed",
      /9007199254740992/,
    ],
    [
      "an attribute twice",
      bytesOf({
        node: [
          {
            op_type: "A",
            attribute: [
              { name: "a", type: 2 },
              { name: "a", type: 2 },
            ],
          },
        ],
      }),
      "onnx.malformed",
      /"a" twice/,
    ],
    [
      "an attribute of two types",
      bytesOf({ node: [{ op_type: "A", attribute: [{ name: "a", type: 2, f: 1 }] }] }),
      "onnx.malformed",
      /field f/,
    ],
    [
      "metadata twice",
      bytesOf(linear, { metadata_props: [{ key: "k" }, { key: "k" }] }),
      "onnx.malformed",
      /"k" twice/,
    ],
    ["graphs nested too deep", bytesOf(nested(30)), "onnx.refused", /nested/],
  ];

  it.each(cases)("%s", (_, bytes, code, message) => {
    let caught: unknown;
    try {
      readModel(bytes, "bad.onnx");
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AutoencoderError);
    expect(caught).toMatchObject({ code, fault: "input" });
    expect((caught as Error).message).toMatch(/^bad\.onnx/);
    expect((caught as Error).message).toMatch(message);
  });

  it("a flood of empty nodes, before they take memory", () => {
    // Two bytes a node: a graph of 2 M nodes in 4 MB.
    const graphHead = [0x3a, 0x80, 0x80, 0x80, 0x02];
    const bytes = new Uint8Array(head.length + graphHead.length + 4_194_304);
    bytes.set([...head, ...graphHead]);
    for (let at = head.length + graphHead.length; at < bytes.length; at += 2) bytes[at] = 0x0a;
    expect(() => readModel(bytes, "flood.onnx")).toThrow(/at most 1048576 messages/);
  });

  it("reads graphs nested ten deep", () => {
    expect(readModel(bytesOf(nested(10)), "deep.onnx").graph.nodes[0]?.op).toBe("If");
  });

  it("keeps names like __proto__ as plain names", () => {
    const bytes = bytesOf(linear, { metadata_props: [{ key: "__proto__", value: "x" }] });
    const { metadata } = readModel(bytes, "m.onnx");
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
  });

  it("cuts and escapes long names in messages", () => {
    const name = `\u001b[2J${"x".repeat(10_000)}`;
    const bytes = bytesOf({ input: [{ name }] });
    expect(() => readModel(bytes, "m.onnx")).toThrow(/^m\.onnx: tensor "\\u001b.{60,90}…"/);
  });
});
