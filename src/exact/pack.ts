/**
 * A quantized decoder as few bytes: the structure deflated, weights as whole numbers of their grids
 * through the range coder.
 */
import { deflateSync, Inflate } from "fflate";
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import { ByteReader, ByteWriter } from "../codec/bytes.ts";
import { IntegerCoder } from "../codec/integers.ts";
import type { BitCoder } from "../codec/range-coder.ts";
import { BitReader, BitWriter } from "../codec/range-coder.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { readModel } from "../onnx/read.ts";
import { writeModel } from "../onnx/write.ts";
import { lowestBit } from "./grids.ts";
import { outputAxis, type QuantizedDecoder } from "./quantize.ts";

/** Smaller tensors go with the structure. */
const LARGE = 16;
/** Of the structure of a decoder: one of more is none. */
const MOST_STRUCTURE = 2 ** 26;
/** Weights of a decoder: one of more is none. */
const MOST_WEIGHTS = 2 ** 28;
const OFFSET = 1100;

/** Of this way to write decoders, and of the graphs that are made of them. */
const VERSION = 1;

/** @example const decoder = exactDecoder(unpackDecoder(packDecoder(quantized), "model")); */
export function packDecoder(decoder: QuantizedDecoder): Uint8Array {
  const { model, limits } = shortNames(decoder);
  const { graph } = model;
  const isLarge = ({ tensor: value }: { tensor: Tensor }): boolean =>
    (value.dtype === "float32" || value.dtype === "float64") && sizeOf(value.shape) >= LARGE;
  const large = graph.initializers.filter(isLarge);
  const small = graph.initializers.filter((one) => !isLarge(one));
  const out = new ByteWriter();
  out.byte(VERSION);
  const structure = writeModel({ ...model, graph: { ...graph, initializers: small } });
  out.whole(structure.length);
  out.piece(deflateSync(structure, { level: 9 }));
  out.whole(Object.keys(limits).length);
  for (const [name, limit] of Object.entries(limits)) {
    writeText(out, name);
    out.signed(limit);
  }
  const runs = runsOf(model);
  out.whole(large.length);
  const coder = new BitWriter();
  for (const { name, tensor: value } of large) {
    writeText(out, name);
    out.byte(value.dtype === "float32" ? 4 : 8);
    out.whole(value.shape.length);
    for (const n of value.shape) out.whole(n);
    codeWeights(coder, value as Tensor<"float64">, runs.get(name));
  }
  out.bytes(coder.finish());
  return out.take();
}

/** @param place what to call the bytes in errors */
export function unpackDecoder(bytes: Uint8Array, place: string): QuantizedDecoder {
  const from = new ByteReader(bytes, place);
  const version = from.byte();
  if (version !== VERSION) throw from.broken(`a decoder of version ${version}`);
  const length = from.whole(MOST_STRUCTURE);
  const model = readModel(inflated(from.piece(), length, from), place);
  const limits: Record<string, number> = {};
  const count = from.whole(MOST_STRUCTURE);
  for (let i = 0; i < count; i += 1) limits[readText(from)] = from.signed();
  const heads = Array.from({ length: from.whole(4096) }, () => {
    const name = readText(from);
    const dtype = from.byte() === 4 ? ("float32" as const) : ("float64" as const);
    const shape = Array.from({ length: from.whole(8) }, () => from.whole(MOST_WEIGHTS));
    return { name, dtype, shape };
  });
  if (heads.reduce((sum, { shape }) => sum + sizeOf(shape), 0) > MOST_WEIGHTS) {
    throw from.broken("more weights than a decoder has");
  }
  const runs = runsOf(model);
  const coder = new BitReader(from.bytes(from.left));
  const large = heads.map(({ name, dtype, shape }) => {
    const size = sizeOf(shape);
    const data = dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
    const value = tensor(dtype, data as never, shape);
    codeWeights(coder, value as Tensor<"float64">, runs.get(name), true);
    return { name, tensor: value };
  });
  const { graph } = model;
  const initializers = [...graph.initializers, ...large];
  return { model: { ...model, graph: { ...graph, initializers } }, limits };
}

/** Long names cost more than small layers. */
function shortNames({ model, limits }: QuantizedDecoder): QuantizedDecoder {
  const { graph } = model;
  const kept = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const names = new Map<string, string>();
  const short = (name: string): string => {
    if (name === "" || kept.has(name)) return name;
    let known = names.get(name);
    while (known === undefined) {
      const next = names.size.toString(36);
      known = kept.has(next) ? undefined : next;
      names.set(name, known ?? "");
    }
    return known;
  };
  return {
    model: {
      ...model,
      producer: "",
      graph: {
        ...graph,
        name: "",
        nodes: graph.nodes.map((node) => ({
          ...node,
          name: "",
          inputs: node.inputs.map(short),
          outputs: node.outputs.map(short),
        })),
        initializers: graph.initializers.map((one) => ({ ...one, name: short(one.name) })),
        ...(graph.values === undefined
          ? {}
          : { values: graph.values.map((info) => ({ ...info, name: short(info.name) })) }),
      },
    },
    limits: Object.fromEntries(Object.entries(limits).map(([name, limit]) => [short(name), limit])),
  };
}

/** Of right sides of products: which axis counts outputs. */
function runsOf({ graph }: OnnxModel): Map<string, 0 | 1> {
  const runs = new Map<string, 0 | 1>();
  for (const node of graph.nodes) {
    if (["Gemm", "MatMul", "Conv", "ConvTranspose"].includes(node.op)) {
      runs.set(node.inputs[1] ?? "", outputAxis(node));
    }
  }
  return runs;
}

const SIZES = 24;

/** Weights of one grid an output; those of an output one after the other. */
function codeWeights(
  coder: BitCoder,
  { data, shape }: Tensor<"float64">,
  axis: 0 | 1 | undefined,
  reading = false,
): void {
  const outputs = axis === undefined ? 1 : (shape[axis] as number);
  const inner =
    axis === undefined ? data.length : axis === 0 ? data.length / outputs : sizeOf(shape.slice(2));
  const exponents = new IntegerCoder(coder, [1]);
  const weights = new IntegerCoder(coder, [SIZES, SIZES, SIZES * SIZES]);
  for (const each of [exponents]) each.context(0, 0);
  const last = new Int32Array(outputs);
  const mean = new Float64Array(outputs).fill(0);
  const grids = new Int32Array(outputs);
  let before = 0;
  const own = gridsOf(data, inner, outputs, reading);
  for (let output = 0; output < outputs; output += 1) {
    before += exponents.code((own[output] as number) - before);
    grids[output] = before;
  }
  for (let i = 0; i < data.length; i += 1) {
    const output = Math.floor(i / inner) % outputs;
    const step = 2 ** ((grids[output] as number) - OFFSET);
    const near = classOf(last[output] as number);
    const beside = output > 0 ? classOf(last[output - 1] as number) : SIZES - 1;
    weights.context(0, classOf(Math.floor(mean[output] as number)));
    weights.context(1, beside);
    weights.context(2, near * SIZES + beside);
    const k = weights.code(reading ? 0 : (data[i] as number) / step);
    last[output] = Math.abs(k);
    mean[output] = ((mean[output] as number) * 7 + Math.abs(k) * 2) / 8;
    data[i] = k * step;
  }
}

/** The coarsest grid of each output, by `OFFSET`. */
function gridsOf(data: Float64Array, inner: number, outputs: number, reading: boolean): Int32Array {
  const grids = new Int32Array(outputs).fill(OFFSET);
  if (reading) return grids;
  const least = new Float64Array(outputs).fill(Infinity);
  for (let i = 0; i < data.length; i += 1) {
    const output = Math.floor(i / inner) % outputs;
    const value = data[i] as number;
    if (value !== 0) least[output] = Math.min(least[output] as number, lowestBit(value));
  }
  return Int32Array.from(least, (e) => (e === Infinity ? OFFSET : e + OFFSET));
}

function classOf(size: number): number {
  if (size < 4) return size;
  const power = 31 - Math.clz32(size);
  return Math.min(SIZES - 2, 2 * power + ((size >>> (power - 1)) & 1));
}

function inflated(packed: Uint8Array, length: number, from: ByteReader): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  let ended = false;
  const inflate = new Inflate((chunk, final) => {
    if (at + chunk.length > length) throw from.broken("a decoder longer than it says");
    whole.set(chunk, at);
    at += chunk.length;
    ended = final;
  });
  inflate.push(packed, true);
  if (!ended || at !== length) throw from.broken("a decoder that is cut off");
  return whole;
}

function writeText(out: ByteWriter, text: string): void {
  out.piece(new TextEncoder().encode(text));
}

function readText(from: ByteReader): string {
  return new TextDecoder().decode(from.piece());
}
