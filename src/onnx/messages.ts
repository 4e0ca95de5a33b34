/**
 * The ONNX file format as this package uses it: the models other folders work
 * with, and one table of field numbers from which both reader and writer work.
 * Source: onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx-ml.proto).
 */
import type { DType, Tensor } from "../base/tensor.ts";

export interface OnnxModel {
  readonly irVersion: number;
  /** `""` is the standard ONNX operator set. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: string;
  readonly producerVersion: string;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OnnxGraph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly { readonly name: string; readonly tensor: Tensor }[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Types and shapes of tensors inside the graph, as far as they are known. */
  readonly values?: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  /** `""` stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** `""` stands for an optional output that is left out. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxAttribute =
  /** A float32 in the file. */
  | { readonly type: "float"; readonly value: number }
  /** A safe integer. */
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "tensor"; readonly value: Tensor }
  | { readonly type: "graph"; readonly value: OnnxGraph }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] };

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /**
   * A number, the name of a symbolic dimension, or `""` for a dimension nothing
   * is known of; `undefined` where not even the rank is known.
   */
  readonly shape: readonly (number | string)[] | undefined;
}

/** The most bytes a protobuf message can have: its sizes are 32-bit signed. */
export const MAX_BYTES = 2 ** 31 - 1;

/** TensorProto.DataType of each of our element types. */
export const DATA_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float64: 11,
  uint32: 12,
};

/** AttributeProto.AttributeType of each of our attribute types, and its field. */
export const ATTRIBUTE_TYPES = {
  float: { code: 1, field: "f" },
  int: { code: 2, field: "i" },
  string: { code: 3, field: "s" },
  tensor: { code: 4, field: "t" },
  graph: { code: 5, field: "g" },
  floats: { code: 6, field: "floats" },
  ints: { code: 7, field: "ints" },
  strings: { code: 8, field: "strings" },
} as const satisfies Record<OnnxAttribute["type"], { code: number; field: keyof AttributeProto }>;

interface ScalarByKind {
  readonly int32: number;
  readonly int64: bigint;
  readonly uint64: bigint;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

export type ScalarKind = keyof ScalarByKind;

export interface Field {
  readonly number: number;
  /**
   * A message's name, a scalar, or: `ignored` is read over (it says nothing that
   * the model computes), `refused` turns the file away.
   */
  readonly kind: ScalarKind | MessageName | "ignored" | "refused";
  readonly repeated?: true;
  /** Written as one run of bytes. Both forms are read. */
  readonly packed?: true;
}

export type MessageName =
  | "ModelProto"
  | "OperatorSetIdProto"
  | "StringStringEntryProto"
  | "GraphProto"
  | "NodeProto"
  | "AttributeProto"
  | "TensorProto"
  | "ValueInfoProto"
  | "TypeProto"
  | "TypeProto.Tensor"
  | "TensorShapeProto"
  | "TensorShapeProto.Dimension";

/** Every field onnx.proto gives these messages, in the order of their numbers. */
export const MESSAGES = {
  ModelProto: {
    ir_version: { number: 1, kind: "int64" },
    producer_name: { number: 2, kind: "string" },
    producer_version: { number: 3, kind: "string" },
    domain: { number: 4, kind: "ignored" },
    model_version: { number: 5, kind: "ignored" },
    doc_string: { number: 6, kind: "ignored" },
    graph: { number: 7, kind: "GraphProto" },
    opset_import: { number: 8, kind: "OperatorSetIdProto", repeated: true },
    metadata_props: { number: 14, kind: "StringStringEntryProto", repeated: true },
    training_info: { number: 20, kind: "refused" },
    functions: { number: 25, kind: "refused" },
    configuration: { number: 26, kind: "refused" },
  },
  OperatorSetIdProto: {
    domain: { number: 1, kind: "string" },
    version: { number: 2, kind: "int64" },
  },
  StringStringEntryProto: {
    key: { number: 1, kind: "string" },
    value: { number: 2, kind: "string" },
  },
  GraphProto: {
    node: { number: 1, kind: "NodeProto", repeated: true },
    name: { number: 2, kind: "string" },
    initializer: { number: 5, kind: "TensorProto", repeated: true },
    doc_string: { number: 10, kind: "ignored" },
    input: { number: 11, kind: "ValueInfoProto", repeated: true },
    output: { number: 12, kind: "ValueInfoProto", repeated: true },
    value_info: { number: 13, kind: "ValueInfoProto", repeated: true },
    quantization_annotation: { number: 14, kind: "ignored" },
    sparse_initializer: { number: 15, kind: "refused" },
    metadata_props: { number: 16, kind: "ignored" },
  },
  NodeProto: {
    input: { number: 1, kind: "string", repeated: true },
    output: { number: 2, kind: "string", repeated: true },
    name: { number: 3, kind: "string" },
    op_type: { number: 4, kind: "string" },
    attribute: { number: 5, kind: "AttributeProto", repeated: true },
    doc_string: { number: 6, kind: "ignored" },
    domain: { number: 7, kind: "string" },
    overload: { number: 8, kind: "refused" },
    metadata_props: { number: 9, kind: "ignored" },
    device_configurations: { number: 10, kind: "refused" },
  },
  AttributeProto: {
    name: { number: 1, kind: "string" },
    f: { number: 2, kind: "float" },
    i: { number: 3, kind: "int64" },
    s: { number: 4, kind: "bytes" },
    t: { number: 5, kind: "TensorProto" },
    g: { number: 6, kind: "GraphProto" },
    floats: { number: 7, kind: "float", repeated: true },
    ints: { number: 8, kind: "int64", repeated: true },
    strings: { number: 9, kind: "bytes", repeated: true },
    tensors: { number: 10, kind: "refused" },
    graphs: { number: 11, kind: "refused" },
    doc_string: { number: 13, kind: "ignored" },
    tp: { number: 14, kind: "refused" },
    type_protos: { number: 15, kind: "refused" },
    type: { number: 20, kind: "int32" },
    ref_attr_name: { number: 21, kind: "refused" },
    sparse_tensor: { number: 22, kind: "refused" },
    sparse_tensors: { number: 23, kind: "refused" },
  },
  TensorProto: {
    dims: { number: 1, kind: "int64", repeated: true },
    data_type: { number: 2, kind: "int32" },
    segment: { number: 3, kind: "refused" },
    float_data: { number: 4, kind: "float", repeated: true, packed: true },
    int32_data: { number: 5, kind: "int32", repeated: true, packed: true },
    string_data: { number: 6, kind: "bytes", repeated: true },
    int64_data: { number: 7, kind: "int64", repeated: true, packed: true },
    name: { number: 8, kind: "string" },
    raw_data: { number: 9, kind: "bytes" },
    double_data: { number: 10, kind: "double", repeated: true, packed: true },
    uint64_data: { number: 11, kind: "uint64", repeated: true, packed: true },
    doc_string: { number: 12, kind: "ignored" },
    external_data: { number: 13, kind: "refused" },
    data_location: { number: 14, kind: "int32" },
    metadata_props: { number: 16, kind: "ignored" },
  },
  ValueInfoProto: {
    name: { number: 1, kind: "string" },
    type: { number: 2, kind: "TypeProto" },
    doc_string: { number: 3, kind: "ignored" },
    metadata_props: { number: 4, kind: "ignored" },
  },
  TypeProto: {
    tensor_type: { number: 1, kind: "TypeProto.Tensor" },
    sequence_type: { number: 4, kind: "refused" },
    map_type: { number: 5, kind: "refused" },
    denotation: { number: 6, kind: "ignored" },
    opaque_type: { number: 7, kind: "refused" },
    sparse_tensor_type: { number: 8, kind: "refused" },
    optional_type: { number: 9, kind: "refused" },
  },
  "TypeProto.Tensor": {
    elem_type: { number: 1, kind: "int32" },
    shape: { number: 2, kind: "TensorShapeProto" },
  },
  TensorShapeProto: {
    dim: { number: 1, kind: "TensorShapeProto.Dimension", repeated: true },
  },
  "TensorShapeProto.Dimension": {
    dim_value: { number: 1, kind: "int64" },
    dim_param: { number: 2, kind: "string" },
    denotation: { number: 3, kind: "ignored" },
  },
} as const satisfies Record<MessageName, Record<string, Field>>;

type Table = typeof MESSAGES;

type One<K> = K extends ScalarKind ? ScalarByKind[K] : K extends MessageName ? Message<K> : never;

type FieldValue<F> = F extends { kind: infer K; repeated: true }
  ? readonly One<K>[]
  : F extends { kind: infer K }
    ? One<K>
    : never;

/** A message as its bytes say it, under the official field names; absent fields are absent. */
export type Message<M extends MessageName> = {
  readonly [
    F in keyof Table[M] as Table[M][F] extends { kind: "ignored" | "refused" } ? never : F
  ]?: FieldValue<Table[M][F]> | undefined;
};

export type ModelProto = Message<"ModelProto">;
export type GraphProto = Message<"GraphProto">;
export type NodeProto = Message<"NodeProto">;
export type AttributeProto = Message<"AttributeProto">;
export type TensorProto = Message<"TensorProto">;
export type ValueInfoProto = Message<"ValueInfoProto">;
