/** How large a result a node's constants ask for: 68 bytes of `ConstantOfShape` can take 15 GB. */
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { OnnxNode } from "./messages.ts";

/** A gigabyte of float32. */
export const MAX_CONSTANT_ELEMENTS = 2 ** 28;

/** What is known of a tensor: its value where it is constant, its dimensions where they are given. */
export interface Known {
  readonly value?: Tensor;
  readonly shape?: readonly (number | string)[] | undefined;
}

type LookUp = (name: string) => Known | undefined;

const MAX_RANK = 64;

/** Operators that hand their input's elements on, so that they cannot hide a constant. */
const SAME_ELEMENTS = new Set(["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

/** The value a node's result has in every run, where a constant is all there is to it. */
export function constantOf(node: OnnxNode, lookUp: LookUp): Tensor | undefined {
  if (node.domain !== "") return undefined;
  if (SAME_ELEMENTS.has(node.op)) return lookUp(node.inputs[0] ?? "")?.value;
  if (node.op !== "Constant") return undefined;
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.type === "tensor") return attribute.value;
    if (attribute.type === "int" || attribute.type === "float") {
      return tensor("float64", new Float64Array([attribute.value]), []);
    }
    if (attribute.type === "ints" || attribute.type === "floats") {
      return tensor("float64", Float64Array.from(attribute.value));
    }
  }
  return undefined;
}

/**
 * A lower bound for the number of elements of a node's result, from constants
 * and given dimensions alone; unknown dimensions count as 1. 0 where nothing is known.
 */
export function leastElements(node: OnnxNode, lookUp: LookUp): number {
  if (node.domain !== "") return 0;
  const inputs = node.inputs.map((name) => (name === "" ? undefined : lookUp(name)));
  const constants = inputs.map((known) => numbers(known?.value));
  switch (node.op) {
    case "ConstantOfShape":
      return product(constants[0]);
    case "Expand":
      return product(broadcast(dimensions(inputs[0]), constants[1]));
    case "Range":
      return rangeLength(constants[0]?.[0], constants[1]?.[0], constants[2]?.[0]);
    case "Tile":
      return product(constants[1]) * Math.max(1, product(dimensions(inputs[0])));
    case "Pad":
      return product(padded(dimensions(inputs[0]), padsOf(node, constants[1]), constants[3]));
    default:
      return 0;
  }
}

function numbers(value: Tensor | undefined): number[] | undefined {
  if (value === undefined || value.dtype === "string") return undefined;
  // No tensor has so many dimensions; as a shape it is refused, and not worth a copy.
  if (sizeOf(value.shape) > MAX_RANK) return [Infinity];
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}

function dimensions(known: Known | undefined): number[] | undefined {
  return known?.shape?.map((size) => (typeof size === "number" ? size : 1));
}

function product(sizes: readonly number[] | undefined): number {
  return sizes === undefined ? 0 : sizeOf(sizes);
}

/** Dimensions of two shapes broadcast together, aligned at the last one. */
function broadcast(
  shape: readonly number[] = [],
  target: readonly number[] | undefined,
): number[] | undefined {
  if (target === undefined) return undefined;
  const rank = Math.max(shape.length, target.length);
  const at = (sizes: readonly number[], axis: number): number => {
    return sizes[axis - (rank - sizes.length)] ?? 1;
  };
  return Array.from({ length: rank }, (_, axis) => {
    const [a, b] = [at(shape, axis), at(target, axis)];
    return a === 1 ? b : a;
  });
}

function rangeLength(start = 0, limit?: number, delta?: number): number {
  if (limit === undefined) return 0;
  // An unknown step may be anything; 1 is what ordinary models have.
  const length = Math.ceil((limit - start) / (delta ?? 1));
  return Number.isNaN(length) ? Infinity : Math.max(0, length);
}

/** Up to opset 10 the pads are an attribute. */
function padsOf(node: OnnxNode, input: number[] | undefined): readonly number[] | undefined {
  const attribute = node.attributes["pads"];
  return attribute?.type === "ints" ? attribute.value : input;
}

function padded(
  shape: readonly number[] | undefined,
  pads: readonly number[] | undefined,
  axes: readonly number[] | undefined,
): number[] | undefined {
  if (pads === undefined) return undefined;
  const count = Math.floor(pads.length / 2);
  const out = shape === undefined ? Array.from({ length: count }, () => 1) : [...shape];
  for (let i = 0; i < count; i++) {
    const axis = shape === undefined ? i : (axes?.[i] ?? i);
    const at = axis < 0 ? axis + out.length : axis;
    const size = out[at];
    if (size !== undefined) out[at] = Math.max(0, size + (pads[i] ?? 0) + (pads[i + count] ?? 0));
  }
  return out;
}
