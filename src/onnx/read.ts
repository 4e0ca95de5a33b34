/** The bytes of an `.onnx` file to a model. The bytes may be hostile; nothing in them is trusted. */
import { ATTRIBUTE_TYPES, MAX_BYTES } from "./messages.ts";
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
  ValueInfoProto,
} from "./messages.ts";
import { quoted } from "./quoted.ts";
import { decodeText, dtypeOf, fromTensorProto } from "./tensor-proto.ts";
import { decode, malformed } from "./wire.ts";

/**
 * Reads a model. Weights stay views into `bytes` where they are aligned, so do
 * not write into `bytes` afterwards.
 *
 * What is read over (documentation strings, annotations) is not in the result:
 * hand a runtime `writeModel(readModel(bytes, name))`, never the bytes themselves.
 *
 * @param name The file's name, for errors.
 * @throws `onnx.malformed`, `onnx.refused`, `onnx.tensor`, `onnx.text` (all faults
 *   of the input): no ONNX model, or one with functions, external data, training
 *   information, or sequence, map, optional or sparse types.
 *
 * @example
 * const model = readModel(await readFile("model.onnx"), "model.onnx");
 */
export function readModel(bytes: Uint8Array, name: string): OnnxModel {
  if (bytes.length === 0) throw malformed(name, "an empty file");
  if (bytes.length > MAX_BYTES) throw malformed(name, `${bytes.length} bytes, over the 2 GB limit`);
  const model = decode("ModelProto", bytes, name);
  if (model.ir_version === undefined) throw malformed(name, "no IR version");
  if (model.graph === undefined) throw malformed(name, "no graph");
  return {
    irVersion: integer(model.ir_version, `${name}: IR version`),
    opsets: (model.opset_import ?? []).map(({ domain, version }) => ({
      domain: readDomain(domain),
      version: integer(version ?? 0n, `${name}: opset version`),
    })),
    producer: model.producer_name ?? "",
    producerVersion: model.producer_version ?? "",
    graph: readGraph(model.graph, name),
    metadata: record(
      (model.metadata_props ?? []).map(({ key, value }) => [key ?? "", value ?? ""]),
      `${name}: metadata`,
    ),
  };
}

function readGraph(graph: GraphProto, file: string): OnnxGraph {
  const values = (graph.value_info ?? []).map((value) => readValueInfo(value, file));
  return {
    name: graph.name ?? "",
    nodes: (graph.node ?? []).map((node) => readNode(node, file)),
    initializers: (graph.initializer ?? []).map((proto) => {
      const name = proto.name ?? "";
      return { name, tensor: fromTensorProto(proto, `${file}: initializer ${quoted(name)}`) };
    }),
    inputs: (graph.input ?? []).map((value) => readValueInfo(value, file)),
    outputs: (graph.output ?? []).map((value) => readValueInfo(value, file)),
    ...(values.length > 0 ? { values } : {}),
  };
}

function readNode(node: NodeProto, file: string): OnnxNode {
  const place = `${file}: node ${quoted(node.name ?? node.output?.[0] ?? "")}`;
  if (node.op_type === undefined) throw malformed(place, "no operator");
  return {
    op: node.op_type,
    domain: readDomain(node.domain),
    name: node.name ?? "",
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    attributes: record(
      (node.attribute ?? []).map((attribute) => [
        attribute.name ?? "",
        readAttribute(attribute, `${place}, attribute ${quoted(attribute.name ?? "")}`, file),
      ]),
      `${place}, attributes`,
    ),
  };
}

const TYPE_BY_CODE = new Map(
  (Object.keys(ATTRIBUTE_TYPES) as OnnxAttribute["type"][]).map((type) => [
    ATTRIBUTE_TYPES[type].code as number,
    type,
  ]),
);

function readAttribute(proto: AttributeProto, place: string, file: string): OnnxAttribute {
  const type = TYPE_BY_CODE.get(proto.type ?? 0);
  if (type === undefined) throw malformed(place, `attribute type ${proto.type ?? 0}`);
  for (const other of Object.values(ATTRIBUTE_TYPES)) {
    if (proto[other.field] !== undefined && other.field !== ATTRIBUTE_TYPES[type].field) {
      throw malformed(place, `type ${type} with a value in field ${other.field}`);
    }
  }
  switch (type) {
    case "float":
      return { type, value: proto.f ?? 0 };
    case "int":
      return { type, value: integer(proto.i ?? 0n, place) };
    case "string":
      return { type, value: proto.s === undefined ? "" : decodeText(proto.s, place) };
    case "tensor":
      return { type, value: fromTensorProto(proto.t ?? {}, place) };
    case "graph":
      if (proto.g === undefined) throw malformed(place, "a graph attribute without a graph");
      return { type, value: readGraph(proto.g, file) };
    case "floats":
      return { type, value: proto.floats ?? [] };
    case "ints":
      return { type, value: (proto.ints ?? []).map((value) => integer(value, place)) };
    case "strings":
      return { type, value: (proto.strings ?? []).map((value) => decodeText(value, place)) };
  }
}

function readValueInfo(proto: ValueInfoProto, file: string): OnnxValueInfo {
  const name = proto.name ?? "";
  const place = `${file}: tensor ${quoted(name)}`;
  const tensor = proto.type?.tensor_type;
  if (tensor === undefined) throw malformed(place, "no tensor type");
  const dtype = dtypeOf(tensor.elem_type);
  if (dtype === undefined) throw malformed(place, `element type ${tensor.elem_type ?? 0}`);
  const shape = tensor.shape && (tensor.shape.dim ?? []);
  return {
    name,
    dtype,
    shape: shape?.map(({ dim_value: size, dim_param: symbol }) => {
      if (size === undefined) return symbol ?? "";
      if (symbol !== undefined) throw malformed(place, "a dimension with both size and name");
      if (size < 0n) throw malformed(place, `dimension ${size}`);
      return integer(size, place);
    }),
  };
}

/** `ai.onnx` is another name of the standard operator set. */
function readDomain(domain: string | undefined): string {
  return domain === undefined || domain === "ai.onnx" ? "" : domain;
}

function integer(value: bigint, place: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw malformed(place, `the integer ${value}, beyond 2^53`);
}

/** Own properties only, so that a key like `__proto__` is a key and nothing else. */
function record<T>(entries: readonly (readonly [string, T])[], place: string): Record<string, T> {
  const seen = new Set<string>();
  for (const [key] of entries) {
    if (seen.has(key)) throw malformed(place, `${quoted(key)} twice`);
    seen.add(key);
  }
  return Object.fromEntries(entries);
}
