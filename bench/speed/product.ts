/** The machine's peak: one large matrix product in ONNX Runtime, best of several. */
import process from "node:process";
import * as ort from "onnxruntime-node";
import { exportModel } from "../../src/graph/export.ts";
import { input } from "../../src/graph/value.ts";
import { writeModel } from "../../src/onnx/write.ts";
import { gemm } from "../../src/ops/index.ts";
import { takeTurns } from "./turns.ts";

const SIZE = 2048;
const TRIES = 8;

const threads = Number(process.argv[2]);
const a = input("a", "float32", [SIZE, SIZE]);
const b = input("b", "float32", [SIZE, SIZE]);
const model = exportModel({ name: "product", inputs: [a, b], outputs: { y: gemm(a, b) } });
const session = await ort.InferenceSession.create(writeModel(model), {
  intraOpNumThreads: threads,
});
const values = Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i));
const feeds = {
  a: new ort.Tensor("float32", values, [SIZE, SIZE]),
  b: new ort.Tensor("float32", values, [SIZE, SIZE]),
};

async function once(): Promise<number> {
  const began = performance.now();
  await session.run(feeds);
  return (performance.now() - began) / 1000;
}

await once();
await takeTurns({ version: "onnxruntime-node" }, async () => {
  const times: number[] = [];
  for (let i = 0; i < TRIES; i += 1) times.push(await once());
  return { operations: (2 * SIZE ** 3) / Math.min(...times) };
});
