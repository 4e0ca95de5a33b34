/** Tensors as ONNX stores them: raw little-endian bytes when written, any of the forms when read. */
import { inputError } from "../base/errors.ts";
import type { AutoencoderError } from "../base/errors.ts";
import { sizeOf } from "../base/tensor.ts";
import type { DType, Tensor } from "../base/tensor.ts";
import { DATA_TYPES } from "./messages.ts";
import type { TensorProto } from "./messages.ts";

const MAX_RANK = 32;
/** Above it no tensor fits into a file, whatever its type. */
const MAX_ELEMENTS = 2 ** 31;

const NAMES_BY_CODE = new Map(
  (Object.keys(DATA_TYPES) as DType[]).map((dtype) => [DATA_TYPES[dtype], dtype]),
);

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

type ListField =
  "float_data" | "double_data" | "int32_data" | "int64_data" | "uint64_data" | "string_data";

/** Where each type's elements lie when they are not raw bytes; onnx.proto says so field by field. */
const LIST_FIELDS: Readonly<Record<DType, ListField>> = {
  float32: "float_data",
  float64: "double_data",
  int32: "int32_data",
  uint8: "int32_data",
  bool: "int32_data",
  int64: "int64_data",
  uint32: "uint64_data",
  string: "string_data",
};

const RANGES: Partial<Record<DType, readonly [number, number]>> = {
  uint8: [0, 255],
  bool: [0, 1],
  uint32: [0, 2 ** 32 - 1],
};

/** Bytes an element takes in memory and in a file; strings count their UTF-8 bytes. */
export function byteLength({ dtype, data }: Tensor): number {
  if (dtype === "string") {
    const text = new TextEncoder();
    return (data as readonly string[]).reduce((sum, value) => sum + text.encode(value).length, 0);
  }
  return (data as Uint8Array).byteLength;
}

/** The element type of a TensorProto.DataType, or `undefined` where this package has none. */
export function dtypeOf(code: number | undefined): DType | undefined {
  return NAMES_BY_CODE.get(code ?? 0);
}

/** The message of a tensor. Its `raw_data` is a view of the tensor's own memory. */
export function toTensorProto(tensor: Tensor, name: string): TensorProto {
  const head = {
    dims: tensor.shape.map(BigInt),
    data_type: DATA_TYPES[tensor.dtype],
    name: name === "" ? undefined : name,
  };
  if (tensor.dtype === "string") {
    const text = new TextEncoder();
    const strings = tensor.data as readonly string[];
    return { ...head, string_data: strings.map((value) => text.encode(value)) };
  }
  // ONNX Runtime runs on little-endian machines only, so memory is already in the file's order.
  const { buffer, byteOffset, byteLength: length } = tensor.data as Uint8Array;
  return { ...head, raw_data: new Uint8Array(buffer, byteOffset, length) };
}

/**
 * Reads a tensor in any of the forms ONNX allows. Numbers stay views into the
 * file where they are aligned, and are copied where not.
 *
 * @throws `onnx.tensor` where dims and data disagree or the type is not one of ours.
 */
export function fromTensorProto(proto: TensorProto, place: string): Tensor {
  const dtype = dtypeOf(proto.data_type);
  if (dtype === undefined) {
    const known = (Object.keys(DATA_TYPES) as DType[]).join(", ");
    throw broken(place, `elements of type ${known}`, `data type ${proto.data_type ?? 0}`);
  }
  if ((proto.data_location ?? 0) !== 0) {
    throw broken(place, "data inside the file", "data in another file");
  }
  const shape = readDims(proto.dims ?? [], place);
  const size = sizeOf(shape);
  const lists = [...new Set(Object.values(LIST_FIELDS))].filter((f) => (proto[f] ?? []).length > 0);
  const wanted = LIST_FIELDS[dtype];
  const stray = lists.find((field) => field !== wanted || proto.raw_data !== undefined);
  if (stray !== undefined) throw broken(place, `${dtype} data in one form`, stray);
  if (dtype !== "string" && proto.raw_data !== undefined) {
    return { dtype, shape, data: fromRaw(dtype, proto.raw_data, size, place) } as Tensor;
  }
  if (proto.raw_data !== undefined) throw broken(place, "strings in string_data", "raw_data");
  const list = proto[wanted] ?? [];
  if (list.length !== size) {
    throw broken(place, `${size} elements for [${shape.join(", ")}]`, String(list.length));
  }
  return { dtype, shape, data: fromList(dtype, list, place) } as Tensor;
}

function readDims(dims: readonly bigint[], place: string): number[] {
  if (dims.length > MAX_RANK)
    throw broken(place, `at most ${MAX_RANK} dimensions`, `${dims.length}`);
  const shape = dims.map((dim) => {
    if (dim < 0n || dim > BigInt(MAX_ELEMENTS)) {
      throw broken(place, `dimensions from 0 to ${MAX_ELEMENTS}`, String(dim));
    }
    return Number(dim);
  });
  if (sizeOf(shape) > MAX_ELEMENTS) {
    throw broken(place, `at most ${MAX_ELEMENTS} elements`, `[${shape.join(", ")}]`);
  }
  return shape;
}

function fromRaw(
  dtype: Exclude<DType, "string">,
  raw: Uint8Array,
  size: number,
  place: string,
): Tensor<Exclude<DType, "string">>["data"] {
  const TypedArray = ARRAYS[dtype];
  const width = TypedArray.BYTES_PER_ELEMENT;
  if (raw.length !== size * width) {
    throw broken(place, `${size * width} bytes of ${dtype}`, `${raw.length} bytes`);
  }
  if (dtype === "bool" && raw.some((byte) => byte > 1)) {
    throw broken(place, "booleans of 0 and 1", "another value");
  }
  // Not slice(): that of Node's Buffer is a view, no copy.
  const aligned = raw.byteOffset % width === 0 ? raw : new Uint8Array(raw);
  return new TypedArray(aligned.buffer as ArrayBuffer, aligned.byteOffset, size);
}

function fromList(
  dtype: DType,
  list: readonly (number | bigint | Uint8Array)[],
  place: string,
): Tensor["data"] {
  if (dtype === "string") {
    return list.map((bytes) => decodeText(bytes as Uint8Array, place));
  }
  if (dtype === "int64") return BigInt64Array.from(list as readonly bigint[]);
  const [low, high] = RANGES[dtype] ?? [-Infinity, Infinity];
  const numbers = (list as readonly (number | bigint)[]).map(Number);
  const outside = numbers.find((value) => value < low || value > high);
  if (outside !== undefined) throw broken(place, `${dtype} from ${low} to ${high}`, `${outside}`);
  return ARRAYS[dtype].from(numbers);
}

/** UTF-8 bytes as text; broken bytes are an error, not a replacement character. */
export function decodeText(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw inputError("onnx.text", { place, expected: "UTF-8 text", got: "other bytes" }, { cause });
  }
}

// Without ignoreBOM a leading U+FEFF would be eaten, and two names could become one.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function broken(place: string, expected: string, got: string): AutoencoderError {
  return inputError("onnx.tensor", { place, expected, got });
}
