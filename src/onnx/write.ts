/** An ONNX model to the bytes of its file. */
import { internalError } from "../base/errors.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES } from "./messages.ts";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
  ValueInfoProto,
} from "./messages.ts";
import { toTensorProto } from "./tensor-proto.ts";
import { encode, encodedParts } from "./wire.ts";

/**
 * Writes a model as the bytes of an `.onnx` file, weights inside. Equal models
 * give equal bytes: attributes and metadata are sorted by name. Weights are
 * copied once.
 *
 * @throws `onnx.too-large` above 2 GB, the limit of the format.
 *
 * @example
 * await writeFile("model.onnx", writeModel(model));
 */
export function writeModel(model: OnnxModel): Uint8Array {
  return encode("ModelProto", modelProto(model));
}

/** The same bytes in parts, the weights as they lie in memory: for files, which need no copy. */
export function modelParts(model: OnnxModel): readonly Uint8Array[] {
  return encodedParts("ModelProto", modelProto(model)).parts;
}

function modelProto(model: OnnxModel): ModelProto {
  return {
    ir_version: integer(model.irVersion, "irVersion"),
    producer_name: text(model.producer),
    producer_version: text(model.producerVersion),
    graph: graphProto(model.graph),
    opset_import: model.opsets.map(({ domain, version }) => ({
      domain: text(domain),
      version: integer(version, `opset ${domain}`),
    })),
    metadata_props: sorted(model.metadata).map(([key, value]) => ({ key, value })),
  };
}

function graphProto(graph: OnnxGraph): GraphProto {
  return {
    node: graph.nodes.map(nodeProto),
    name: text(graph.name),
    initializer: graph.initializers.map(({ name, tensor }) => toTensorProto(tensor, name)),
    input: graph.inputs.map(valueInfoProto),
    output: graph.outputs.map(valueInfoProto),
    value_info: graph.values?.map(valueInfoProto),
  };
}

function nodeProto(node: OnnxNode): NodeProto {
  return {
    input: node.inputs,
    output: node.outputs,
    name: text(node.name),
    op_type: node.op,
    attribute: sorted(node.attributes).map(([name, attribute]) => ({
      name,
      ...attributeValue(attribute, `${node.op}.${name}`),
      type: ATTRIBUTE_TYPES[attribute.type].code,
    })),
    domain: text(node.domain),
  };
}

function attributeValue(attribute: OnnxAttribute, place: string): AttributeProto {
  switch (attribute.type) {
    case "float":
      return { f: float(attribute.value, place) };
    case "int":
      return { i: integer(attribute.value, place) };
    case "string":
      return { s: utf8.encode(attribute.value) };
    case "tensor":
      return { t: toTensorProto(attribute.value, "") };
    case "graph":
      return { g: graphProto(attribute.value) };
    case "floats":
      return { floats: attribute.value.map((value) => float(value, place)) };
    case "ints":
      return { ints: attribute.value.map((value) => integer(value, place)) };
    case "strings":
      return { strings: attribute.value.map((value) => utf8.encode(value)) };
  }
}

function valueInfoProto({ name, dtype, shape }: OnnxValueInfo): ValueInfoProto {
  const dim = shape?.map((size) => {
    if (typeof size === "number") return { dim_value: integer(size, name) };
    return { dim_param: text(size) };
  });
  return {
    name,
    type: {
      tensor_type: {
        elem_type: DATA_TYPES[dtype],
        shape: dim === undefined ? undefined : { dim },
      },
    },
  };
}

const utf8 = new TextEncoder();

/** Leaves the field out where the text is its default. */
function text(value: string): string | undefined {
  return value === "" ? undefined : value;
}

function integer(value: number, place: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw internalError("onnx.integer", { place, expected: "a safe integer", got: String(value) });
}

function float(value: number, place: string): number {
  if (!Number.isFinite(value) || Number.isFinite(Math.fround(value))) return value;
  throw internalError("onnx.float", { place, expected: "a float32", got: String(value) });
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
