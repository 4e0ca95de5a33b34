/** What learning from few labels is made of, against other people's programs (few-labels.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix, Tensor } from "../../src/base/tensor.ts";
import { tensor } from "../../src/base/tensor.ts";
import { chancesOf, memberWeights } from "../../src/evaluate/few-labels/calibrate.ts";
import { edgeCount, edgesOf } from "../../src/evaluate/few-labels/edges.ts";
import { fitLinear } from "../../src/evaluate/few-labels/linear.ts";
import { neighboursOf, spreadOver } from "../../src/evaluate/few-labels/spread.ts";
import { halfWhitened } from "../../src/evaluate/few-labels/whiten.ts";
import { exportModel } from "../../src/graph/export.ts";
import { input } from "../../src/graph/value.ts";
import { linearOutputs } from "../../src/model/few-labels/material.ts";
import { writeModel } from "../../src/onnx/write.ts";
import { createEngine } from "../../src/runtime/node.ts";
import { expectClose } from "../support/compare.ts";
import type { Recorded } from "../support/family-oracle.ts";

interface Heads {
  readonly penalty: number;
  readonly outOfFold: Recorded;
  readonly all: Recorded;
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/few-labels.json", import.meta.url), "utf8"),
) as {
  readonly linear: Readonly<Record<"x" | "kind" | "number" | "folds", Recorded>> &
    Readonly<Record<"classes" | "numbers", Heads>>;
  readonly spread: Readonly<Record<"codes" | "seeds" | "0.5" | "0.8", Recorded>>;
  readonly edges: Readonly<Record<"images" | "described", Recorded>>;
  readonly whitened: Readonly<Record<"points" | "distances", Recorded>>;
  readonly members: Readonly<Record<"outputs" | "truth" | "weights", Recorded>>;
};

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const floats = ({ data }: Recorded): Float32Array => Float32Array.from(data);
const matrixOf = (recorded: Recorded): Matrix => ({
  rows: recorded.shape[0] as number,
  columns: recorded.shape[1] as number,
  data: floats(recorded),
});

describe.each(["classes", "numbers"] as const)("linear heads of %s", (kind) => {
  const { linear } = recording;
  const outputs = kind === "classes" ? 3 : 1;
  const target = floats(kind === "classes" ? linear.kind : linear.number);
  const expected = linear[kind];
  const read = (values: Float32Array): Float32Array =>
    kind === "classes" ? chancesOf(values, outputs) : values;

  test("are scikit-learn's, with the same penalty by the same folds", async () => {
    const x = matrixOf(linear.x);
    const folds = Int32Array.from(linear.folds.data);
    const fit = await fitLinear(engine, x, { kind, target, outputs }, folds);
    expect(fit.penalty).toBeCloseTo(expected.penalty);
    const { shape } = expected.all;
    expectClose({ shape, data: read(fit.outOfFold) }, expected.outOfFold, 2e-3, "out of fold");
    const { data } = await linearOutputs(engine, x, fit.head);
    expectClose({ shape, data: read(data) }, expected.all, 2e-3, "all");
  });
});

test("labels that spread arrive where solving the equation says", async () => {
  const { codes, seeds } = recording.spread;
  const graph = await neighboursOf(engine, matrixOf(codes));
  const arrived = await spreadOver(engine, graph, matrixOf(seeds), [0.5, 0.8]);
  for (const [i, alpha] of (["0.5", "0.8"] as const).entries()) {
    const data = arrived[i] as Float32Array;
    expectClose({ shape: seeds.shape, data }, recording.spread[alpha], 1e-5, `alpha ${alpha}`);
  }
});

test("edges are those of a loop over pixels", async () => {
  const { images, described } = recording.edges;
  const shape = images.shape.slice(1);
  const x = input("x", "float32", ["batch", ...shape]);
  const session = await engine.open(
    writeModel(exportModel({ name: "edges", inputs: [x], outputs: { edges: edgesOf(x) } })),
  );
  const out = await session.run({ x: tensor("float32", floats(images), images.shape) });
  await session.release();
  expectClose(out["edges"] as Tensor<"float32">, described, 1e-5);
  expect(edgeCount(shape)).toBe(described.shape[1]);
  expect([edgeCount([7, 28, 1]), edgeCount([64]), edgeCount([28, 28, 3])]).toEqual([0, 0, 392]);
});

test("half whitened, rows are as far apart as by numpy's eigenvectors", async () => {
  const { points, distances } = recording.whitened;
  const { rows, columns, data } = await halfWhitened(engine, matrixOf(points), 4);
  expect([rows, columns]).toEqual([30, 4]);
  const apart = Array.from({ length: rows * rows }, (_, at) => {
    const [i, j] = [Math.floor(at / rows), at % rows];
    let sum = 0;
    for (let k = 0; k < columns; k += 1)
      sum += ((data[i * columns + k] as number) - (data[j * columns + k] as number)) ** 2;
    return sum;
  });
  expectClose({ shape: distances.shape, data: apart }, distances, 1e-4);
});

test("weights of members are scipy's minimum", () => {
  const { outputs, truth, weights } = recording.members;
  const size = truth.data.length;
  const all = floats(outputs);
  const members = [0, 1, 2].map((m) => all.subarray(m * size, (m + 1) * size));
  const found = memberWeights(members, { kind: "classes", outputs: 3 }, floats(truth));
  expectClose({ shape: [3], data: found.weights }, weights, 0.02);
});
