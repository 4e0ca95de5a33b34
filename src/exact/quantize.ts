/** A decoder in few bits: weights on grids, ranges of what is multiplied. */
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { OnnxModel, OnnxNode, OnnxValueInfo } from "../onnx/messages.ts";
import { exponentAbove, rounded } from "./grids.ts";
import { decoderNeeds } from "./needs.ts";

/** A decoder from which the same exact graph follows everywhere. */
export interface QuantizedDecoder {
  /** Float graph; weights are whole multiples of a power of two, one an output. */
  readonly model: OnnxModel;
  /** |value| ≤ 2^limit, of tensors that are multiplied by weights or summed; larger ones are cut. */
  readonly limits: Readonly<Record<string, number>>;
}

export interface Measured {
  /** Largest absolute value of each tensor in `decoderNeeds(…).measured`, on usual codes. */
  readonly largest: Readonly<Record<string, number>>;
  /** Values of each tensor in `decoderNeeds(…).fixed`. */
  readonly fixed: Readonly<Record<string, Tensor>>;
  /** Bits of a weight, sign included. Default 10. */
  readonly bits?: number;
}

/** Codes may reach further than those that were measured, by this. */
const ROOM = 4;
/** Bits of what is added. */
const BIAS_BITS = 20;
/** Tensors as small as this stay as they are. */
const SMALL = 4;

/** Which axis of a product's right side counts outputs. */
export function outputAxis({ op, attributes }: OnnxNode): 0 | 1 {
  if (op === "Conv") return 0;
  if (op === "Gemm") return attributes["transB"]?.value === 1 ? 0 : 1;
  return 1;
}

const PRODUCTS = new Set(["Gemm", "MatMul", "Conv", "ConvTranspose"]);

/**
 * Rounds a decoder's weights to `bits`.
 *
 * @throws `exact.op`
 */
export function quantizeDecoder(model: OnnxModel, measured: Measured): QuantizedDecoder {
  const { graph } = model;
  const { bits = 10, fixed, largest } = measured;
  const needs = decoderNeeds(model);
  const varying = new Set(graph.inputs.map(({ name }) => name));
  const nodes = graph.nodes.filter((node) => {
    if (!node.inputs.some((name) => varying.has(name))) return false;
    for (const name of node.outputs) varying.add(name);
    return true;
  });
  const axes = new Map<string, 0 | 1>();
  const images = new Set<string>();
  for (const node of nodes) {
    const [left = "", right = ""] = node.inputs;
    if (PRODUCTS.has(node.op)) axes.set(right, outputAxis(node));
    if (node.op === "Conv" || node.op === "ConvTranspose") images.add(left);
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const held = new Map(graph.initializers.map(({ name, tensor: value }) => [name, value]));
  for (const name of needs.fixed) held.set(name, fixed[name] as Tensor);
  const initializers = [...held]
    .filter(([name]) => used.has(name))
    .map(([name, value]) => ({ name, tensor: onGrid(value, axes.get(name), bits) }));
  const limits = Object.fromEntries(
    needs.measured.map((name) => [name, exponentAbove(ROOM * (largest[name] ?? 1))]),
  );
  const known: readonly OnnxValueInfo[] = graph.values ?? [];
  const values = known.filter(({ name }) => images.has(name));
  const { name, inputs, outputs } = graph;
  return {
    model: {
      ...model,
      metadata: {},
      graph: { name, nodes, initializers, inputs, outputs, ...(values.length ? { values } : {}) },
    },
    limits,
  };
}

function onGrid(value: Tensor, axis: 0 | 1 | undefined, bits: number): Tensor {
  const { data, shape, dtype } = value;
  const size = sizeOf(shape);
  if ((dtype !== "float32" && dtype !== "float64") || size <= SMALL) return value;
  const out = data.slice();
  if (axis === undefined) return tensor(dtype, onGrids(out, size, 1, BIAS_BITS) as never, shape);
  const outputs = shape[axis] as number;
  const inner = axis === 0 ? size / outputs : sizeOf(shape.slice(2));
  return tensor(dtype, onGrids(out, inner, outputs, bits) as never, shape);
}

/** Runs of `inner` numbers belong to output 0, 1, … `outputs` − 1, 0, …; a grid each. */
function onGrids(
  data: Float32Array | Float64Array,
  inner: number,
  outputs: number,
  bits: number,
): Float32Array | Float64Array {
  const most = new Float64Array(outputs);
  const outputOf = (i: number): number => Math.floor(i / inner) % outputs;
  for (let i = 0; i < data.length; i += 1) {
    const output = outputOf(i);
    most[output] = Math.max(most[output] as number, Math.abs(data[i] as number));
  }
  const grids = Int32Array.from(most, (x) =>
    x > 0 && x < Infinity ? exponentAbove(x) - (bits - 1) : 0,
  );
  for (let i = 0; i < data.length; i += 1) {
    if (!Number.isFinite(data[i])) continue;
    const grid = grids[outputOf(i)] as number;
    // The least float32 of use is a multiple of 2^-149.
    data[i] = rounded(data[i] as number, Math.max(grid, -140));
  }
  return data;
}
