/**
 * The symbolic graph: values made by nodes, nodes made from op records. A graph
 * is whatever its outputs can reach; there is no builder to carry around.
 */
import type { DType, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { internalError } from "../base/errors.ts";
import type { Shape } from "./dim.ts";
import { dimProduct, staticShape } from "./dim.ts";

export interface Type {
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Value extends Type {
  readonly node: Node;
  /** Which output of `node`. */
  readonly index: number;
}

/** A sub-graph with its own inputs; other values it reaches are captured from outside. */
export interface Body {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export type Attribute = number | string | readonly number[] | readonly string[] | Tensor | Body;
export type Attributes = Readonly<Record<string, Attribute | undefined>>;

export interface Node<A extends Attributes = Attributes> {
  readonly op: Op<A>;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: A;
  readonly outputs: readonly Value[];
}

export interface Call<A extends Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
}

/**
 * One record an op: ONNX name, shape rule, gradient. With `lower`, the op is ours
 * and not ONNX's: it is replaced by what `lower` returns when the graph is written.
 */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** ONNX operator domain; absent for the default one. */
  readonly domain?: string;
  /** Attributes that ONNX keeps as floats; other numbers are ints. */
  readonly floats?: readonly string[];
  infer(inputs: readonly Value[], attributes: A): readonly Type[];
  /**
   * Gradients of the inputs as new graph values, given those of the outputs
   * (undefined: none flows). Broadcasting is undone by the caller. Absent: the
   * op passes no gradient.
   */
  gradient?(
    call: Call<A>,
    gradients: readonly (Value | undefined)[],
  ): readonly (Value | undefined)[];
  lower?(inputs: readonly Value[], attributes: A): readonly Value[];
  /**
   * An equal value that costs less, if there is one; asked when the graph is written, when
   * nothing asks for gradients of values in the middle any more. `sources` are the nodes
   * behind the inputs, undefined where one is named in the model and so may not be bypassed.
   */
  simplify?(
    inputs: readonly Value[],
    sources: readonly (Node | undefined)[],
    attributes: A,
  ): Value | undefined;
}

/** Makes a node; its outputs are the values. */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly (Value | undefined)[],
  attributes: A,
): readonly Value[] {
  const types = op.infer(inputs as readonly Value[], attributes);
  const outputs: Value[] = [];
  // Methods of Op are bivariant in A, so a node of known attributes is a Node.
  const node: Node = { op: op as unknown as Op, inputs, attributes, outputs };
  for (const [index, type] of types.entries()) outputs.push({ ...type, node, index });
  return outputs;
}

/** `apply` for an op of one output. */
export function applyOne<A extends Attributes>(
  op: Op<A>,
  inputs: readonly (Value | undefined)[],
  attributes: A,
): Value {
  return apply(op, inputs, attributes)[0] as Value;
}

type InputAttributes = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly string[];
};

/** A named input of a graph, or of a `Loop` body. Dimensions are kept as text. */
export const inputOp: Op<InputAttributes> = {
  name: "#input",
  infer: (_inputs, { dtype, shape }) => [
    { dtype, shape: shape.map((dim) => (/^\d+$/.test(dim) ? Number(dim) : dimProduct([dim]))) },
  ],
};

/**
 * A graph input.
 *
 * @example
 * const x = input("x", "float32", ["batch", 784]);
 */
export function input(name: string, dtype: DType, shape: Shape): Value {
  return applyOne(inputOp, [], { name, dtype, shape: shape.map(String) });
}

type ConstantAttributes = { readonly value: Tensor; readonly name: string | undefined };

export const constantOp: Op<ConstantAttributes> = {
  name: "#constant",
  infer: (_inputs, { value }) => [{ dtype: value.dtype, shape: value.shape }],
};

/** A tensor known when the graph is built; `name` is kept in the written model. */
export function constant(value: Tensor, name?: string): Value {
  return applyOne(constantOp, [], { value, name });
}

/** A scalar of the given type. */
export function scalar(value: number, dtype: DType = "float32"): Value {
  switch (dtype) {
    case "float32":
      return constant(tensor("float32", Float32Array.of(value), []));
    case "float64":
      return constant(tensor("float64", Float64Array.of(value), []));
    case "int32":
      return constant(tensor("int32", Int32Array.of(value), []));
    case "int64":
      return constant(tensor("int64", BigInt64Array.of(BigInt(value)), []));
    case "uint32":
      return constant(tensor("uint32", Uint32Array.of(value), []));
    case "uint8":
      return constant(tensor("uint8", Uint8Array.of(value), []));
    case "bool":
      return constant(tensor("bool", Uint8Array.of(value), []));
    case "string":
      return constant(tensor("string", [String(value)], []));
  }
}

/** An int64 vector, as ONNX wants axes and shapes. */
export function integers(values: readonly number[]): Value {
  return constant(tensor("int64", BigInt64Array.from(values, BigInt), [values.length]));
}

/** The numbers an int64 constant holds. */
export function integersOf(value: Value | undefined): readonly number[] {
  const held = constantOf(value);
  if (held?.dtype !== "int64") {
    throw internalError("graph.constant", {
      place: `an input from ${value?.node.op.name}`,
      expected: "an int64 constant",
      got: String(held?.dtype ?? "a computed value"),
    });
  }
  return Array.from(held.data, Number);
}

export function constantOf(value: Value | undefined): Tensor | undefined {
  return value?.node.op.name === constantOp.name
    ? (value.node.attributes as ConstantAttributes).value
    : undefined;
}

/** The number a scalar constant holds, else undefined. */
export function scalarOf(value: Value | undefined): number | undefined {
  const held = constantOf(value);
  if (held === undefined || held.data.length !== 1 || held.dtype === "string") return undefined;
  return Number(held.data[0]);
}

/** Rank-0 or all-ones shape. */
export function isScalar(value: Type): boolean {
  return staticShape(value.shape)?.every((dim) => dim === 1) ?? false;
}
