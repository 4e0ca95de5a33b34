/** Fits the detection rule to a trained network, and measures what is usual on held-out rows. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Source } from "../data/source.ts";
import type { Detector, Distance, Measure } from "../detect/detector.ts";
import { RULES } from "../detect/detector.ts";
import type { SeenRows } from "../detect/fit.ts";
import { FIT_ROWS, fitDetector } from "../detect/fit.ts";
import { distancesInGraph, nearestInGraph, partsInGraph, scoreInGraph } from "../detect/graph.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { featuresOf, partOfFeature } from "../losses/layout.ts";
import { flatten } from "../ops/index.ts";
import { writeModel } from "../onnx/write.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { COMPARED_ROWS, chunkRows, chunksOf, explainedRows } from "./chunks.ts";
import { pickSource } from "./companions.ts";
import { seenInGraph } from "./seen.ts";
import type { ModelInfo } from "./types.ts";

/** Scores of rows, by the rule and by the family's own loss. */
export interface Measured {
  readonly detector: Detector;
  /** Of the calibration rows, in their order. */
  readonly scores: Float32Array;
  readonly reconstruction: Float32Array;
}

interface Given {
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  readonly info: Pick<ModelInfo, "label" | "family">;
  /** Rows in memory. */
  readonly rows: Source;
  readonly training: Int32Array;
  /** Rows that set what is usual: held out, where there are some. */
  readonly calibration: Int32Array;
  readonly seed: number;
}

const SITE = 0xde7;

/** @returns the rule as fitted, with scores of the calibration rows */
export async function fitDetection(given: Given): Promise<Measured> {
  const { engine, network, training, seed } = given;
  const { kind, layout } = network.preprocessing;
  const rule = kind === "series" ? RULES.series : RULES.rows;
  const names = Object.keys(rule.weights) as Distance[];
  const key = atSite(keyAt(seed, 0), SITE);
  const seeing = await engine.open(writeModel(seeingProgram(network, given.weights)));
  try {
    const order = permutation(atSite(key, 0), training.length);
    const room = fitRows(network);
    const some = order.slice(0, room).map((at) => training[at] as number);
    const { seen } = await seenRows(given, seeing, some);
    const fitted = fitDetector(rule, seen, layout, atSite(key, 1));
    const measuring = await engine.open(writeModel(distanceProgram(network, fitted)));
    try {
      const { found, reconstruction } = await measured(given, seeing, measuring, names);
      const usual = Object.fromEntries([...found].map(([name, all]) => [name, usualOf(all)]));
      const usualParts =
        kind === "series" ? new Float32Array(0) : await usualPartsOf(given, seeing, fitted);
      const detector = { ...fitted, usual, usualParts };
      return {
        detector,
        scores: await scoresOf(engine, detector, found),
        reconstruction: Float32Array.from(reconstruction),
      };
    } finally {
      await measuring.release();
    }
  } finally {
    await seeing.release();
  }
}

/** Distances of the calibration rows by name, and the family's own loss. */
async function measured(
  given: Given,
  seeing: Session,
  measuring: Session,
  names: readonly Distance[],
) {
  const { latent, preprocessing } = given.network;
  const { calibration: rows } = given;
  const found = new Map(names.map((name) => [name, [] as number[]]));
  const reconstruction: number[] = [];
  const most = chunkRows(2 * featuresOf(preprocessing.layout) + latent);
  for (let from = 0; from < rows.length; from += most) {
    const part = await seenRows(given, seeing, rows.slice(from, from + most));
    const out = await measuring.run(feedsOf(part.seen), { block: COMPARED_ROWS });
    for (const [name, all] of found)
      for (const distance of (out[name] as Tensor<"float32">).data) all.push(distance);
    for (const loss of part.reconstruction) reconstruction.push(loss);
  }
  return { found, reconstruction };
}

/** Rows the rule is fitted to: fewer of wide ones, for their memory. */
function fitRows({ preprocessing, latent }: Network): number {
  const numbers = 2 * featuresOf(preprocessing.layout) + latent;
  return Math.max(256, Math.min(FIT_ROWS, Math.floor(2 ** 24 / numbers)));
}

/** Raw rows → what the rule looks at, and the family's own score. */
function seeingProgram(network: Network, weights: Weights) {
  const inputs = rawInputs(network);
  const { x, code, shown, reconstruction } = seenInGraph(network, weights, inputs);
  return exportModel({
    name: "seeing",
    inputs: Object.values(inputs),
    outputs: { x: flatten(x), code, shown: flatten(shown), reconstruction },
  });
}

function distanceProgram({ preprocessing, latent }: Network, fitted: Measure) {
  const seen = seenInputs(featuresOf(preprocessing.layout), latent);
  return exportModel({
    name: "distances",
    inputs: Object.values(seen),
    outputs: { ...distancesInGraph(fitted, seen, nearestInGraph(fitted, seen)) },
  });
}

/** Calibration rows that say what each part usually adds. */
const PART_ROWS = 512;

async function usualPartsOf(given: Given, seeing: Session, fitted: Measure): Promise<Float32Array> {
  const { engine, network, calibration } = given;
  const { layout } = network.preprocessing;
  const session = await engine.open(writeModel(partsProgram(network, fitted)));
  const sums = new Float64Array((partOfFeature(layout).at(-1) ?? -1) + 1);
  const rows = Math.min(PART_ROWS, calibration.length);
  const most = explainedRows(featuresOf(layout));
  try {
    for (let from = 0; from < rows; from += most) {
      const part = calibration.slice(from, Math.min(rows, from + most));
      const { parts } = await session.run(feedsOf((await seenRows(given, seeing, part)).seen));
      for (const [i, added] of (parts as Tensor<"float32">).data.entries()) {
        const at = i % sums.length;
        sums[at] = (sums[at] as number) + added / rows;
      }
    }
  } finally {
    await session.release();
  }
  return Float32Array.from(sums);
}

function partsProgram({ preprocessing, latent }: Network, fitted: Measure) {
  const { layout } = preprocessing;
  const seen = seenInputs(featuresOf(layout), latent);
  return exportModel({
    name: "parts",
    inputs: Object.values(seen),
    outputs: {
      parts: partsInGraph(fitted, nearestInGraph(fitted, seen), partOfFeature(layout)),
    },
  });
}

function seenInputs(features: number, latent: number) {
  return {
    x: input("x", "float32", ["batch", features]),
    code: input("code", "float32", ["batch", latent]),
    shown: input("shown", "float32", ["batch", features]),
  };
}

/** By the graph, so that what is stored is what any runtime gives. */
async function scoresOf(
  engine: Engine,
  detector: Detector,
  found: ReadonlyMap<Distance, readonly number[]>,
): Promise<Float32Array> {
  const distances = Object.fromEntries(
    [...found.keys()].map((name) => [name, input(name, "float32", ["batch"])]),
  );
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "scores",
        inputs: Object.values(distances),
        outputs: { score: scoreInGraph(detector, distances) },
      }),
    ),
  );
  try {
    const { score } = await session.run(
      Object.fromEntries(
        [...found].map(([name, all]) => [name, tensor("float32", Float32Array.from(all))]),
      ),
    );
    return (score as Tensor<"float32">).data;
  } finally {
    await session.release();
  }
}

/** The median; where more than half are copies of each other, the mean; 1 where all are. */
function usualOf(distances: readonly number[]): number {
  const sorted = distances.toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 0;
  const mean = sorted.reduce((sum, one) => sum + one, 0) / Math.max(1, sorted.length);
  return middle > 1e-3 * mean && middle > 0 ? middle : mean || 1;
}

function feedsOf({ x, code, shown }: SeenRows) {
  const matrix = ({ data, rows, columns }: Matrix): Tensor =>
    tensor("float32", data, [rows, columns]);
  return { x: matrix(x), code: matrix(code), shown: matrix(shown) };
}

/** Rows of the source as the network sees them. */
async function seenRows({ network, info, rows }: Given, seeing: Session, which: Int32Array) {
  const { preprocessing, latent } = network;
  const features = featuresOf(preprocessing.layout);
  const matrix = (columns: number): Matrix => ({
    rows: which.length,
    columns,
    data: new Float32Array(which.length * columns),
  });
  const seen = { x: matrix(features), code: matrix(latent), shown: matrix(features) };
  const reconstruction = new Float32Array(which.length);
  for await (const { first, feeds } of chunksOf(
    preprocessing,
    info,
    await pickSource(rows, which),
    { chunk: chunkRows(2 * features + latent) },
  )) {
    const out = await seeing.run(feeds);
    for (const name of ["x", "code", "shown"] as const)
      seen[name].data.set((out[name] as Tensor<"float32">).data, first * seen[name].columns);
    reconstruction.set((out["reconstruction"] as Tensor<"float32">).data, first);
  }
  return { seen, reconstruction };
}
