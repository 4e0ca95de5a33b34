/**
 * Decoders that give the same bytes everywhere: over threads, over batch sizes, in Python's
 * onnxruntime; and what the float decoder gives, nearly.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tensor } from "../src/base/tensor.ts";
import { tensor } from "../src/base/tensor.ts";
import { dense } from "../src/bodies/dense.ts";
import { conv } from "../src/bodies/conv.ts";
import { sequence } from "../src/bodies/sequence.ts";
import type { Body } from "../src/bodies/body.ts";
import { exactDecoder } from "../src/exact/decoder.ts";
import { EXACT_OPS } from "../src/exact/emitter.ts";
import { decoderNeeds } from "../src/exact/needs.ts";
import { packDecoder, unpackDecoder } from "../src/exact/pack.ts";
import type { QuantizedDecoder } from "../src/exact/quantize.ts";
import { quantizeDecoder } from "../src/exact/quantize.ts";
import { families } from "../src/families/index.ts";
import { train } from "../src/model/train.ts";
import { extractModel } from "../src/onnx/extract.ts";
import type { OnnxModel } from "../src/onnx/messages.ts";
import { readModel } from "../src/onnx/read.ts";
import { writeModel } from "../src/onnx/write.ts";
import { createEngine } from "../src/runtime/node.ts";
import { createEngine as createWebEngine } from "../src/runtime/web.ts";
import { smallData, withLabels } from "./support/small-data.ts";

/** Nothing but nodes and constants decides what comes out: optimizers may not reorder. */
interface Case {
  readonly name: string;
  readonly decoder: OnnxModel;
  readonly codes: Float32Array;
  readonly latent: number;
  readonly labels: Tensor<"float32"> | undefined;
}

const ROWS = 160;
const networks: readonly (readonly [keyof typeof smallData, Body])[] = [
  ["images", dense([48, 16])],
  ["images", conv([4, 8])],
  ["vectors", dense([32], { activation: "gelu", normalize: true })],
  ["grids", conv([4])],
  ["series", sequence([8, 8], { span: 2 })],
  ["series", sequence([8], { cell: "gru", span: 2 })],
];
const activations = ["relu", "leakyRelu", "elu", "gelu", "softplus", "tanh", "sigmoid"] as const;

async function decoderOf(kind: keyof typeof smallData, body: Body, name: string): Promise<Case> {
  const entry = families[name as keyof typeof families];
  const family = entry.create({}, { latent: 3, body });
  const rows = smallData[kind]();
  const data = family.label === undefined ? rows : withLabels(rows, false);
  const model = await train(family, data, { epochs: 6, seed: 1, threads: 1 });
  const inputs = family.label === undefined ? ["latent"] : ["latent", "label.used"];
  const whole = readModel(model.bytes(), name);
  const decoder = extractModel(whole, inputs, ["reconstruction"]);
  const { data: codes, columns } = await model.encode(data);
  const classes = decoder.graph.inputs.find((info) => info.name === "label.used")?.shape?.[1];
  await model.close();
  return {
    name: `${name}, ${body.name}, ${kind}`,
    decoder,
    codes: codes.slice(0, ROWS * columns),
    latent: columns,
    labels: family.label === undefined ? undefined : hot(classes as number),
  };
}

function hot(classes: number): Tensor<"float32"> {
  const data = new Float32Array(ROWS * classes);
  for (let row = 0; row < ROWS; row += 1) data[row * classes + (row % classes)] = 1;
  return tensor("float32", data, [ROWS, classes]);
}

interface Run {
  readonly threads: number;
  readonly batch: number;
  readonly wide: boolean;
  /** By WebAssembly, as in a browser. */
  readonly web?: boolean;
}

/** Runs in batches of `batch` rows. */
async function run(
  { codes, latent, labels }: Case,
  model: OnnxModel,
  { threads, batch, wide, web = false }: Run,
): Promise<Float64Array> {
  const engine = web ? createWebEngine({ threads }) : createEngine({ threads });
  const session = await engine.open(writeModel(model));
  const parts: number[] = [];
  const part = (data: Float32Array, width: number, row: number, rows: number): Tensor => {
    const some = data.slice(row * width, (row + rows) * width);
    return wide
      ? tensor("float64", Float64Array.from(some), [rows, width])
      : tensor("float32", some, [rows, width]);
  };
  for (let row = 0; row < ROWS; row += batch) {
    const rows = Math.min(batch, ROWS - row);
    const out = await session.run({
      latent: part(codes, latent, row, rows),
      ...(labels === undefined
        ? {}
        : { "label.used": part(labels.data, labels.shape[1] as number, row, rows) }),
    });
    parts.push(...(out["reconstruction"] as Tensor<"float64">).data);
  }
  await engine.close();
  return Float64Array.from(parts);
}

async function quantized(one: Case, bits: number): Promise<QuantizedDecoder> {
  const { measured, fixed } = decoderNeeds(one.decoder);
  const names = one.decoder.graph.inputs.map(({ name }) => name);
  const inner = measured.filter((name) => !names.includes(name));
  const engine = createEngine({ threads: 1 });
  const session = await engine.open(
    writeModel(extractModel(one.decoder, names, [...inner, ...fixed, "reconstruction"])),
  );
  const feeds = {
    latent: tensor("float32", one.codes, [ROWS, one.latent]),
    ...(one.labels === undefined ? {} : { "label.used": one.labels }),
  };
  const found = await session.run(feeds);
  await engine.close();
  const largest = Object.fromEntries(
    measured.map((name) => [name, most((found[name] ?? feeds[name as "latent"])?.data as never)]),
  );
  const values = Object.fromEntries(fixed.map((name) => [name, found[name] as Tensor]));
  return quantizeDecoder(one.decoder, { largest, fixed: values, bits });
}

function most(values: Float32Array): number {
  return values.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
}

/** NaN stands for a value said to be missing, by either decoder alike. */
function spread(all: Float64Array): number {
  const values = all.filter((x) => !Number.isNaN(x));
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
}

const bytesOf = (values: Float64Array): Uint8Array => new Uint8Array(values.buffer);

async function isExact(one: Case): Promise<{ model: OnnxModel; values: Float64Array }> {
  const decoder = await quantized(one, 18);
  const model = exactDecoder(decoder);
  const allowed: ReadonlySet<string> = new Set(EXACT_OPS);
  for (const { op, outputs } of model.graph.nodes) {
    expect(allowed.has(op), `${one.name}: ${op} ${outputs[0]}`).toBe(true);
  }
  const values = await run(one, model, { threads: 1, batch: ROWS, wide: true });
  for (const [threads, batch] of [
    [2, ROWS],
    [1, 1],
    [2, 7],
    [3, 64],
  ] as const) {
    const again = await run(one, model, { threads, batch, wide: true });
    expect(bytesOf(again), `${one.name}: ${threads} threads, ${batch} rows`).toEqual(
      bytesOf(values),
    );
  }
  const float = await run(one, one.decoder, { threads: 1, batch: ROWS, wide: false });
  expect(values.map((x) => Number(x !== x))).toEqual(float.map((x) => Number(x !== x)));
  const differences = values
    .map((x, i) => Math.abs(x - (float[i] as number)))
    .filter((x) => x === x);
  const off = differences.reduce((largest, x) => Math.max(largest, x), 0);
  expect(off / spread(float), `${one.name}: distance to the float decoder`).toBeLessThan(1e-3);
  // Packed and unpacked, the graph is the same to the byte.
  const packed = packDecoder(decoder);
  const graph = writeModel(exactDecoder(unpackDecoder(packed, one.name)));
  const direct = await run(one, readModel(graph, one.name), { threads: 2, batch: 64, wide: true });
  expect(bytesOf(direct), `${one.name}: packed`).toEqual(bytesOf(values));
  expect(packDecoder(unpackDecoder(packed, one.name)), one.name).toEqual(packed);
  return { model, values };
}

const python = process.env["PYTHON"] ?? "python3";
const { status } = spawnSync(python, ["-c", "import onnx, onnxruntime"]);
const script = `
import sys, numpy, onnx, onnxruntime
for path in sys.argv[1:]:
    onnx.checker.check_model(onnx.load(path + ".onnx"), full_check=True)
    codes = numpy.fromfile(path + ".codes").reshape(${ROWS}, -1)
    for threads in (1, 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path + ".onnx", options)
        out = session.run(None, {"latent": codes})[0]
        same = out.astype("<f8").tobytes() == open(path + ".out", "rb").read()
        print("same" if same else "other", path)
`;

describe("exact decoders", () => {
  let folder: string;
  const made: { readonly one: Case; readonly model: OnnxModel; readonly values: Float64Array }[] =
    [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "autoencoders-exact-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test(
    "every body gives the same bytes over threads and batches",
    { timeout: 300_000 },
    async () => {
      for (const [kind, body] of networks) {
        const one = await decoderOf(kind, body, "vanilla");
        made.push({ one, ...(await isExact(one)) });
      }
    },
  );

  test("every family's decoder does", { timeout: 300_000 }, async () => {
    for (const name of Object.keys(families)) {
      if (name === "vanilla" || families[name as keyof typeof families].takes !== undefined)
        continue;
      await isExact(await decoderOf("images", conv([4]), name));
    }
  });

  test("every activation does", { timeout: 300_000 }, async () => {
    for (const activation of activations) {
      await isExact(await decoderOf("vectors", dense([8], { activation }), "vanilla"));
    }
  });

  test("few bits cost little and take few bytes", { timeout: 60_000 }, async () => {
    const one = await decoderOf("images", dense([48]), "vanilla");
    const float = await run(one, one.decoder, { threads: 1, batch: ROWS, wide: false });
    const errors: number[] = [];
    const sizes: number[] = [];
    for (const bits of [6, 8, 10]) {
      const decoder = await quantized(one, bits);
      const values = await run(one, exactDecoder(decoder), { threads: 1, batch: 64, wide: true });
      errors.push(spread(values.map((x, i) => x - (float[i] as number))) / spread(float));
      sizes.push((8 * packDecoder(decoder).length) / (3 * 48 + 48 * 64));
    }
    // Two bits more: about a quarter of the error.
    expect((errors[0] as number) / (errors[1] as number)).toBeGreaterThan(3);
    expect((errors[1] as number) / (errors[2] as number)).toBeGreaterThan(3);
    expect(errors[1]).toBeLessThan(0.02);
    // Biases have 20 bits, whatever the weights have.
    expect(sizes[1]).toBeLessThan(9.5);
  });

  test("WebAssembly gives these bytes, of any batch", { timeout: 120_000 }, async () => {
    expect(made).toHaveLength(networks.length);
    for (const { one, model, values } of made) {
      for (const batch of [ROWS, 7]) {
        const again = await run(one, model, { threads: 1, batch, wide: true, web: true });
        expect(bytesOf(again), `${one.name}: ${batch} rows`).toEqual(bytesOf(values));
      }
    }
  });

  test.skipIf(status !== 0)(
    "Python's onnxruntime gives these bytes",
    { timeout: 60_000 },
    async () => {
      const paths: string[] = [];
      for (const [i, { one, model, values }] of made.entries()) {
        const path = join(folder, String(i));
        paths.push(path);
        await writeFile(`${path}.onnx`, writeModel(model));
        await writeFile(`${path}.codes`, bytesOf(Float64Array.from(one.codes)));
        await writeFile(`${path}.out`, bytesOf(values));
      }
      const { stdout } = await promisify(execFile)(python, ["-c", script, ...paths]);
      const said = stdout.trim().split("\n");
      expect(said).toHaveLength(2 * networks.length);
      for (const line of said) expect(line).toMatch(/^same /);
    },
  );
});
