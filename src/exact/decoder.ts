/**
 * The same bytes on every machine: a decoder as a graph in float64 whose every operation IEEE 754
 * rounds to the last bit, or is exact. Sums of products, which runtimes add up in an order of their
 * own, are of whole numbers below 2^53; functions are made of + − × ÷ (docs/decisions/exact-decoder.md).
 */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { OnnxModel, OnnxNode, OnnxValueInfo } from "../onnx/messages.ts";
import { geometry } from "./conv-taps.ts";
import { Emitter, FLOAT64, int, isExactOp } from "./emitter.ts";
import { Functions } from "./functions.ts";
import { cannot } from "./needs.ts";
import { exactConv, exactProduct, exactSum } from "./products.ts";
import type { QuantizedDecoder } from "./quantize.ts";

/** Inputs and outputs keep their names; those of float32 become float64. */
export function exactDecoder({ model, limits }: QuantizedDecoder): OnnxModel {
  const { graph } = model;
  const names = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const to = new Emitter(new Set(names));
  const held = new Map(graph.initializers.map(({ name, tensor: value }) => [name, value]));
  const walk: Walk = {
    to,
    f: new Functions(to),
    held,
    limits,
    shapes: new Map([...(graph.values ?? []), ...graph.inputs].map((i) => [i.name, i.shape])),
    known: new Map(graph.inputs.map(({ name }) => [name, name])),
    floats: new Set(graph.inputs.filter(isFloat).map(({ name }) => name)),
  };
  for (const node of graph.nodes) emit(walk, node);
  for (const info of graph.outputs) {
    const made = walk.known.get(info.name) ?? info.name;
    to.op("Identity", [made], {}, info.name);
  }
  return {
    ...model,
    metadata: {},
    graph: {
      name: "exact",
      nodes: to.nodes,
      initializers: to.initializers,
      inputs: graph.inputs.map(widened),
      outputs: graph.outputs.map(widened),
    },
  };
}

interface Walk {
  readonly to: Emitter;
  readonly f: Functions;
  readonly held: ReadonlyMap<string, Tensor>;
  readonly limits: Readonly<Record<string, number>>;
  readonly shapes: ReadonlyMap<string, OnnxValueInfo["shape"]>;
  /** Tensors of the float graph → those of this one. */
  readonly known: Map<string, string>;
  /** Which tensors of the float graph are of floats. */
  readonly floats: Set<string>;
}

function isFloat({ dtype }: { readonly dtype: string }): boolean {
  return dtype === "float32" || dtype === "float64";
}

function widened(info: OnnxValueInfo): OnnxValueInfo {
  return info.dtype === "float32" ? { ...info, dtype: "float64" } : info;
}

type Rule = (walk: Walk, node: OnnxNode, inputs: readonly string[]) => string;

const number = (node: OnnxNode, name: string, otherwise: number): number => {
  const value = node.attributes[name]?.value;
  return typeof value === "number" ? value : otherwise;
};

/** What has a function of its own, by the operator it stands for. */
const RULES: Readonly<Record<string, Rule>> = {
  Exp: ({ f }, _, [x = ""]) => f.exp(x),
  Log: ({ f }, _, [x = ""]) => f.log(x),
  Sigmoid: ({ f }, _, [x = ""]) => f.sigmoid(x),
  Tanh: ({ f }, _, [x = ""]) => f.tanh(x),
  Sinh: ({ f }, _, [x = ""]) => f.sinh(x),
  Softplus: ({ f }, _, [x = ""]) => f.softplus(x),
  Erf: ({ f }, _, [x = ""]) => f.erf(x),
  Elu: ({ f }, node, [x = ""]) => f.elu(x, number(node, "alpha", 1)),
  Relu: ({ f }, _, [x = ""]) => f.max(x, 0),
  LeakyRelu: ({ f }, node, [x = ""]) =>
    // A float32 in the file: below 1 in all that this package writes.
    f.max(x, f.mul(x, Math.min(1, number(node, "alpha", 0.01)))),
  Reciprocal: ({ f }, _, [x = ""]) => f.div(1, x),
  Softmax: ({ f }, node, [x = ""]) => f.softmax(x, number(node, "axis", -1)),
  LogSoftmax: ({ f }, node, [x = ""]) => f.logSoftmax(x, number(node, "axis", -1)),
  Cast: ({ to, floats, known }, node, [x = ""]) => {
    const [from = ""] = node.inputs;
    const target = number(node, "to", 1);
    const float = target === 1 || target === FLOAT64;
    if (float && floats.has(from)) return known.get(from) ?? x;
    return to.op("Cast", [x], { to: int(float ? FLOAT64 : target) });
  },
  Clip: ({ f }, _, [x = "", low = "", high = ""]) => {
    const above = low === "" ? x : f.max(x, low);
    return high === "" ? above : f.min(above, high);
  },
  ReduceSum: ({ to, f, limits }, node, [x = "", axes]) =>
    exactSum(to, f, {
      x,
      limit: limits[node.inputs[0] ?? ""] ?? 0,
      axes: axes === "" ? undefined : axes,
      keep: number(node, "keepdims", 1),
    }),
  MatMul: (walk, node, [left = ""]) => product(walk, node, left, false),
  Gemm: (walk, node, [left = "", , bias]) => {
    const { f } = walk;
    if (number(node, "transA", 0) !== 0) throw cannot(node, "a transposed code");
    const alpha = number(node, "alpha", 1);
    const beta = number(node, "beta", 1);
    const plain = product(walk, node, left, number(node, "transB", 0) !== 0);
    const scaled = alpha === 1 ? plain : f.mul(plain, alpha);
    if (bias === undefined || bias === "") return scaled;
    return f.add(scaled, beta === 1 ? bias : f.mul(bias, beta));
  },
  Conv: convolution,
  ConvTranspose: convolution,
};

function emit(walk: Walk, node: OnnxNode): void {
  const { to, known, floats } = walk;
  const rule = RULES[node.op];
  if (node.domain !== "" || (rule === undefined && !isExactOp(node.op))) {
    throw cannot(node, "one that they round each in their own way");
  }
  const isProduct = ["MatMul", "Gemm", "Conv", "ConvTranspose"].includes(node.op);
  const inputs = node.inputs.map((name, i) => (isProduct && i === 1 ? "" : exactName(walk, name)));
  if (rule !== undefined) {
    known.set(node.outputs[0] as string, rule(walk, node, inputs));
  } else {
    const outputs = to.ops(node.op as never, inputs, node.attributes, node.outputs.length);
    for (const [i, name] of node.outputs.entries()) known.set(name, outputs[i] as string);
  }
  if (makesFloats(walk, node)) for (const name of node.outputs) floats.add(name);
}

const OTHER_TYPES = new Set(["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"]);

function makesFloats({ floats }: Walk, { op, inputs, attributes }: OnnxNode): boolean {
  if (OTHER_TYPES.has(op) || ["Not", "And", "Or", "Shape", "ArgMax"].includes(op)) return false;
  if (op === "Cast") return attributes["to"]?.value === 1 || attributes["to"]?.value === FLOAT64;
  return floats.has((op === "Where" ? inputs[1] : inputs[0]) ?? "");
}

/** The exact tensor behind a name; a constant is written when it is first asked for. */
function exactName({ to, known, held, floats }: Walk, name: string): string {
  if (name === "") return "";
  const found = known.get(name);
  if (found !== undefined) return found;
  const value = held.get(name);
  if (value === undefined) {
    throw inputError("exact.graph", {
      place: `decoder, tensor "${name}"`,
      expected: "to be made before it is used",
      got: "no such tensor",
    });
  }
  const made = to.constant(
    value.dtype === "float32"
      ? tensor("float64", Float64Array.from(value.data), value.shape)
      : value,
  );
  known.set(name, made);
  if (isFloat(value)) floats.add(name);
  return made;
}

function weightsOf({ held }: Walk, node: OnnxNode): Tensor<"float32"> | Tensor<"float64"> {
  const value = held.get(node.inputs[1] ?? "");
  if (value?.dtype === "float32" || value?.dtype === "float64") return value;
  throw cannot(node, "weights that are no constant");
}

function product(walk: Walk, node: OnnxNode, left: string, transposed: boolean): string {
  const { data, shape } = weightsOf(walk, node);
  if (shape.length !== 2) throw cannot(node, `weights of ${shape.length} axes`);
  const [rows = 0, columns = 0] = shape;
  const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
  const right = new Float64Array(data.length);
  for (let i = 0; i < inputs; i += 1) {
    for (let j = 0; j < outputs; j += 1) {
      right[i * outputs + j] = data[transposed ? j * inputs + i : i * outputs + j] as number;
    }
  }
  const limit = walk.limits[node.inputs[0] ?? ""] ?? 0;
  return exactProduct(walk.to, walk.f, { left, limit, right, inputs, outputs });
}

function convolution(walk: Walk, node: OnnxNode, inputs: readonly string[]): string {
  const [x = "", , bias] = inputs;
  const weights = weightsOf(walk, node);
  const shape = walk.shapes.get(node.inputs[0] ?? "") ?? [];
  const size = shape.slice(2);
  if (!size.every((n) => typeof n === "number")) throw cannot(node, "an image of unknown size");
  const found = geometry(node, size, weights.shape);
  if (found === undefined) throw cannot(node, "a convolution of groups");
  const { taps, order, channels, outputs, size: out } = found;
  const right = Float64Array.from(order, (at) => weights.data[at] as number);
  return exactConv(
    walk.to,
    walk.f,
    x,
    { taps, places: sizeOf(out), from: sizeOf(size), channels, outputs, size: out },
    {
      right,
      limit: walk.limits[node.inputs[0] ?? ""] ?? 0,
      bias: bias === undefined || bias === "" ? undefined : bias,
    },
  );
}
