/**
 * A decoder of every function and product, packed as files hold it, and the bytes that come out of
 * it: files that were written stay readable.
 *
 * Where `decodes` fails, old files would be read wrong: raise `VERSION` in src/exact/pack.ts (and
 * `FORMAT` in src/codec/container.ts). Where only `packs` fails, the writer (or fflate, which packs
 * the structure) chooses otherwise. Either on purpose: `AE_RECORD=1 npx vitest run
 * test/exact-decoder-golden.test.ts` writes fixtures/exact-decoder.json anew.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import type { Tensor } from "../src/base/tensor.ts";
import { sizeOf, tensor } from "../src/base/tensor.ts";
import { exactDecoder } from "../src/exact/decoder.ts";
import { packDecoder, unpackDecoder } from "../src/exact/pack.ts";
import { quantizeDecoder } from "../src/exact/quantize.ts";
import type { OnnxAttribute, OnnxModel, OnnxNode } from "../src/onnx/messages.ts";
import { writeModel } from "../src/onnx/write.ts";
import type { Engine } from "../src/runtime/engine.ts";
import { createEngine } from "../src/runtime/node.ts";
import { createEngine as createWebEngine } from "../src/runtime/web.ts";

const FILE = new URL("fixtures/exact-decoder.json", import.meta.url);
const recording = process.env["AE_RECORD"] === "1";
interface Known {
  packed: string;
  sha256: string;
}
const known = JSON.parse(readFileSync(FILE, "utf8")) as Known;
const found: Known = { packed: "", sha256: "" };
afterAll(() => {
  if (recording) writeFileSync(FILE, `${JSON.stringify(found, undefined, 2)}\n`);
});

const ROWS = 24;
const LATENT = 3;
const HIDDEN = 4;
const SIDE = 4;

/** Sixteenths from −3 to 3, in no order: the same in every arithmetic. */
const number = (i: number, seed: number): number =>
  (((Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)) >>> 8) % 97) / 16 - 3;

const some = (seed: number, shape: readonly number[], scale: number): Tensor<"float32"> =>
  tensor(
    "float32",
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * number(i, seed)),
    shape,
  );

const FUNCTIONS = [
  ["Tanh"],
  ["Sigmoid"],
  ["Softplus"],
  ["Erf"],
  ["Relu"],
  ["Exp"],
  ["Elu", { alpha: { type: "float", value: 0.5 } }],
  ["LeakyRelu", { alpha: { type: "float", value: 0.25 } }],
  ["Softmax", { axis: { type: "int", value: -1 } }],
  ["LogSoftmax", { axis: { type: "int", value: -1 } }],
] as const satisfies readonly (readonly [string, Readonly<Record<string, OnnxAttribute>>?])[];

function model(): OnnxModel {
  const nodes: OnnxNode[] = [];
  const node = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string => {
    nodes.push({ op, domain: "", name: output, inputs, outputs: [output], attributes });
    return output;
  };
  const ints = (...value: number[]): OnnxAttribute => ({ type: "ints", value });
  const one: OnnxAttribute = { type: "int", value: 1 };
  const wide = FUNCTIONS.length * HIDDEN;
  const held = {
    w1: some(1, [LATENT, HIDDEN], 0.4),
    b1: some(2, [HIDDEN], 0.1),
    w2: some(3, [2 * SIDE, wide], 0.1),
    b2: some(4, [2 * SIDE], 0.2),
    shape: tensor("int64", BigInt64Array.of(-1n, 2n, 2n, 2n), [4]),
    w3: some(5, [2, 3, 2, 2], 0.3),
    b3: some(6, [3], 0.2),
    w4: some(7, [1, 3, 3, 3], 0.2),
  };
  const hidden = node("Gemm", ["latent", "w1", "b1"], "hidden");
  const all = FUNCTIONS.map(([op, attributes]) => node(op, [hidden], op.toLowerCase(), attributes));
  const joined = node("Concat", all, "joined", { axis: one });
  const flat = node("Gemm", [joined, "w2", "b2"], "flat", { transB: one });
  const small = node("Reshape", [flat, "shape"], "small");
  const large = node("ConvTranspose", [small, "w3", "b3"], "large", { strides: ints(2, 2) });
  const last = node("Conv", [large, "w4"], "last", { pads: ints(1, 1, 1, 1) });
  node("Sigmoid", [last], "reconstruction");
  const info = (name: string, shape: readonly (number | string)[]) =>
    ({ name, dtype: "float32", shape }) as const;
  return {
    irVersion: 8,
    opsets: [{ domain: "", version: 18 }],
    producer: "",
    producerVersion: "",
    metadata: {},
    graph: {
      name: "decoder",
      nodes,
      initializers: Object.entries(held).map(([name, value]) => ({ name, tensor: value })),
      inputs: [info("latent", ["batch", LATENT])],
      outputs: [info("reconstruction", ["batch", 1, SIDE, SIDE])],
      values: [info("small", ["batch", 2, 2, 2]), info("large", ["batch", 3, SIDE, SIDE])],
    },
  };
}

const largest = { latent: 3, hidden: 8, joined: 32, small: 16, large: 32 };

async function decoded(packed: Uint8Array, engine: Engine): Promise<Float64Array> {
  const graph = writeModel(exactDecoder(unpackDecoder(packed, "test")));
  const session = await engine.open(graph);
  const codes = Float64Array.from({ length: ROWS * LATENT }, (_, i) => number(i, 9));
  const out = await session.run({ latent: tensor("float64", codes, [ROWS, LATENT]) });
  await engine.close();
  return (out["reconstruction"] as Tensor<"float64">).data;
}

const sha256 = (values: Float64Array): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer.slice(0)))
    .digest("hex");

describe("a packed decoder", () => {
  const made = packDecoder(quantizeDecoder(model(), { largest, fixed: {} }));
  found.packed = Buffer.from(made).toString("base64");
  const old = recording ? made : new Uint8Array(Buffer.from(known.packed, "base64"));

  test.each([
    ["1 thread", () => createEngine({ threads: 1 })],
    ["2 threads", () => createEngine({ threads: 2 })],
    ["WebAssembly", () => createWebEngine({ threads: 1 })],
  ])("decodes to the bytes it always did: %s", async (_, engine) => {
    const values = await decoded(old, engine());
    // Not flat, nor cut: a decoder that says something.
    expect(Math.min(...values)).toBeLessThan(0.3);
    expect(Math.max(...values)).toBeGreaterThan(0.7);
    expect(new Set(values).size).toBeGreaterThan(0.9 * values.length);
    const sum = sha256(values);
    found.sha256 = sum;
    if (!recording) expect(sum).toBe(known.sha256);
  });

  test("packs to the same bytes", () => {
    if (!recording) expect(found.packed).toBe(known.packed);
    expect(Buffer.from(packDecoder(unpackDecoder(old, "test"))).toString("base64")).toBe(
      recording ? found.packed : known.packed,
    );
  });
});
